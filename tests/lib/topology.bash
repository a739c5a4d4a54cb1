# SPDX-License-Identifier: GPL-2.0-or-later
# The network that the tests and the demo run in, made of network namespaces.
#
#                internet  198.51.100.9 ──────── far  192.0.2.9   (behind a link of 1300 bytes)
#                    │ 198.51.100.0/24
#               eth0 │ .1
#                 gateway          203.0.113.0/24 is routed to it
#               eth1 │ .1
#                    │ 172.16.0.0/24 (underlay)
#          ┌─────────┴─────────┐
#     .11  │                   │  .12
#        node1               node2         GRE, key 1001 and 1002
#          │ bridge            │ bridge
#     acme 10.0.0.7       globex 10.0.0.7
#          10.0.0.8            10.0.0.8
#
# Both tenants use 10.0.0.0/24. 10.0.0.7 has a floating address, 10.0.0.8 (a second address of the
# same machine) leaves by the tenant's pool.
#
# Needs check.bash. Names of namespaces carry this process's number, so two runs never meet.

topology_prefix=nvi$$
topology_names=(internet far gw underlay node1 node2 acme globex)
topology_pids=()
topology_host_mtu=1458   # 1500 less IP 20, GRE with key 8, Ethernet 14

ns() { printf '%s-%s' "$topology_prefix" "$1"; }
# on NAME COMMAND…: in that machine.
on() { local where=$1; shift; ip netns exec "$(ns "$where")" "$@"; }
ipn() { local where=$1; shift; ip -n "$(ns "$where")" "$@"; }
# background NAME COMMAND…: the same, left running until topology_down.
background() {
    local where=$1; shift
    ip netns exec "$(ns "$where")" "$@" &
    topology_pids+=($!)
}

# batch NAME: commands of ip's on standard input, carried out in that machine by one process: emulated, a process costs
# more than what it does.
batch() { ipn "$1" -batch -; }

# cable A DEVICE B DEVICE
cable() {
    ip link add "$2" netns "$(ns "$1")" type veth peer name "$4" netns "$(ns "$3")"
    ipn "$1" link set "$2" up
    ipn "$3" link set "$4" up
}

# tenant_host NODE UNDERLAY KEY TENANT MAC
tenant_host() {
    local node=$1 underlay=$2 key=$3 tenant=$4 mac=$5
    ip -batch - <<IP
        link add eth0 netns $(ns "$node") type veth peer name $node netns $(ns underlay)
        link add tap0 netns $(ns "$node") type veth peer name eth0 netns $(ns "$tenant")
IP
    ipn underlay link set "$node" master br0 up
    batch "$node" <<IP
        address add $underlay/24 dev eth0
        link add br0 type bridge
        link add gre1 type gretap key $key local $underlay remote 172.16.0.1
        link set eth0 up
        link set gre1 master br0 up
        link set tap0 master br0 up
        link set br0 up
IP
    batch "$tenant" <<IP
        link set eth0 address $mac mtu $topology_host_mtu up
        address add 10.0.0.7/24 dev eth0
        address add 10.0.0.8/24 dev eth0
        route add default via 10.0.0.1
IP
}

topology_up() {
    local name
    # Their first use makes devices (gre0, gretap0…) and sysctls of the kernel's own in every namespace. The others would
    # be loaded at first use too, by a process each, which takes seconds where it is emulated.
    modprobe -a -q ip_gre vrf nvi nf_conntrack nf_flow_table nft_chain_nat nf_flow_table_inet nft_ct nft_flow_offload \
        nft_hash nft_limit nft_log nft_nat nft_objref nft_reject_inet || true
    topology_outer=$(topology_outside_snapshot)
    printf 'netns add %s\n' "${topology_names[@]/#/$topology_prefix-}" | ip -batch -
    for name in "${topology_names[@]}"; do
        # Hosts and bridges would ask for routers at times of their own, which the gateway counts as dropped.
        on "$name" sysctl -qe -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.accept_dad=0 \
            net.ipv6.conf.default.router_solicitations=0 || true
    done
    local -A of
    for name in "${topology_names[@]}"; do of[$name]=$(ns "$name"); done
    ip -batch - <<IP
        link add eth0 netns ${of[internet]} type veth peer name eth0 netns ${of[gw]}
        link add eth1 netns ${of[internet]} type veth peer name eth0 netns ${of[far]}
        link add eth1 netns ${of[gw]} type veth peer name gw netns ${of[underlay]}
IP
    for name in "${topology_names[@]}"; do ipn "$name" link set lo up; done
    batch underlay <<IP
        link add br0 type bridge
        link set br0 up
        link set gw master br0 up
IP
    batch internet <<IP
        link set eth0 up
        link set eth1 mtu 1300 up
        address add 198.51.100.9/24 dev eth0
        route add 203.0.113.0/24 via 198.51.100.1
        address add 192.0.2.1/24 dev eth1
IP
    on internet sysctl -qw net.ipv4.ip_forward=1
    batch far <<IP
        link set eth0 mtu 1300 up
        address add 192.0.2.9/24 dev eth0
        route add default via 192.0.2.1
IP
    batch gw <<IP
        link set eth0 up
        link set eth1 up
        address add 198.51.100.1/24 dev eth0
        route add default via 198.51.100.9
        address add 172.16.0.1/24 dev eth1
IP
    tenant_host node1 172.16.0.11 1001 acme   02:00:00:00:00:07
    tenant_host node2 172.16.0.12 1002 globex 02:00:00:00:01:07
    wait_for 10 on node1 ping -c1 -W1 172.16.0.1
    wait_for 10 on node2 ping -c1 -W1 172.16.0.1
    wait_for 20 topology_settled gw
}

# topology_settled NAME: the kernel has said of each of its cables that it has a carrier, which it does up to a second
# after the cable is up (net/core/link_watch.c), and has given it its link-local address.
topology_settled() {
    local cables
    cables=$(ipn "$1" -br link show type veth)
    ! grep -v ' UP ' <<<"$cables" && (( $(ipn "$1" -6 -o address show scope link | wc -l) >= $(wc -l <<<"$cables") ))
}

# What a test must leave as it was: namespaces and devices of the machine it runs on.
topology_outside_snapshot() { ip netns list | sort; ip -o link show | sed 's/^[0-9]*: //; s/[:@].*//' | sort; }

topology_down() {
    local pid name
    for pid in "${topology_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${topology_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    topology_pids=()
    for name in "${topology_names[@]}"; do
        ip netns pids "$(ns "$name")" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
        ip netns delete "$(ns "$name")" 2>/dev/null || true
    done
}

# The last check of every test: nothing is left.
topology_check_gone() {
    topology_down
    check "everything that the test made is gone" \
        test "$(topology_outside_snapshot)" = "$topology_outer"
}

# topology_begin: up, and down on every exit.
topology_begin() {
    trap topology_down EXIT
    trap 'exit 130' INT TERM
    topology_up
}
