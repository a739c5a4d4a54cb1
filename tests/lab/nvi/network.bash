# SPDX-License-Identifier: GPL-2.0-or-later
# A gateway made by hand around one nvi device, without tunnels: each tenant is one cable away.
#
#   internet 198.51.100.9     internet2 192.0.2.9
#            2001:db8:51::9       │
#       │ 198.51.100.0/24         │ 192.0.2.0/24
#  eth0 │ .1                 eth1 │ .1
#       gw ───── nvi0     203.0.113.0/24 and 2001:db8:100::/64 are routed to it
#  vrf1001: toa │      │ tob :vrf1002
#               a      b          both 10.0.0.7 and fd00::7, behind 10.0.0.1 and fd00::1
#
# Bindings: a = 203.0.113.10 = 2001:db8:100::10, b = 203.0.113.20 = 2001:db8:100::20.
# Names of namespaces carry this process's number. To be sourced after tests/lib/check.bash.

network_names=(internet internet2 gw a b)
network_pids=()
network_tuples=$(realpath "${BASH_SOURCE[0]%/*}/../../lib/tuples.py")
network_nvi=$(realpath "${BASH_SOURCE[0]%/*}/link.py")

ns() { printf 'nvi%s-%s' $$ "$1"; }
on() { local where=$1; shift; ip netns exec "$(ns "$where")" "$@"; }
ipn() { local where=$1; shift; ip -n "$(ns "$where")" "$@"; }
background() {
    local where=$1; shift
    ip netns exec "$(ns "$where")" "$@" &
    network_pids+=($!)
}
# -IS: the standard library alone; emulated, it starts 0.2 s sooner.
# nvi NAME VERB…: link.py in that machine, for what ip cannot say.
nvi() { local where=$1; shift; on "$where" python3 -IS "$network_nvi" "$@"; }
# counter NAME: of gw's nvi0.
counter() { on gw ethtool -S nvi0 | awk -v name="$1:" '$1 == name { print $2 }'; }
# moved COUNTER COMMAND…: by how much the command moved it; its own status is of no interest.
moved() {
    local name=$1 before; shift
    before=$(counter "$name")
    "$@" >/dev/null 2>&1 || true
    echo $(($(counter "$name") - before))
}
talk() { local where=$1; shift; on "$where" python3 -IS "$network_tuples" talk "$@"; }
listening() { on "$1" ss -Hltn "sport = :$2" | grep -q .; }
serve() {  # serve NAME PORT [ADDRESS]
    background "$1" python3 "$network_tuples" serve "$1" "${3:-0.0.0.0}:$2" 2>/dev/null
    wait_for 30 listening "$1" "$2"
}
fails() { ! "$@"; }

# batch NAME: commands of ip's on standard input, by one process; emulated, a process costs more than what it does.
batch() { ipn "$1" -batch -; }

cable() {  # cable A DEVICE B DEVICE
    ip link add "$2" netns "$(ns "$1")" type veth peer name "$4" netns "$(ns "$3")"
    ipn "$1" link set "$2" up
    ipn "$3" link set "$4" up
}

network_tenant() {  # network_tenant NAME ID PUBLIC-NUMBER
    local name=$1 id=$2 number=$3
    ip link add "to$name" netns "$(ns gw)" type veth peer name eth0 netns "$(ns "$name")"
    # A tenant without a way out is not the outside's.
    batch gw <<IP
        link add vrf$id type vrf table $id
        link set vrf$id up
        link set to$name master vrf$id up
        address add 10.0.0.1/24 dev to$name
        address add fd00::1/64 dev to$name nodad
        route add unreachable default metric 4278198272 table $id
        route add unreachable ::/0 metric 4278198272 table $id
        route add default dev nvi0 table $id
        route add ::/0 via fe80::1 dev nvi0 onlink table $id
        route add 203.0.113.$number encap ip id $id dev nvi0
        route add 2001:db8:100::$number encap ip6 id $id via fe80::1 dev nvi0 onlink
IP
    batch "$name" <<IP
        link set eth0 up
        address add 10.0.0.7/24 dev eth0
        address add fd00::7/64 dev eth0 nodad
        route add default via 10.0.0.1
        route add ::/0 via fd00::1
IP
}

