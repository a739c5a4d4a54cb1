# SPDX-License-Identifier: GPL-2.0-or-later
# A gateway, and four nodes behind two NATs that give every flow a random source port. To be sourced after
# tests/lib/check.bash.
#
#   gw 172.16.0.1 ──┬── 172.16.0.21 nat1 192.168.1.1 ──┬── a1  acme   10.0.0.7
#    (eth1)         │                                  ├── a2  acme   10.0.0.8
#                   │                                  └── b1  globex 10.0.0.7
#                   ├── 172.16.0.22 nat2 192.168.1.1 ───── b2  globex 10.0.0.8
#                   └── 172.16.0.99 stranger
#
# acme has VNI 1001 and globex 1002, both 10.0.0.0/24 behind 10.0.0.1, on one UDP port.

peers_names=(gw wan nat1 nat2 a1 a2 b1 b2 stranger)
peers_pids=()
declare -A peers_pid=()
peers_folder=$(mktemp -d)
peers_here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
peers_forge=$peers_here/forge.py
peers_tuples=$peers_here/../lib/tuples.py

ns() { printf 'nvi%s-%s' $$ "$1"; }
on() { local where=$1; shift; ip netns exec "$(ns "$where")" "$@"; }
ipn() { local where=$1; shift; ip -n "$(ns "$where")" "$@"; }
# start KEY NAME COMMAND…: left running; stop KEY [SIGNAL] ends it.
start() {
    local key=$1 where=$2; shift 2
    ip netns exec "$(ns "$where")" "$@" &
    peers_pid[$key]=$!
    peers_pids+=($!)
}
stop() {
    kill "-${2:-TERM}" "${peers_pid[$1]}" 2>/dev/null || true
    wait "${peers_pid[$1]}" 2>/dev/null || true
}
cable() {  # cable A DEVICE B DEVICE
    ip link add "$2" netns "$(ns "$1")" type veth peer name "$4" netns "$(ns "$3")"
    ipn "$1" link set "$2" up
    ipn "$3" link set "$4" up
}

peers_nat() {  # peers_nat NAME ADDRESS NODE…
    local name=$1 address=$2 node number=0; shift 2
    cable "$name" wan wan "$name"
    ipn wan link set "$name" master br0
    ipn "$name" address add "$address/24" dev wan
    ipn "$name" link add lan type bridge
    ipn "$name" link set lan up
    ipn "$name" address add 192.168.1.1/24 dev lan
    on "$name" sysctl -qw net.ipv4.ip_forward=1
    on "$name" nft -f - <<'RULES'
table ip nat {
    chain out {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "wan" masquerade random,fully-random
    }
}
RULES
    for node; do
        number=$((number + 1))
        cable "$node" eth0 "$name" "$node"
        ipn "$name" link set "$node" master lan
        ipn "$node" address add "192.168.1.1$number/24" dev eth0
        ipn "$node" route add default via 192.168.1.1
    done
}

# The gateway's side of a tenant, as gwctl makes it.
peers_tenant() {  # peers_tenant NAME VNI
    ipn gw link add "vrf$2" type vrf table "$2"
    ipn gw link set "vrf$2" up
    ipn gw link add "vx$2" type vxlan external vnifilter dstport 4789 nolearning local 172.16.0.1
    ipn gw link set "vx$2" address "02:6e:76:00:00:${2: -2}" mtu 1450 master "vrf$2"
    ipn gw link set "vx$2" up
    on gw bridge vni add dev "vx$2" vni "$2"
    ipn gw address add 10.0.0.1/24 dev "vx$2" noprefixroute
    local host
    for host in 7 8; do
        ipn gw route add "10.0.0.$host" encap ip id "$2" dst "100.64.0.$host" dev "vx$2" table "$2"
    done
}

