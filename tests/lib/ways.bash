# SPDX-License-Identifier: GPL-2.0-or-later
# Every way that a packet can take through the gateway, tried in the topology of topology.bash.
# The same checks judge the gateway made by hand (tests/reference) and the one that gwctl makes.
#
# Bindings that the checks expect: acme 203.0.113.10 = 10.0.0.7, pool .11; globex .20 = 10.0.0.7, pool .21.

ways_acme=203.0.113.10   ways_acme_pool=203.0.113.11
ways_globex=203.0.113.20 ways_globex_pool=203.0.113.21
ways_internet=198.51.100.9
ways_tuples=$(realpath "${BASH_SOURCE[0]%/*}/tuples.py")

# -IS: the standard library alone; emulated, it starts 0.2 s sooner.
talk() { local where=$1; shift; on "$where" python3 -IS "$ways_tuples" talk "$@"; }
both() {  # two commands at the same time, both must succeed: both "cmd" "cmd"
    local first second status=0
    eval "$1" & first=$!
    eval "$2" & second=$!
    wait $first || status=1
    wait $second || status=1
    return $status
}
listening() { on "$1" ss -Hltn "sport = :$2" | grep -q .; }

ways_servers_up() {
    background internet python3 "$ways_tuples" serve internet 0.0.0.0:7000
    background internet python3 "$ways_tuples" serve internet 0.0.0.0:7002 --together 2
    background acme python3 "$ways_tuples" serve acme 0.0.0.0:7001
    background globex python3 "$ways_tuples" serve globex 0.0.0.0:7001
    background far python3 "$ways_tuples" serve far 0.0.0.0:7000
    local place
    for place in "internet 7000" "internet 7002" "acme 7001" "globex 7001" "far 7000"; do
        # shellcheck disable=SC2086
        wait_for 30 listening $place || { failed "the server of $place starts"; return 1; }
    done
}

ways_basic() {
    title "ways of a packet"
    check "inbound: the internet reaches acme at its floating address" \
        talk internet internet $ways_internet:41000 $ways_acme:7001=acme,$ways_internet:41000
    check "inbound: the internet reaches globex at its floating address" \
        talk internet internet $ways_internet:41000 $ways_globex:7001=globex,$ways_internet:41000
    check "outbound: acme's 10.0.0.7 leaves by its floating address, its port kept" \
        talk acme acme 10.0.0.7:41001 $ways_internet:7000=internet,$ways_acme:41001
    check "outbound: globex's 10.0.0.7 leaves by its floating address, its port kept" \
        talk globex globex 10.0.0.7:41001 $ways_internet:7000=internet,$ways_globex:41001
    check "outbound: acme's 10.0.0.8 leaves by acme's pool" \
        talk acme acme 10.0.0.8:41002 $ways_internet:7000=internet,$ways_acme_pool
    check "outbound: globex's 10.0.0.8 leaves by globex's pool" \
        talk globex globex 10.0.0.8:41002 $ways_internet:7000=internet,$ways_globex_pool
    check "acme reaches globex at its floating address, and is seen as its own" \
        talk acme acme 10.0.0.7:41003 $ways_globex:7001=globex,$ways_acme:41003
    check "globex reaches acme at its floating address, and is seen as its own" \
        talk globex globex 10.0.0.7:41003 $ways_acme:7001=acme,$ways_globex:41003
    check "acme's pool reaches globex" \
        talk acme acme 10.0.0.8:41004 $ways_globex:7001=globex,$ways_acme_pool
    check "hairpin: acme's 10.0.0.7 reaches itself at its own floating address" \
        talk acme acme 10.0.0.7:41005 $ways_acme:7001=acme,$ways_acme:41005
    check "hairpin: acme's 10.0.0.8 reaches acme's floating address" \
        talk acme acme 10.0.0.8:41006 $ways_acme:7001=acme,$ways_acme_pool
}

