#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs inside the machine: tunnels.bash ROUNDS. The network is that of tests/peers/network.bash; all tunnels are between
# its gateway and a1, through nat1, which translates every one but plain vxlan's. The inner MTU is 1400 bytes in each.
#
#   tunnel           gateway                        a1
#   plain vxlan      vxp   10.4.0.1, VNI 4          vxp      10.4.0.2     UDP port 4790
#   peer             vx1001 of gwctl, VRF vrf1001   gwpeer0  10.0.0.7     4789, nvi-peerd, gwpeer
#   WireGuard        wg    10.5.0.1                 wg       10.5.0.2     51820, of the kernel
#   OpenVPN          ovpn  10.6.0.1                 ovpn     10.6.0.2     1194, neither cipher nor authentication
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
source ../../lib/check.bash
source ../../lib/gateway.bash
source ../../peers/network.bash
rounds=$1 seconds=1
samples=$peers_folder.samples
tunnels=("plain vxlan" peer WireGuard OpenVPN)

plain_up() {
    on nat1 nft -f - <<'RULES'
table ip raw {
    chain in { type filter hook prerouting priority raw; udp dport 4790 notrack; }
}
RULES
    ipn gw route add 192.168.1.0/24 via 172.16.0.21
    # The gateway's device as gwctl makes it; the node's as iproute2's manual has it.
    ipn gw link add vxp type vxlan external vnifilter dstport 4790 nolearning noudpcsum local 172.16.0.1
    ipn gw link set vxp mtu 1400 up
    on gw bridge vni add dev vxp vni 4
    ipn gw address add 10.4.0.1/24 dev vxp noprefixroute
    ipn gw route add 10.4.0.2 encap ip id 4 dst 192.168.1.11 dev vxp
    ipn a1 link add vxp type vxlan id 4 dstport 4790 noudpcsum remote 172.16.0.1 local 192.168.1.11
    ipn a1 link set vxp mtu 1400 up
    ipn a1 address add 10.4.0.2/24 dev vxp
}
wireguard_up() {
    local name
    for name in gw a1; do
        (umask 077; wg genkey >"$peers_folder/wg-$name")
        ipn "$name" link add wg type wireguard
        on "$name" wg set wg private-key "$peers_folder/wg-$name"
    done
    on gw wg set wg listen-port 51820 peer "$(wg pubkey <"$peers_folder/wg-a1")" allowed-ips 10.5.0.2
    on a1 wg set wg peer "$(wg pubkey <"$peers_folder/wg-gw")" allowed-ips 10.5.0.1 endpoint 172.16.0.1:51820 \
        persistent-keepalive 15
    ipn gw address add 10.5.0.1/24 dev wg
    ipn a1 address add 10.5.0.2/24 dev wg
    for name in gw a1; do ipn "$name" link set wg mtu 1400 up; done
}
openvpn_up() {
    local plain=(openvpn --dev ovpn --dev-type tun --proto udp4 --cipher none --data-ciphers none --auth none --tun-mtu 1400
        --txqueuelen 1000 --fast-io --verb 1)
    start ovpn-gw gw "${plain[@]}" --local 172.16.0.1 --port 1194 --float --ifconfig 10.6.0.1 10.6.0.2 >"$peers_folder/ovpn-gw"
    start ovpn-a1 a1 "${plain[@]}" --remote 172.16.0.1 1194 --nobind --ping 5 --ifconfig 10.6.0.2 10.6.0.1 >"$peers_folder/ovpn-a1"
}
# transfer TUNNEL up|down: Mbit/s that were received. a1 serves; up is from a1 to the gateway.
transfer() {
    local way=() to
    case $1 in
        plain*) to=10.4.0.2 ;;
        peer) to=10.0.0.7 ;;
        WireGuard) to=10.5.0.2 ;;
        OpenVPN) to=10.6.0.2 ;;
    esac
    if [ "$1" = peer ]; then way+=(--bind-dev vrf1001); fi
    if [ "$2" = up ]; then way+=(--reverse); fi
    on gw iperf3 --json --client "$to" --time "$seconds" --connect-timeout 5000 "${way[@]}" |
        jq -e '.end.sum_received.bits_per_second / 1e6 | round'
}
reached() { on gw ping -c1 -W1 "${@:2}" "$1"; }
# As they leave a network card that knows nothing of tunnels: no packet longer than 1500 bytes passes a cable.
cut_up() {
    local name device
    for name in gw wan nat1 a1; do
        for device in $(ipn "$name" -j link show type veth | jq -r '.[].ifname'); do
            on "$name" ethtool -K "$device" tso off gso off gro off >/dev/null
        done
    done
}
measure() {
    local round tunnel way
    for ((round = 0; round < rounds; round++)); do
        for tunnel in "${tunnels[@]}"; do
            for way in up down; do
                printf '%s;%s;%s;%s\n' "$1" "$tunnel" "$way" "$(transfer "$tunnel" "$way")" >>"$samples"
            done
        done
    done
}

peers_begin
sysctl -qw net.core.rmem_max=4194304 net.core.wmem_max=4194304
peerd_up
peer_up a1 acme
plain_up
wireguard_up
openvpn_up
on gw sysctl -qw net.ipv4.conf.all.rp_filter=0
start server a1 iperf3 --server >/dev/null
for way in "10.4.0.2" "10.0.0.7 -I vrf1001" "10.5.0.2" "10.6.0.2"; do
    # shellcheck disable=SC2086
    wait_for 30 reached $way || { echo "nobody answers at $way"; cat "$peers_folder"/ovpn-*; ask; exit 1; }
done
ipn a1 link set gwpeer0 mtu 1400
measure "packets of 64 KiB between the machines"
cut_up
measure "packets of 1500 bytes"
peers_down
python3 - "$samples" <<'TABLE'
import statistics
import sys
found = {}
for line in open(sys.argv[1]):
    mode, tunnel, way, rate = line.strip().split(";")
    found.setdefault(mode, {}).setdefault((tunnel, way), []).append(int(rate))
for mode, cases in found.items():
    print(f"{mode}: Mbit/s, medians of {len(next(iter(cases.values())))} (least-most)")
    for (tunnel, way), rates in cases.items():
        base = statistics.median(cases["plain vxlan", way])
        middle = statistics.median(rates)
        print(f"  {tunnel:12} {'to' if way == 'up' else 'from'} the gateway {middle:7.0f}  ({min(rates)}-{max(rates)})"
              f"  {middle / base:5.2f} of plain vxlan")
TABLE
rm -f "$samples"
