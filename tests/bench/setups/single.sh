# SPDX-License-Identifier: GPL-2.0-or-later
# A box without tenants: one routing table, one tunnel, NAT by maps.
cards
number 0
ip -batch - <<EOF
$tunnel
link set $gt up
address add 10.0.0.1/24 dev $gt
neighbour add $host lladdr $host_mac dev $gt nud permanent
EOF
nft -f - <<EOF
table ip bench {
    $([ "$FLOWTABLE" = no ] || echo "flowtable fast { hook ingress priority 0; devices = { up0, $gt }; }")
    map floating_in { type ipv4_addr : ipv4_addr; elements = { $public : $host } }
    map floating_out { type ipv4_addr : ipv4_addr; elements = { $host : $public } }
    chain raw { type filter hook prerouting priority raw; $underlay_untracked; }
    chain raw_out { type filter hook output priority raw; $underlay_untracked_out; }
    chain in { type nat hook prerouting priority dstnat; dnat to ip daddr map @floating_in; }
    chain out { type nat hook postrouting priority srcnat; oifname up0 snat to ip saddr map @floating_out; }
    chain forward { type filter hook forward priority 0;
        $([ "$FLOWTABLE" = no ] || echo "ct state established flow add @fast")
    }
}
EOF
patience
