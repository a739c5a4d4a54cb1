# SPDX-License-Identifier: GPL-2.0-or-later
# What every set-up starts from: two network cards, their neighbours, and the numbers of tenant I (0, 1, …). To be sourced.
# shellcheck shell=bash
#
#   clients 198.19.0.0/24 ── 192.0.2.1 ── up0 [the machine] un0 ── 172.16.0.2, the node of all tenants' hosts
#
# Every tenant has one host, 10.0.0.7, behind a tunnel, with one public address. Set by the bench: TENANTS, OVERLAY
# (gretap, vxlan), FLOWTABLE (yes, no).

set -euo pipefail

uplink_next=192.0.2.1 uplink_next_mac=02:00:00:00:00:01
underlay=172.16.0.1 node=172.16.0.2 node_mac=02:00:00:00:00:02
host=10.0.0.7 host_mac=02:00:00:00:00:07

# number I: sets the tenant's id and public address, and how one makes its tunnel to the one node without lightweight
# tunnels. Without a process of its own: there are ten thousand.
number() {
    id=$((1000 + $1))
    public=198.18.$((($1 >> 8) + 1)).$(($1 & 255))
    printf -v mac '02:6e:76:00:%02x:%02x' $((id >> 8)) $((id & 255))
    gt=gt$id
    case $OVERLAY in
        gretap) tunnel="link add $gt address $mac type gretap local $underlay remote $node key $id ttl 64" ;;
        vxlan)
            tunnel="link add $gt address $mac type vxlan id $id local $underlay remote $node dstport 4789"
            tunnel+=" nolearning noudpcsum ttl 64"
            ;;
    esac
}

cards() {
    sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
        net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0 \
        net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
    ip -batch - <<EOF
link set lo up
link add up0 address 02:00:00:00:01:01 type dummy
link add un0 address 02:00:00:00:01:02 mtu 1600 type dummy
link set up0 up
link set un0 up
address add 192.0.2.2/24 dev up0
address add $underlay/24 dev un0
neighbour add $uplink_next lladdr $uplink_next_mac dev up0 nud permanent
neighbour add $node lladdr $node_mac dev un0 nud permanent
route add default via $uplink_next
EOF
}

# Flows must not time out while other set-ups have their turn.
patience() {
    sysctl -qw net.netfilter.nf_conntrack_udp_timeout=7200 net.netfilter.nf_conntrack_udp_timeout_stream=7200 \
        net.netfilter.nf_flowtable_udp_timeout=7200
}

# Underlay packets are not tracked: one line for a raw chain.
underlay_untracked="ip daddr $underlay meta l4proto { gre, udp } notrack"
underlay_untracked_out="ip saddr $underlay meta l4proto { gre, udp } notrack"

list() {
    local IFS=,
    echo "$*"
}
