# SPDX-License-Identifier: GPL-2.0-or-later
# A VRF per tenant, joined to the outside by a veth pair: outN in the main table, inN in the VRF.
# Tuned: one rule for all VRFs before the local one, the outside untracked, neighbours permanent, NAT by maps, no queues.
cards
devices=() zones=() in=() out=() publics=()
{
    echo "rule add pref 32765 table local"
    echo "rule add pref 1000 l3mdev protocol 110"
    echo "rule delete pref 0"
    for ((i = 0; i < TENANTS; i++)); do
        number "$i"
        echo "link add vrf$id type vrf table $id
link set vrf$id up
link add out$id address 02:00:00:00:02:01 type veth peer name in$id address 02:00:00:00:02:02
link set in$id master vrf$id
$tunnel
link set $gt master vrf$id
link set out$id up
link set in$id up
link set $gt up
address add 10.0.0.1/24 dev $gt
neighbour add $host lladdr $host_mac dev $gt nud permanent
neighbour add 169.254.0.1 lladdr 02:00:00:00:02:01 dev in$id nud permanent
neighbour add 169.254.0.2 lladdr 02:00:00:00:02:02 dev out$id nud permanent
route add default via 169.254.0.1 dev in$id onlink table $id
route add $public via 169.254.0.2 dev out$id onlink"
        devices+=("$gt" "in$id")
        zones+=("$gt : $id" "in$id : $id" "vrf$id : $id")
        in+=("$id . $public : $host")
        out+=("$id . $host : $public")
        publics+=("$public")
    done
} >/tmp/batch
ip -batch /tmp/batch
nft -f - <<EOF
table ip bench {
    $([ "$FLOWTABLE" = no ] || echo "flowtable fast { hook ingress priority 0; devices = { $(list "${devices[@]}") }; }")
    map zones { typeof iifname : ct zone; elements = { $(list "${zones[@]}") } }
    map floating_in { typeof ct zone . ip daddr : ip daddr; elements = { $(list "${in[@]}") } }
    map floating_out { typeof ct zone . ip saddr : ip saddr; elements = { $(list "${out[@]}") } }
    chain raw { type filter hook prerouting priority raw;
        iifname { "up0", "out*" } notrack accept
        $underlay_untracked
        ct zone set iifname map @zones
    }
    chain raw_out { type filter hook output priority raw; $underlay_untracked_out; }
    chain in { type nat hook prerouting priority dstnat; dnat to ct zone . ip daddr map @floating_in; }
    chain out { type nat hook postrouting priority srcnat; oifname "in*" snat to ct zone . ip saddr map @floating_out; }
    chain forward { type filter hook forward priority 0;
        $([ "$FLOWTABLE" = no ] || echo "ct state established flow add @fast")
    }
}
EOF
patience