ways_same_tuples() {
    title "identical 5-tuples, at the same time"
    check "both tenants' 10.0.0.7:40000 to one internet host and port" both \
        "talk acme acme 10.0.0.7:40000 $ways_internet:7002=internet,$ways_acme:40000" \
        "talk globex globex 10.0.0.7:40000 $ways_internet:7002=internet,$ways_globex:40000"
    check "both tenants' 10.0.0.8:40000, by their pools" both \
        "talk acme acme 10.0.0.8:40000 $ways_internet:7002=internet,$ways_acme_pool" \
        "talk globex globex 10.0.0.8:40000 $ways_internet:7002=internet,$ways_globex_pool"
    check "the internet, from one port, to both floating addresses" \
        talk internet internet $ways_internet:40000 \
        $ways_acme:7001=acme,$ways_internet:40000 $ways_globex:7001=globex,$ways_internet:40000
    check "each tenant to the other's floating address, same ports both ways" both \
        "talk acme acme 10.0.0.7:40001 $ways_globex:7001=globex,$ways_acme:40001" \
        "talk globex globex 10.0.0.7:40001 $ways_acme:7001=acme,$ways_globex:40001"
}

# hops NAME DESTINATION: the addresses that traceroute shows, on one line.
hops() { on "$1" traceroute -n -q1 -w2 -m8 "$2" | awk 'NR > 1 { printf "%s%s", sep, $2; sep = " " }'; }
learnt_mtu() { ipn "$1" -j route get "$2" | grep -o '"mtu":[0-9]*' | cut -d: -f2; }
# too_big NAME DESTINATION BYTES: a ping of so many bytes (the whole packet) that may not be fragmented
# is answered with an error that the sender understands.
too_big() {
    local status=0
    on "$1" ping -c2 -i0.3 -W1 -M do -s $(($3 - 28)) "$2" || status=$?
    ((status != 0)) && learnt_mtu "$1" "$2"
}
no_leftovers() { local name; for name in internet acme globex far; do ipn "$name" route flush cache; done; }

ways_icmp() {
    title "ICMP"
    check "the internet pings acme" on internet ping -c2 -i0.2 -W2 $ways_acme
    check "the internet pings globex" on internet ping -c2 -i0.2 -W2 $ways_globex
    check "both tenants ping the internet with one identifier" both \
        "on acme ping -c2 -i0.2 -W2 -e 77 $ways_internet" "on globex ping -c2 -i0.2 -W2 -e 77 $ways_internet"
    check "acme pings globex" on acme ping -c2 -i0.2 -W2 $ways_globex
    check "acme pings itself" on acme ping -c2 -i0.2 -W2 $ways_acme
    check "acme's pool pings the internet" on acme ping -c2 -i0.2 -W2 -I 10.0.0.8 $ways_internet
    check "acme pings its gateway" on acme ping -c2 -i0.2 -W2 10.0.0.1
    if [[ -n ${ways_without_module:-} ]]; then
        say "  - traceroute: skipped, only the module gives a packet back the hop that the second pass takes"
        return
    fi
    check_equal "traceroute from acme: the gateway is one hop" \
        "10.0.0.1 $ways_internet 192.0.2.9" "$(hops acme 192.0.2.9)"
    check_equal "traceroute from the internet: the gateway is one hop" \
        "198.51.100.1 $ways_acme" "$(hops internet $ways_acme)"
    check_equal "traceroute from acme to globex: the gateway is one hop" \
        "10.0.0.1 $ways_globex" "$(hops acme $ways_globex)"
}

ways_mtu() {
    title "path MTU"
    no_leftovers
    too_big internet $ways_acme 1500 >/dev/null
    check_equal "the internet learns the tunnel's MTU" 1458 "$(learnt_mtu internet $ways_acme)"
    check "and a packet of that size arrives" on internet ping -c1 -W2 -M do -s 1430 $ways_acme
    too_big acme 192.0.2.9 1458 >/dev/null
    check_equal "acme learns the MTU of a link behind the gateway" 1300 "$(learnt_mtu acme 192.0.2.9)"
    check "TCP from acme crosses that link" talk acme acme 10.0.0.7:42000 192.0.2.9:7000=far,$ways_acme:42000
    check "TCP from acme's pool crosses that link" talk acme acme 10.0.0.8:42001 192.0.2.9:7000=far,$ways_acme_pool
    no_leftovers
    # Both ends of the link: a kernel that announces its device's MSS (7.2), not the path's, would be sent more.
    ipn gw link set eth0 mtu 1400
    ipn internet link set eth0 mtu 1400
    too_big acme $ways_internet 1458 >/dev/null
    check_equal "acme learns the MTU of the gateway's own uplink" 1400 "$(learnt_mtu acme $ways_internet)"
    check "TCP from acme crosses it" talk acme acme 10.0.0.7:42002 $ways_internet:7000=internet
    no_leftovers
    check "TCP from acme to globex is not bound by it" \
        talk acme acme 10.0.0.7:42003 $ways_globex:7001=globex
    ipn gw link set eth0 mtu 1500
    ipn internet link set eth0 mtu 1500
    no_leftovers
    check "fragments: a ping of 4,000 bytes from the internet" on internet ping -c1 -W2 -M dont -s 4000 $ways_acme
    check "fragments: a ping of 4,000 bytes from acme" on acme ping -c1 -W2 -M dont -s 4000 $ways_internet
}