network_internet() {  # network_internet NAME DEVICE NETWORK NETWORK6
    ip link add eth0 netns "$(ns "$1")" type veth peer name "$2" netns "$(ns gw)"
    batch gw <<IP
        link set $2 up
        address add $3.1/24 dev $2
        address add $4::1/64 dev $2 nodad
IP
    batch "$1" <<IP
        link set eth0 up
        address add $3.9/24 dev eth0
        address add $4::9/64 dev eth0 nodad
        route add default via $3.1
        route add ::/0 via $4::1
IP
}

network_rules() {
    on gw nft -f - <<'RULES'
table inet nvi {
    chain raw {
        type filter hook prerouting priority raw; policy accept;
        iifname { "eth0", "eth1" } notrack
        iifname { "toa", "vrf1001" } ct zone set 1001
        iifname { "tob", "vrf1002" } ct zone set 1002
    }
    chain raw_out {
        type filter hook output priority raw; policy accept;
        oifname { "toa", "vrf1001" } ct zone set 1001
        oifname { "tob", "vrf1002" } ct zone set 1002
        # A VRF's own sockets meet conntrack on the device behind the VRF.
        oifname "nvi0" ip saddr 10.0.0.1 ct zone set 1001
    }
    chain in {
        type nat hook prerouting priority dstnat; policy accept;
        iifname "vrf1001" ip daddr 203.0.113.10 tcp dport 7005 dnat ip to 10.0.0.1
        iifname "vrf1001" ip daddr 203.0.113.10 dnat ip to 10.0.0.7
        iifname "vrf1002" ip daddr 203.0.113.20 dnat ip to 10.0.0.7
        iifname "vrf1001" ip6 daddr 2001:db8:100::10 dnat ip6 to fd00::7
        iifname "vrf1002" ip6 daddr 2001:db8:100::20 dnat ip6 to fd00::7
    }
    chain out {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "nvi0" ct zone 1001 ip saddr 10.0.0.7 snat ip to 203.0.113.10
        oifname "nvi0" ct zone 1002 ip saddr 10.0.0.7 snat ip to 203.0.113.20
        oifname "nvi0" ct zone 1001 ip6 saddr fd00::7 snat ip6 to 2001:db8:100::10
        oifname "nvi0" ct zone 1002 ip6 saddr fd00::7 snat ip6 to 2001:db8:100::20
    }
}
RULES
}

# network_up: LINK=… are more words for "ip link add nvi0".
network_up() {
    local name
    # The others would be loaded at first use, by a process each.
    modprobe -a -q nvi vrf nf_conntrack nft_ct nft_nat nft_chain_nat nf_flow_table_inet nft_flow_offload || true
    network_outer=$(network_snapshot)
    for name in "${network_names[@]}"; do
        ip netns add "$(ns "$name")"
        # veth's duplicate address detection would take a second a cable.
        on "$name" sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.accept_dad=0 || true
        ipn "$name" link set lo up
    done
    on gw sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.send_redirects=0 \
        net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
    # As the kernel's documentation of VRFs advises: a tenant may use an address that gw has, and gw's own packets
    # may enter a VRF.
    for name in "" -6; do
        # shellcheck disable=SC2086
        ipn gw $name rule add pref 32765 table local
        # shellcheck disable=SC2086
        ipn gw $name rule del pref 0
    done
    network_internet internet eth0 198.51.100 2001:db8:51
    network_internet internet2 eth1 192.0.2 2001:db8:52
    # shellcheck disable=SC2086
    ipn gw link add nvi0 ${LINK-} type nvi
    ipn gw link set nvi0 up
    network_tenant a 1001 10
    network_tenant b 1002 20
    network_rules
}

network_snapshot() { ip netns list | sort; ip -o link show | sed 's/^[0-9]*: //; s/[:@].*//' | sort; }

network_down() {
    local pid name
    for pid in "${network_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${network_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    network_pids=()
    for name in "${network_names[@]}"; do
        ip netns pids "$(ns "$name")" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
        ip netns delete "$(ns "$name")" 2>/dev/null || true
    done
}

# network_begin: up, and down on every exit.
network_begin() {
    trap network_down EXIT
    trap 'exit 130' INT TERM
    network_up
}

module_unloads() { rmmod nvi; }
# The last checks of every test: nothing is left, and the module goes.
network_check_gone() {
    network_down
    check "everything that the test made is gone" test "$(network_snapshot)" = "$network_outer"
    check "the module unloads" wait_for 10 module_unloads
}
