# SPDX-License-Identifier: GPL-2.0-or-later
# A gateway, and four nodes behind two NATs that give every flow a random source port. To be sourced after
# tests/lib/check.bash and gateway.bash.
#
#   internet 198.51.100.9
#     │
#   gw 172.16.0.1 ──┬── 172.16.0.21 nat1 192.168.1.1 ──┬── a1  acme   10.0.0.7
#    (eth0, eth1)   │                                  ├── a2  acme   10.0.0.8
#                   │                                  └── b1  globex 10.0.0.7
#                   ├── 172.16.0.22 nat2 192.168.1.1 ───── b2  globex 10.0.0.8
#                   ├── 172.16.0.31 c1  initech 10.0.0.7   (nodes without NAT whose vxlan has ports of its own)
#                   ├── 172.16.0.32 c2  initech 10.0.0.8
#                   └── 172.16.0.99 stranger
#
# acme has VNI 1001 and globex 1002, both 10.0.0.0/24 behind 10.0.0.1, on one UDP port; gwctl makes the gateway's side.
# initech has VNI 1003; the gateway listens at 4792 for it, c1 at 4791 and c2 at 4793, and both take what is sent from the
# gateway's port only. Outside, 10.0.0.7 is 203.0.113.10 of acme's and 203.0.113.20 of globex's and .30 of initech's, and 10.0.0.8 is .11, .21
# and .31.

peers_names=(gw internet wan nat1 nat2 a1 a2 b1 b2 c1 c2 stranger)
peers_pids=()
declare -A peers_pid=()
peers_folder=$(mktemp -d)
export NVI_BPFFS=$peers_folder/bpf  # `ip netns exec` hides the machine's
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

# A node that nobody here wrote: vxlan as iproute2's manual has it, and a firewall.
peers_node() {  # peers_node NAME UNDERLAY PORT ADDRESS
    cable "$1" eth0 wan "$1"
    ipn wan link set "$1" master br0
    ipn "$1" address add "$2/24" dev eth0
    ipn "$1" link add vx type vxlan id 1003 dstport "$3" local "$2" nolearning
    on "$1" bridge fdb append 00:00:00:00:00:00 dev vx dst 172.16.0.1 port 4792
    ipn "$1" link set vx mtu 1450 up
    ipn "$1" address add "$4/24" dev vx
    ipn "$1" route add 198.51.100.0/24 via 10.0.0.1
    on "$1" nft -f - <<RULES
table ip firewall {
    counter other_port { }
    chain in {
        type filter hook input priority filter; policy accept;
        iifname "eth0" udp dport $3 udp sport != 4792 counter name other_port drop
    }
}
RULES
}

peers_secret() { printf '%064x' "$((0x$(cksum <<<"$1" | cut -c1-7)))"; }
peers_files() {
    gateway_config=$peers_folder/gateway.toml
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
    local entry name id letter digit
    for entry in acme:1001:a:1 globex:1002:b:2; do
        IFS=: read -r name id letter digit <<<"$entry"
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
[[floating]]
public = "203.0.113.${digit}0"
private = "10.0.0.7"
[[snat]]
from = "10.0.0.0/24"
to = ["203.0.113.${digit}1"]
FILE
    done
    cat >"$peers_folder/tenants.d/initech.toml" <<'FILE'
id = 1003
[overlay]
type = "vxlan"
key = 1003
port = 4791
listen-port = 4792
source-port = "fixed"
gateway = ["10.0.0.1/24"]
[[host]]
address = "10.0.0.7"
node = "172.16.0.31"
[[host]]
address = "10.0.0.8"
node = "172.16.0.32"
node-port = 4793
[[floating]]
public = "203.0.113.30"
private = "10.0.0.7"
[[snat]]
from = "10.0.0.0/24"
to = ["203.0.113.31"]
FILE
    for name in a1 a2 b1 b2; do
        peers_secret "$name" >"$peers_folder/secrets/$name"
        chmod 600 "$peers_folder/secrets/$name"
    done
}

peerd_up() {
    start nvi-peerd gw "$NVI_BUILD/peerd/nvi-peerd" --config "$peers_folder/gateway.toml"
    wait_for 20 ask
}
peer_up() {  # peer_up NAME TENANT [LINE-OF-ITS-FILE]
    gwctl peer export "$2" "$1" >"$peers_folder/$1.conf"
    printf 'interval = 5\nroute = 198.51.100.0/24\n' >>"$peers_folder/$1.conf"
    [ $# = 2 ] || echo "${*:3}" >>"$peers_folder/$1.conf"
    start "$1" "$1" "$NVI_BUILD/gwpeer/gwpeer" --config "$peers_folder/$1.conf" --state "$peers_folder/$1" \
        --run "$peers_folder/$1" run
}
ask() { gwctl --json peers; }
# peer_says NAME FILTER: of gwctl's JSON.
peer_says() { ask | jq -r --arg name "$1" ".peers[] | select(.name == \$name) | $2"; }
is_up() { [ "$(peer_says "$1" .state)" = up ]; }
# refused NAME REASON; NAME is "nobody" for what belongs to no peer.
refused() {
    if [ "$1" = nobody ]; then ask | jq -r ".refused.$2"; else peer_says "$1" ".refused.$2"; fi
}

peers_up() {
    local name
    modprobe -a -q nvi nf_flow_table vxlan vrf cls_bpf sch_ingress nf_conntrack nf_nat nft_chain_nat nft_masq dummy || true
    peers_outer=$(peers_snapshot)
    mkdir -p "$peers_folder/bpf"
    mount -t bpf bpf "$peers_folder/bpf"
    for name in "${peers_names[@]}"; do
        ip netns add "$(ns "$name")"
        ipn "$name" link set lo up
    done
    cable internet eth0 gw eth0
    ipn internet address add 198.51.100.9/24 dev eth0
    ipn internet route add 203.0.113.0/24 via 198.51.100.1
    ipn gw address add 198.51.100.1/24 dev eth0
    ipn gw route add default via 198.51.100.9
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
    peers_node c1 172.16.0.31 4791 10.0.0.7
    peers_node c2 172.16.0.32 4793 10.0.0.8
    peers_files
    peers_before=$(snapshot gw)
    gwctl apply
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