fails() { ! "$@"; }
# seen NAME TABLE-COUNTER…: packets that the internet received with a source that it must never see.
ways_watch_up() {
    on internet nft -f - <<'RULES'
table ip watch {
    counter private { }
    counter stranger { }
    chain in {
        type filter hook prerouting priority raw; policy accept;
        iifname "eth0" ip saddr { 10.0.0.0/8, 192.168.0.0/16, 172.16.0.0/12 } counter name private
        iifname "eth0" ip saddr != { 10.0.0.0/8, 192.168.0.0/16, 172.16.0.0/12, 198.51.100.1,
                                     203.0.113.10, 203.0.113.11, 203.0.113.20, 203.0.113.21 } counter name stranger
    }
}
RULES
}
ways_watch_packets() { on internet nft -j list counter ip watch "$1" | grep -o '"packets": *[0-9]*' | grep -o '[0-9]*$'; }
ways_watch_check() {
    check_equal "no packet with a private source ever reached the internet" 0 "$(ways_watch_packets private)"
    check_equal "no packet with an unbound source ever reached the internet" 0 "$(ways_watch_packets stranger)"
}

ways_isolation() {
    title "what must not pass"
    ipn acme address add 192.168.5.5/32 dev lo
    ipn acme address add $ways_globex/32 dev lo
    check "a source that no binding covers does not leave" \
        fails on acme ping -c2 -i0.2 -W1 -I 192.168.5.5 $ways_internet
    check "another tenant's public address as source does not leave" \
        fails on acme ping -c2 -i0.2 -W1 -I $ways_globex $ways_internet
    ipn acme address delete 192.168.5.5/32 dev lo
    ipn acme address delete $ways_globex/32 dev lo
    check "a pool address takes no connection from outside" \
        fails on internet ping -c2 -i0.2 -W1 $ways_acme_pool
    check "a public address that nobody binds is not answered" \
        fails on internet ping -c2 -i0.2 -W1 203.0.113.99
    check "a tenant cannot reach the underlay" fails on acme ping -c2 -i0.2 -W1 172.16.0.12
    ipn node2 route add 203.0.113.0/24 via 172.16.0.1
    check "nor with a way back" fails on acme ping -c2 -i0.2 -W1 172.16.0.12
    ipn node2 route delete 203.0.113.0/24 via 172.16.0.1
    background gw python3 "$ways_tuples" serve gateway 0.0.0.0:7009
    wait_for 30 listening gw 7009
    check "the internet reaches a service of the gateway's own" \
        talk internet internet $ways_internet:43000 198.51.100.1:7009=gateway
    local address
    for address in 10.0.0.1 198.51.100.1 172.16.0.1; do
        check "a tenant reaches no service of the gateway's own at $address" \
            fails on acme timeout 2 bash -c "exec 3<>/dev/tcp/$address/7009"
    done
    # globex's node forges acme's key
    ipn node2 link add forged type gretap key 1001 local 172.16.0.12 remote 172.16.0.1
    ipn node2 address add 10.0.0.66/24 dev forged
    ipn node2 link set forged up
    check "a tunnel packet with acme's key from globex's node is not accepted" \
        fails on node2 ping -c2 -i0.2 -W1 -I 10.0.0.66 10.0.0.1
    ipn node2 link delete forged
}