peers_secret() { printf '%064x' "$((0x$(cksum <<<"$1" | cut -c1-7)))"; }
peers_files() {
    mkdir -p "$peers_folder/tenants.d" "$peers_folder/secrets"
    cat >"$peers_folder/gateway.toml" <<FILE
[gateway]
outside = ["eth0"]
public = ["203.0.113.0/24"]
state = "$peers_folder"
[underlay]
address = "172.16.0.1"
relays = true
FILE
    local entry name id
    for entry in acme:1001:a globex:1002:b; do
        IFS=: read -r name id letter <<<"$entry"
        cat >"$peers_folder/tenants.d/$name.toml" <<FILE
id = $id
[overlay]
type = "vxlan"
key = $id
gateway = ["10.0.0.1/24"]
[[peer]]
name = "${letter}1"
secret-file = "secrets/${letter}1"
hosts = ["10.0.0.7"]
[[peer]]
name = "${letter}2"
secret-file = "secrets/${letter}2"
hosts = ["10.0.0.8"]
FILE
    done
    for name in a1 a2 b1 b2; do
        peers_secret "$name" >"$peers_folder/secrets/$name"
        chmod 600 "$peers_folder/secrets/$name"
    done
}

gatewayd_up() {
    rm -f "$peers_folder/sock"
    start nvi-peerd gw "$NVI_BUILD/peerd/nvi-peerd" --config "$peers_folder/gateway.toml" \
        --socket "$peers_folder/sock" --maps "$peers_folder/bpf/peers"
    wait_for 20 test -S "$peers_folder/sock"
}
peer_up() {  # peer_up NAME TENANT [LINE-OF-ITS-FILE]
    on gw "$NVI_BUILD/gateway/cli/gwctl" --config "$peers_folder/gateway.toml" peer export "$2" "$1" >"$peers_folder/$1.conf"
    echo "interval = 5" >>"$peers_folder/$1.conf"
    [ $# = 2 ] || echo "${*:3}" >>"$peers_folder/$1.conf"
    start "$1" "$1" "$NVI_BUILD/gwpeer/gwpeer" --config "$peers_folder/$1.conf" --state "$peers_folder/$1" \
        --run "$peers_folder/$1" run
}
ask() { on gw "$NVI_BUILD/gateway/cli/gwctl" --config "$peers_folder/gateway.toml" --json peers --socket "$peers_folder/sock"; }
# peer_says NAME FILTER: of gwctl's JSON.
peer_says() { ask | jq -r --arg name "$1" ".peers[] | select(.name == \$name) | $2"; }
is_up() { [ "$(peer_says "$1" .state)" = up ]; }
# refused NAME REASON; NAME is "nobody" for what belongs to no peer.
refused() {
    if [ "$1" = nobody ]; then ask | jq -r ".refused.$2"; else peer_says "$1" ".refused.$2"; fi
}

peers_up() {
    local name
    modprobe -a -q vxlan vrf cls_bpf sch_ingress nf_conntrack nf_nat nft_chain_nat nft_masq dummy || true
    peers_outer=$(peers_snapshot)
    mkdir -p "$peers_folder/bpf"
    mount -t bpf bpf "$peers_folder/bpf"
    for name in "${peers_names[@]}"; do
        ip netns add "$(ns "$name")"
        ipn "$name" link set lo up
    done
    ipn wan link add br0 type bridge
    ipn wan link set br0 up
    cable gw eth1 wan gw
    ipn wan link set gw master br0
    ipn gw address add 172.16.0.1/24 dev eth1
    cable stranger eth0 wan stranger
    ipn wan link set stranger master br0
    ipn stranger address add 172.16.0.99/24 dev eth0
    peers_nat nat1 172.16.0.21 a1 a2 b1
    peers_nat nat2 172.16.0.22 b2
    peers_tenant acme 1001
    peers_tenant globex 1002
    peers_files
}
peers_snapshot() { ip netns list | sort; ip -o link show | sed 's/^[0-9]*: //; s/[:@].*//' | sort; }
peers_down() {
    local pid name
    for pid in "${peers_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${peers_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    peers_pids=()
    for name in "${peers_names[@]}"; do
        ip netns pids "$(ns "$name")" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
        ip netns delete "$(ns "$name")" 2>/dev/null || true
    done
    umount "$peers_folder/bpf" 2>/dev/null || true
    rm -rf "$peers_folder"
}
peers_begin() {
    trap peers_down EXIT
    trap 'exit 130' INT TERM
    peers_up
}
peers_check_gone() {
    peers_down
    check "everything that the test made is gone" test "$(peers_snapshot)" = "$peers_outer"
}
