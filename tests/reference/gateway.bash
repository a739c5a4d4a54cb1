# SPDX-License-Identifier: GPL-2.0-or-later
# The gateway configured by hand, with nothing but ip and nft: what gwctl must end up with, and the
# proof that each way of a packet works before any controller exists.
# Run inside the gateway's namespace. Needs nvi.nft beside it.

reference_here=${BASH_SOURCE[0]%/*}
reference_mtu=1458              # underlay 1500 less 42

# The provider of the second pass: the module, or a dummy device and tc for machines that cannot load
# one (there the gateway is two hops).
reference_nvi_module() { ip link add nvi0 group 110 type nvi; }
reference_nvi_tc() {
    ip link add nvi0 group 110 mtu 65535 type dummy
    ip link set nvi0 arp off addrgenmode none
    tc qdisc add dev nvi0 clsact
    tc filter add dev nvi0 egress pref 2 matchall action ct clear pipe action skbedit ptype host \
        pipe action mirred ingress redirect dev nvi0
}
reference_tenant_tc() {
    local id=$1
    [[ $(ip -o -d link show nvi0) == *dummy* ]] || return 0
    tc filter add dev nvi0 egress pref 1 protocol ip flower enc_key_id "$id" \
        action ct clear pipe action skbedit ptype host pipe action mirred ingress redirect dev "vrf$id"
}

reference_tenant() {
    local id=$1 key=$2 node=$3 mac=$4 address; shift 4
    ip link add "vrf$id" group 110 type vrf table "$id"
    ip link set "vrf$id" up
    reference_tenant_tc "$id"
    ip link add "gt$id" group 110 mtu "$reference_mtu" address "$mac" type gretap key "$key" local 172.16.0.1
    ip link set "gt$id" addrgenmode none master "vrf$id"
    ip link set "gt$id" up
    ip route add unreachable default metric 4278198272 table "$id" proto 110
    ip -6 route add unreachable default metric 4278198272 table "$id" proto 110
    ip address add 10.0.0.1/24 dev "gt$id" noprefixroute
    ip route add unreachable 10.0.0.0/24 table "$id" proto 110
    for address in 10.0.0.7 10.0.0.8; do
        ip route add "$address/32" table "$id" proto 110 encap ip id "$key" dst "$node" key dev "gt$id"
    done
    ip route add default dev nvi0 table "$id" proto 110
    nft -f - <<ELEMENTS
        add element inet nvi zones { gt$id : $id, vrf$id : $id }
        add element inet nvi nodes { $node . $key }
        add element inet nvi public { $1, $2 }
        add element inet nvi bound { $id . $1, $id . $2 }
        add element inet nvi floating_in { $id . $1 : 10.0.0.7 }
        add element inet nvi floating_out { $id . 10.0.0.7 : $1 }
        add element inet nvi snat_single { $id . 10.0.0.0/24 : $2 }
ELEMENTS
    for address in "$@"; do
        ip route add "$address/32" proto 110 encap ip id "$id" dev nvi0
    done
}

reference_up() (
    set -e
    sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.send_redirects=0
    "reference_nvi_${1:-module}"
    sysctl -qw net.ipv4.conf.nvi0.send_redirects=0
    ip link set nvi0 up
    for family in -4 -6; do
        ip $family rule add pref 32765 table local protocol 110
        ip $family rule delete pref 0
        ip $family rule add pref 1000 l3mdev protocol 110
    done
    nft -f "$reference_here/nvi.nft"
    nft 'add element inet nvi underlay { 172.16.0.1 }; add element inet nvi outside { eth0 }'
    # A public address that nobody has must not go back to where it came from.
    ip route add unreachable 203.0.113.0/24 metric 4278198272 proto 110
    reference_tenant 1001 1001 172.16.0.11 02:6e:76:00:03:e9 203.0.113.10 203.0.113.11
    reference_tenant 1002 1002 172.16.0.12 02:6e:76:00:03:ea 203.0.113.20 203.0.113.21
)
