# SPDX-License-Identifier: GPL-2.0-or-later
# A VRF per tenant, chosen by a mark that the public address sets: one policy rule a tenant.
# Outbound, the tenant's table routes to the uplink itself. Tuned: NAT, marks and zones by maps.
cards
devices=(up0) zones=() marks=() in=() out=()
{
    for ((i = 0; i < TENANTS; i++)); do
        number "$i"
        echo "link add vrf$id type vrf table $id
link set vrf$id up
$tunnel
link set $gt master vrf$id
link set $gt up
address add 10.0.0.1/24 dev $gt
neighbour add $host lladdr $host_mac dev $gt nud permanent
route add default via $uplink_next dev up0 table $id
rule add pref 900 fwmark $id iif up0 table $id"
        devices+=("$gt")
        zones+=("$gt : $id" "vrf$id : $id")
        marks+=("$public : $id")
        in+=("$id . $public : $host")
        out+=("$id . $host : $public")
    done
} >/tmp/batch
ip -batch /tmp/batch
nft -f - <<EOF
table ip bench {
    $([ "$FLOWTABLE" = no ] || echo "flowtable fast { hook ingress priority 0; devices = { $(list "${devices[@]}") }; }")
    map zones { typeof iifname : ct zone; elements = { $(list "${zones[@]}") } }
    map public_zones { typeof ip daddr : ct zone; elements = { $(list "${marks[@]}") } }
    map marks { type ipv4_addr : mark; elements = { $(list "${marks[@]}") } }
    map floating_in { typeof ct zone . ip daddr : ip daddr; elements = { $(list "${in[@]}") } }
    map floating_out { typeof ct zone . ip saddr : ip saddr; elements = { $(list "${out[@]}") } }
    chain raw { type filter hook prerouting priority raw;
        $underlay_untracked accept
        iifname up0 ct zone set ip daddr map @public_zones meta mark set ip daddr map @marks accept
        ct zone set iifname map @zones
    }
    chain raw_out { type filter hook output priority raw; $underlay_untracked_out; }
    chain in { type nat hook prerouting priority dstnat; iifname up0 dnat to ct zone . ip daddr map @floating_in; }
    chain out { type nat hook postrouting priority srcnat; oifname up0 snat to ct zone . ip saddr map @floating_out; }
    chain forward { type filter hook forward priority 0;
        $([ "$FLOWTABLE" = no ] || echo "ct state established flow add @fast")
    }
}
EOF
patience
