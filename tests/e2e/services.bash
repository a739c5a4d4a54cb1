# SPDX-License-Identifier: GPL-2.0-or-later
# The network of the services' tests.
#
#       client 198.51.100.9
#     eth0 │          │ eth1 192.0.2.9
#          │          └───────────────┐
#     eth0 │ 198.51.100.1             │ 192.0.2.0/24: the servers' way to the client
#       gateway                       │
#     eth1 │ 172.16.0.1               │
#          ├───────── s1 172.16.0.21 ─┤ .21
#          ├───────── s2 172.16.0.22 ─┤ .22
#          ├───────── s3 172.16.0.23 ─┘ .23
#          ├───────── node1 .11: acme 10.0.0.7       by GRE
#          └───────── node2 .12: globex 10.0.0.7     by VXLAN, the same address
#
# 203.0.113.80 is routed to the gateway, and each server has it on tunl0 (scripts/real-server).
# Needs check.bash and topology.bash.

topology_names=(client gw underlay direct s1 s2 s3 node1 node2 acme globex)
services_files=$(mktemp -d)
export NVI_BPFFS=$services_files/bpf

services_server() {  # NAME NUMBER
    local name=$1 number=$2
    cable "$name" eth0 underlay "$name"
    cable "$name" eth1 direct "$name"
    ipn underlay link set "$name" master br0
    ipn direct link set "$name" master br0
    ipn "$name" address add "172.16.0.$number/24" dev eth0
    ipn "$name" address add "192.0.2.$number/24" dev eth1
    ipn "$name" route add default via 192.0.2.9
    on "$name" "$gateway_repository/scripts/real-server" up 203.0.113.80 || return 1
}

# web_up NAME PORT…, at all its addresses; web_down NAME
web_up() {
    local name=$1; shift
    background "$name" python3 "$gateway_repository/tests/e2e/services/web.py" "$name" 0.0.0.0 "$@"
    web_pid[$name]=${topology_pids[-1]}
}
web_down() { kill "${web_pid[$1]}"; wait "${web_pid[$1]}" 2>/dev/null; }

services_up() {
    local name
    modprobe -a -q ip_gre vxlan ipip ip6_tunnel vrf nvi nf_conntrack nft_chain_nat ip_vs ip_vs_mh ip_vs_wrr || true
    mkdir -p "$NVI_BPFFS"
    mount -t bpf bpf "$NVI_BPFFS"
    topology_outer=$(topology_outside_snapshot)
    for name in "${topology_names[@]}"; do
        ip netns add "$(ns "$name")"
        ipn "$name" link set lo up
    done
    for name in underlay direct; do
        ipn "$name" link add br0 type bridge
        ipn "$name" link set br0 up
    done
    cable client eth0 gw eth0
    cable client eth1 direct client
    cable gw eth1 underlay gw
    ipn underlay link set gw master br0
    ipn direct link set client master br0
    ipn client address add 198.51.100.9/24 dev eth0
    ipn client address add 192.0.2.9/24 dev eth1
    ipn client route add 203.0.113.0/24 via 198.51.100.1
    on client sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
        net.ipv4.conf.eth0.rp_filter=0 net.ipv4.conf.eth1.rp_filter=0
    # A driver's XDP sees packets as they were on a wire: no segments to cut, no checksums to finish.
    on client ethtool -K eth0 tso off gso off tx off >/dev/null
    bpftool prog load "${GWCTL%/*/*/*}/tests/e2e/pass.bpf.o" "$NVI_BPFFS/pass" type xdp &&
        on client bpftool net attach xdpdrv pinned "$NVI_BPFFS/pass" dev eth0 && rm "$NVI_BPFFS/pass" || return 1
    on client sysctl -qw net.ipv4.tcp_syn_retries=3
    ipn gw address add 198.51.100.1/24 dev eth0
    ipn gw address add 172.16.0.1/24 dev eth1
    services_server s1 21 && services_server s2 22 && services_server s3 23 || return 1
    declare -gA web_pid
    for name in s1 s2 s3; do web_up "$name" 80 81; done
    tenant_host node1 172.16.0.11 1001 acme 02:00:00:00:00:07
    topology_host_mtu=1450 tenant_host node2 172.16.0.12 1002 globex 02:00:00:00:01:07
    ipn node2 link delete gre1
    ipn node2 link add vx1 type vxlan id 1002 local 172.16.0.12 remote 172.16.0.1 dstport 4789
    ipn node2 link set vx1 master br0 up
    on acme "$gateway_repository/scripts/real-server" up 203.0.113.81 || return 1
    on globex "$gateway_repository/scripts/real-server" up 203.0.113.90 || return 1
    web_up acme 80
    web_up globex 80
    wait_for 10 on s1 nc -z 203.0.113.80 81
    wait_for 10 on s2 nc -z 203.0.113.80 81
    wait_for 10 on s3 nc -z 203.0.113.80 81
}

services_down() {
    topology_down
    umount "$NVI_BPFFS" 2>/dev/null
    rm -rf "$services_files"
}

# fetches COUNT [PORT] [VIP]: who answers, a line each. Without a program to start for each: the lab is slow at that.
fetches() {
    on client bash -c '
        for ((i = 0; i < $1; i++)); do
            exec 3<>"/dev/tcp/$3/$2" || continue
            printf "GET / HTTP/1.0\r\n\r\n" >&3
            name=
            while read -r -t 20 line <&3; do name=$line; done
            [[ -z $name ]] || echo "$name"
        done' fetches "$1" "${2:-80}" "${3:-203.0.113.80}" 2>/dev/null
}
# answers COUNT [PORT] [VIP]: the same, counted: "s1 5 s2 5".
answers() { fetches "$@" | sort | uniq -c | awk '{ printf "%s%s %s", (NR > 1 ? " " : ""), $2, $1 }'; }
# upload VIP: in segments as large as the client's own network takes, until it is told; says who took it.
upload() {
    ipn client route flush cache
    head -c 200000 /dev/zero | on client curl -s --max-time 60 --data-binary @- "http://$1/"
}
# learnt VIP: the largest packet, in bytes, that the client has been told to send there.
learnt() { ipn client route get "$1" | grep -o 'mtu [0-9]*'; }

# capture NAME DEVICE FILTER…: into a file, until captured.
capture() {
    local where=$1 device=$2; shift 2
    local file=$services_files/$where-$device
    ip netns exec "$(ns "$where")" tcpdump -Z root -i "$device" -n --immediate-mode -U -w "$file" "$@" 2>"$file.log" &
    topology_pids+=($!)
    wait_for 10 grep -q listening "$file.log"
}
# captured NAME DEVICE: what was seen, a line a packet.
captured() { tcpdump -n -r "$services_files/$1-$2" 2>/dev/null; }
# has_captured NAME DEVICE PACKETS: more than so many.
has_captured() { (($(captured "$1" "$2" | wc -l) > $3)); }
