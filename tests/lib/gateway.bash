# SPDX-License-Identifier: GPL-2.0-or-later
# gwctl in the gateway's namespace, and what that namespace holds, as text that can be compared.
# Needs check.bash and topology.bash. GWCTL names the program.

gateway_repository=$(realpath "${BASH_SOURCE[0]%/*}/../..")
: "${GWCTL:=${NVI_BUILD:-$gateway_repository/build/release}/gateway/cli/gwctl}"
gateway_config=$gateway_repository/tests/e2e/two-tenants/gateway.toml

gwctl() { on gw "$GWCTL" --config "$gateway_config" "$@"; }
# gwctl_killed POINT VERB…: killed just before its POINTth message to the kernel.
gwctl_killed() {
    local point=$1; shift
    on gw env LD_PRELOAD="$kill_at" KILL_AT="$point" "$GWCTL" --config "$gateway_config" "$@"
}

# need_gwctl: without the program nothing can be shown.
need_gwctl() { [[ -x $GWCTL ]] || { failed "there is no gwctl at $GWCTL"; finish; exit 1; }; }

# copy_config: gateway_config becomes a copy that the test may change. Removed by gateway_forget.
copy_config() {
    local copy; copy=$(mktemp -d)
    cp -r "$gateway_repository/tests/e2e/two-tenants/." "$copy"
    gateway_config=$copy/gateway.toml
}

# snapshot NAME: links, addresses, rules, routes, permanent neighbours, traffic control, nft, sysctls.
# Indices and counters are left out, and so are the kernel's own clocks.
snapshot() {
    local where=$1 family
    ipn "$where" -d -j -p link show | sed '/"ifindex"\|"promiscuity"/d'
    ipn "$where" -j -p address show | sed '/"ifindex"\|life_time/d'
    for family in -4 -6; do
        ipn "$where" "$family" -d -j -p rule show
        ipn "$where" "$family" -d -j -p route show table all | sed '/"expires"/d'
    done
    ipn "$where" -j -p neighbour show nud permanent
    on "$where" tc -j qdisc show | tr '{' '\n' | sed 's/"handle":"[0-9a-f]*:",//'
    on "$where" nft -j list ruleset | sed 's/{"\(table\|chain\|rule\|set\|map\|counter\|element\)":/\n&/g' |
        sed '/"metainfo"/d; s/"packets": [0-9]*, "bytes": [0-9]*/"packets": 0/g'
    on "$where" sysctl -a --pattern '^net\.' 2>/dev/null |
        grep -v 'nf_conntrack_count\|nf_conntrack_max\|netdev_rss_key\|stable_secret\|tcp_fastopen_key'
}

# check_same TEXT BEFORE AFTER: two snapshots, with the lines that differ.
check_same() {
    if [[ $2 == "$3" ]]; then
        passed "$1"
    else
        failed "$1"
        echo "$2" >"$check_log.before"
        echo "$3" >"$check_log.after"
        diff -U2 "$check_log.before" "$check_log.after" | head -60 | sed 's/^/      /'
        return 1
    fi
}

# foreign_up: what an operator may have of his own. Near the names and numbers of ours.
foreign_up() {
    ipn gw link add vrf-blue type vrf table 500
    ipn gw link set vrf-blue up
    ipn gw link add dummy0 type dummy
    ipn gw link set dummy0 master vrf-blue up
    ipn gw address add 10.0.0.1/24 dev dummy0
    ipn gw route add 192.0.2.128/25 dev dummy0 table 500
    ipn gw link add gt9 type gretap key 9 local 172.16.0.1 remote 172.16.0.99
    ipn gw route add blackhole 203.0.113.200/32 proto static
    ipn gw rule add pref 900 from 192.0.2.77 lookup 77
    ipn gw -6 rule add pref 900 from 2001:db8::77 lookup 77
    on gw nft -f - <<'RULES'
table inet operator {
    set blocked { type ipv4_addr; elements = { 192.0.2.66 } }
    chain forward {
        type filter hook forward priority filter; policy accept;
        ip saddr @blocked counter drop
    }
}
table ip nat {
    chain post { type nat hook postrouting priority srcnat; policy accept; ip saddr 192.168.77.0/24 oifname "eth0" masquerade; }
}
RULES
}
