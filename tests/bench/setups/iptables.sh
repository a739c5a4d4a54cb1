# SPDX-License-Identifier: GPL-2.0-or-later
# The same box as single.sh, told in iptables-nft.
cards
number 0
ip -batch - <<EOF
$tunnel
link set $gt up
address add 10.0.0.1/24 dev $gt
neighbour add $host lladdr $host_mac dev $gt nud permanent
EOF
iptables-nft-restore <<EOF
*raw
-A PREROUTING -d $underlay -p gre -j CT --notrack
-A PREROUTING -d $underlay -p udp --dport 4789 -j CT --notrack
-A OUTPUT -s $underlay -p gre -j CT --notrack
-A OUTPUT -s $underlay -p udp --dport 4789 -j CT --notrack
COMMIT
*nat
-A PREROUTING -i up0 -d $public -j DNAT --to-destination $host
-A POSTROUTING -o up0 -s $host -j SNAT --to-source $public
COMMIT
EOF
patience
