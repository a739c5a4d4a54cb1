# SPDX-License-Identifier: GPL-2.0-or-later
# Open vSwitch's kernel datapath with NAT by connection tracking, a zone a tenant. Its flows are given by hand, as
# ovs-vswitchd would cache them: no userspace is in the packet's way.
cards
case $OVERLAY in
    gretap) type=gre system=gre_sys ;;
    vxlan) type=vxlan system=vxlan_sys_4789 ;;
esac
ovs-dpctl add-dp bench
ovs-dpctl add-if bench up0 tun,type=$type,remote_ip=flow,key=flow
port() { ovs-dpctl show bench | sed -nE "s/^ *port ([0-9]+): $1.*/\1/p"; }
up=$(port up0) tun=$(port "$system")
flow() { ovs-dpctl add-flow bench "$1" "$2"; }
any_mac="eth(src=00:00:00:00:00:00/00:00:00:00:00:00,dst=00:00:00:00:00:00/00:00:00:00:00:00)"
for ((i = 0; i < TENANTS; i++)); do
    number "$i"
    encap="set(eth(src=$mac,dst=$host_mac)),set(ipv4(ttl=63)),set(tunnel(tun_id=$id,src=$underlay,dst=$node,ttl=64,tp_dst=4789,flags(df|key))),$tun"
    leave="set(eth(src=02:00:00:00:01:01,dst=$uplink_next_mac)),set(ipv4(ttl=63)),$up"
    from_tunnel="tunnel(tun_id=$id,src=$node,dst=$underlay,ttl=0/0,flags(-df-csum+key)),in_port($tun)"
    # inbound
    flow "recirc_id(0),in_port($up),$any_mac,eth_type(0x0800),ipv4(dst=$public,frag=no)" "ct(zone=$id,nat),recirc($id)"
    flow "recirc_id($id),in_port($up),ct_state(+new+trk),$any_mac,eth_type(0x0800),ipv4(frag=no)" "ct(commit,zone=$id,nat(dst=$host)),$encap"
    flow "recirc_id($id),in_port($up),ct_state(-new+est+trk),$any_mac,eth_type(0x0800),ipv4(frag=no)" "$encap"
    # outbound
    flow "recirc_id(0),$from_tunnel,$any_mac,eth_type(0x0800),ipv4(src=$host,frag=no)" "ct(zone=$id,nat),recirc($((id + 20000)))"
    flow "recirc_id($((id + 20000))),$from_tunnel,ct_state(+new+trk),$any_mac,eth_type(0x0800),ipv4(frag=no)" "ct(commit,zone=$id,nat(src=$public)),$leave"
    flow "recirc_id($((id + 20000))),$from_tunnel,ct_state(-new+est+trk),$any_mac,eth_type(0x0800),ipv4(frag=no)" "$leave"
done
nft -f - <<EOF
table ip bench {
    chain raw { type filter hook prerouting priority raw; $underlay_untracked; }
    chain raw_out { type filter hook output priority raw; $underlay_untracked_out; }
}
EOF
patience
