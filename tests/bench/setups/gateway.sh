# SPDX-License-Identifier: GPL-2.0-or-later
# This gateway, by hand: what gwctl makes, with nothing but ip and nft (docs/nvi.md tells the same at length).
cards
modprobe nvi
sysctl -qw net.vrf.strict_mode=1
zones=() in=() out=() bound=() nodes=() publics=() firewalls=() rules=() devices=(up0 nvi0) vnis=() numbers=()
{
    echo "rule add pref 32765 table local"
    echo "rule add pref 1000 l3mdev protocol 110"
    echo "rule delete pref 0"
    echo "link add nvi0 group 110 link up0 type nvi"
    echo "link set nvi0 up"
    for ((i = 0; i < TENANTS; i++)); do
        number "$i"
        case $OVERLAY in
            gretap) kind="gretap local $underlay key $id dev un0" encap="id $id dst $node key" ;;
            vxlan) kind="vxlan external vnifilter local $underlay dstport 4789 nolearning" encap="id $id dst $node" ;;
        esac
        echo "link add vrf$id group 110 type vrf table $id
link set vrf$id up
link add $gt group 110 address $mac type $kind
link set $gt master vrf$id
link set $gt up
address add 10.0.0.1/24 dev $gt noprefixroute
route add unreachable default metric 4278198272 table $id
route add default dev nvi0 table $id
route add $host encap ip $encap dev $gt table $id
neighbour add $host lladdr $host_mac dev $gt nud permanent
route add $public encap ip id $id dev nvi0"
        zones+=("$gt : $id" "vrf$id : $id")
        in+=("$id . $public : $host")
        out+=("$id . $host : $public")
        bound+=("$id . $public")
        if [ "$OVERLAY" = gretap ]; then nodes+=("$node . $id"); else nodes+=("$node . 4789 . $id"); fi
        numbers+=("4789 . $id")
        publics+=("$public")
        if ((RULES > 0)); then # the last one lets everything in
            firewalls+=("$id")
            for ((rule = 1; rule < RULES; rule++)); do
                rules+=("$((id << 16)) . tcp . $((20 + rule)).$((i % 200)).0.0/16 . $((rule * 100))-$((rule * 100 + i % 50)) : goto denied")
            done
            rules+=("$((id << 16)) . udp . 0.0.0.0/0 . 0-65535 : return")
        fi
        devices+=("$gt")
        vnis+=("vni add dev $gt vni $id")
    done
} >/tmp/batch
ip -batch /tmp/batch
if [ "$OVERLAY" = vxlan ]; then
    printf '%s\n' "${vnis[@]}" >/tmp/batch
    bridge -batch /tmp/batch
fi

nft -f "$REPOSITORY/tests/reference/nvi.nft"
{
    echo "add element inet nvi underlay { $underlay }"
    echo "add element inet nvi public { $(list "${publics[@]}") }"
    echo "add element inet nvi outside { up0 }"
    echo "add element inet nvi zones { $(list "${zones[@]}") }"
    if [ "$OVERLAY" = gretap ]; then
        echo "add element inet nvi nodes { $(list "${nodes[@]}") }"
    else
        echo "add element inet nvi vxlan_nodes { $(list "${nodes[@]}") }"
        echo "add element inet nvi vxlan_vnis { $(list "${numbers[@]}") }"
    fi
    echo "add element inet nvi bound { $(list "${bound[@]}") }"
    echo "add element inet nvi floating_in { $(list "${in[@]}") }"
    echo "add element inet nvi floating_out { $(list "${out[@]}") }"
    if ((RULES > 0)); then
        printf 'add element inet nvi firewall { %s }\n' "$(for id in "${firewalls[@]}"; do printf '%s : %s, ' "$id" $((id << 16)); done)"
        printf 'add element inet nvi default_in { %s }\n' "$(printf '%s : goto denied, ' "${firewalls[@]}")"
        printf 'add element inet nvi default_out { %s }\n' "$(printf '%s : return, ' "${firewalls[@]}")"
        printf 'add element inet nvi rules_in { %s }\n' "$(list "${rules[@]}")"
    fi
} >/tmp/batch
nft -f /tmp/batch
if [ "$FLOWTABLE" = yes ]; then
    # A message takes 256 devices.
    for ((at = 0; at < ${#devices[@]}; at += 200)); do
        echo "add flowtable inet nvi fast { hook ingress priority 0; devices = { $(list "${devices[@]:at:200}") }; }"
    done >/tmp/batch
    nft -f /tmp/batch
    nft add rule inet nvi forwarding iifgroup 110 ct state established flow add @fast
    # 6.12 leaks the metadata of every offloaded packet from a tunnel without a remote: it is dropped before.
    for device in "${devices[@]:2}"; do
        echo "qdisc add dev $device clsact"
        echo "filter add dev $device ingress protocol ip matchall action tunnel_key unset"
    done >/tmp/batch
    tc -batch /tmp/batch
fi
patience
