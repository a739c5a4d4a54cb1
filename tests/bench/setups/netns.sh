# SPDX-License-Identifier: GPL-2.0-or-later
# A network namespace per tenant, as OpenStack's routers: the tenant's NAT is in it, a veth pair joins it to the outside.
# Tuned: the tunnel's device is in the namespace itself (no bridge between), neighbours are permanent, the outside and
# the underlay are not tracked. FLOWTABLE=both: the outside tracks too, so that it may offload as well.
cards
devices=(up0)
for ((i = 0; i < TENANTS; i++)); do
    number "$i"
    space=$SPACE-$id
    ip netns add "$space"
    ip -batch - <<EOF
link add q$id address 02:00:00:00:02:01 type veth peer name ext address 02:00:00:00:02:02 netns $space
link set q$id up
address add 169.254.0.1/32 dev q$id
$tunnel
link set $gt netns $space
neighbour add 169.254.0.2 lladdr 02:00:00:00:02:02 dev q$id nud permanent
route add $public via 169.254.0.2 dev q$id onlink
EOF
    ip netns exec "$space" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.disable_ipv6=1 \
        net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
    ip -n "$space" -batch - <<EOF
link set lo up
link set ext up
link set $gt up
address add 10.0.0.1/24 dev $gt
neighbour add $host lladdr $host_mac dev $gt nud permanent
neighbour add 169.254.0.1 lladdr 02:00:00:00:02:01 dev ext nud permanent
route add default via 169.254.0.1 dev ext onlink
EOF
    ip netns exec "$space" nft -f - <<EOF
table ip bench {
    $([ "$FLOWTABLE" = no ] || echo "flowtable fast { hook ingress priority 0; devices = { ext, $gt }; }")
    map floating_in { type ipv4_addr : ipv4_addr; elements = { $public : $host } }
    map floating_out { type ipv4_addr : ipv4_addr; elements = { $host : $public } }
    chain in { type nat hook prerouting priority dstnat; dnat to ip daddr map @floating_in; }
    chain out { type nat hook postrouting priority srcnat; oifname ext snat to ip saddr map @floating_out; }
    chain forward { type filter hook forward priority 0;
        $([ "$FLOWTABLE" = no ] || echo "ct state established flow add @fast")
    }
}
EOF
    ip netns exec "$space" bash -c "$(declare -f patience); patience"
    devices+=("q$id")
done
if [ "$FLOWTABLE" = both ]; then
    nft -f - <<EOF
table ip bench {
    flowtable fast { hook ingress priority 0; devices = { $(list "${devices[@]}") }; }
    chain raw { type filter hook prerouting priority raw; $underlay_untracked; }
    chain raw_out { type filter hook output priority raw; $underlay_untracked_out; }
    chain forward { type filter hook forward priority 0; ct state established flow add @fast; }
}
EOF
    patience
fi
