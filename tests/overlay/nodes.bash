# SPDX-License-Identifier: GPL-2.0-or-later
# Nodes of every kind of overlay, and the gateway's files for them, in the topology of topology.bash.
# Both tenants use 10.0.0.0/24 and fd10::/64; node1 and node2 carry one tenant each.
#
#   layer 2: host ── br0 ── tun ══ gateway         layer 3: host ── br0, router, proxy ARP and ND ── tun ══ gateway
#
# Needs check.bash and topology.bash.

nodes_gateway6=2001:db8:51::1 nodes_internet6=2001:db8:51::9
nodes_acme6=2001:db8:100::10 nodes_globex6=2001:db8:100::20

# What a tunnel adds to a packet, of an underlay of 1500 bytes.
declare -A nodes_mtu=([gretap]=1458 [vxlan]=1450 [vxlan6]=1430 [gre]=1472 [ipip]=1480)
# The same overlay with its destinations in a map, by the device that tenants share, and to a plain site.
for overlay in gretap vxlan vxlan6; do
    for way in map shared remote; do nodes_mtu[$overlay-$way]=${nodes_mtu[$overlay]}; done
done
# nodes_gateway_mac OVERLAY ID: what its hosts know the gateway by.
nodes_gateway_mac() {
    case $1 in
    gretap-shared) echo 02:6e:76:01:00:00 ;;
    *-shared) echo 02:6e:76:01:00:01 ;;
    *) printf '02:6e:76:00:%02x:%02x\n' $(($2 >> 8)) $(($2 & 255)) ;;
    esac
}
nodes_layer3() { [[ $1 == gre || $1 == ipip ]]; }

# IPv6 beside what topology_up makes.
nodes_begin() {
    local name
    ipn internet address add "$nodes_internet6/64" dev eth0 nodad
    ipn internet route add 2001:db8:100::/48 via "$nodes_gateway6"
    ipn gw address add "$nodes_gateway6/64" dev eth0 nodad
    ipn gw route add default via "$nodes_internet6"
    ipn gw address add fd00:16::1/64 dev eth1 nodad
    ipn node1 address add fd00:16::11/64 dev eth0 nodad
    ipn node2 address add fd00:16::12/64 dev eth0 nodad
    for name in acme globex; do
        ipn "$name" address add fd10::7/64 dev eth0 nodad
        ipn "$name" route add default via fd10::1
    done
    for name in node1 node2; do
        on "$name" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0
        ipn "$name" link delete gre1
    done
}

nodes_gretap() { ipn "$1" link add tun type gretap key "$3" local "172.16.0.$2" remote 172.16.0.1; }
nodes_gre() { ipn "$1" link add tun type gre key "$3" local "172.16.0.$2" remote 172.16.0.1; }
nodes_ipip() { ipn "$1" link add tun type sit mode any local "172.16.0.$2" remote 172.16.0.1; }
nodes_vxlan() { ipn "$1" link add tun type vxlan id "$3" local "172.16.0.$2" remote 172.16.0.1 dstport 4789; }
nodes_vxlan6() { ipn "$1" link add tun type vxlan id "$3" local "fd00:16::$2" remote fd00:16::1 dstport 4789; }

# nodes_use OVERLAY: both nodes have this kind of tunnel, and none that they had before.
nodes_use() {
    local overlay=$1 node octet key host family name address
    while read -r node octet key host; do
        ipn "$node" link delete tun 2>/dev/null || true
        "nodes_${overlay%-*}" "$node" "$octet" "$key"
        ipn "$host" link set eth0 mtu "${nodes_mtu[$overlay]}"
        for family in -4 -6; do ipn "$node" "$family" rule delete iif br0 lookup 100 2>/dev/null || true; done
        if nodes_layer3 "$overlay"; then
            ipn "$node" link set tun mtu "${nodes_mtu[$overlay]}" up
            ipn "$node" address replace 10.0.0.254/32 dev br0
            on "$node" sysctl -qw net.ipv4.conf.br0.proxy_arp=1 net.ipv6.conf.br0.proxy_ndp=1
            ipn "$node" -6 neighbour replace proxy fd10::1 dev br0
            for family in -4 -6; do
                ipn "$node" "$family" rule add iif br0 lookup 100
                ipn "$node" "$family" route replace default dev tun table 100
            done
            for address in 10.0.0.7 10.0.0.8 fd10::7; do ipn "$node" route replace "$address" dev br0; done
        else
            on "$node" sysctl -qw net.ipv4.conf.br0.proxy_arp=0 net.ipv6.conf.br0.proxy_ndp=0
            ipn "$node" address flush dev br0 scope global
            for family in -4 -6; do ipn "$node" "$family" route flush table 100 2>/dev/null || true; done
            ipn "$node" link set tun master br0 up
        fi
        for name in "$host" "$node"; do ipn "$name" neighbour flush all; done
    done <<'NODES'
node1 11 1001 acme
node2 12 1002 globex
NODES
}

# nodes_files OVERLAY DIRECTORY: what gwctl reads.
nodes_files() {
    local overlay=${1%-*} directory=$2 type underlay=172.16.0. nodes_way=${1#"${1%-*}"} shared=
    type=${overlay%6}
    [[ $overlay == *6 ]] && underlay=fd00:16::
    [[ $1 != *-shared ]] || shared='shared = ["gretap", "vxlan"]'
    mkdir -p "$directory/tenants.d"
    cat >"$directory/gateway.toml" <<FILE
[gateway]
outside = ["eth0"]
public = ["203.0.113.0/24", "2001:db8:100::/48"]
state = "state"
[underlay]
address = "${underlay}1"
$shared
FILE
    nodes_tenant "$type" acme 1001 "${underlay}11" 1 >"$directory/tenants.d/acme.toml"
    nodes_tenant "$type" globex 1002 "${underlay}12" 2 >"$directory/tenants.d/globex.toml"
}
nodes_tenant() {
    local type=$1 id=$3 node=$4 digit=$5 address mac=
    printf 'id = %s\n[overlay]\ntype = "%s"\n' "$id" "$type"
    [[ $type == ipip ]] || printf 'key = %s\n' "$id"
    case ${nodes_way-} in
    -map) echo 'destinations = "map"' ;;
    -shared) echo 'device = "shared"' && mac="mac = \"02:00:00:00:0$((digit - 1)):07\"" ;;
    esac
    printf 'gateway = ["10.0.0.1/24", "fd10::1/64"]\n'
    if [[ ${nodes_way-} == -remote ]]; then
        echo "remote = \"$node\""
    else
        for address in 10.0.0.7 10.0.0.8 fd10::7; do printf '[[host]]\naddress = "%s"\nnode = "%s"\n%s\n' $address "$node" "$mac"; done
    fi
    printf '[[floating]]\npublic = "203.0.113.%s0"\nprivate = "10.0.0.7"\n' "$digit"
    printf '[[floating]]\npublic = "2001:db8:100::%s0"\nprivate = "fd10::7"\n' "$digit"
    printf '[[snat]]\nfrom = "10.0.0.0/24"\nto = ["203.0.113.%s1"]\n' "$digit"
}
