// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: the packet path. What is routed to the device is
 * received again, by the VRF that its route names, by the outside, or by the
 * interface that it came by; so it is routed, translated, and routed again.
 */

#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_netdev.h>
#include <net/dropreason.h>
#include <net/dst_metadata.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/sch_generic.h>

#include "nvi.h"

/**
 * struct nvi_crossing - where a packet goes on
 * @to: the device that receives it, NULL when it is dropped
 * @packets: the counter of its direction
 * @drop: the counter of why it is dropped
 */
struct nvi_crossing {
	struct net_device	*to;
	enum nvi_stat		packets;
	enum nvi_stat		drop;
};

/* Crossings under way on this CPU, one inside the other. With BH off a task
 * stays on its CPU, and what it counts up it counts down again there.
 */
static DEFINE_PER_CPU(unsigned int, nvi_depth);

enum skb_drop_reason nvi_kernel_reason(enum nvi_stat drop)
{
	switch (drop) {
	case NVI_STAT_DROP_PROTOCOL:
		return SKB_DROP_REASON_UNHANDLED_PROTO;
	case NVI_STAT_DROP_HEADER:
		return SKB_DROP_REASON_IP_INHDR;
	case NVI_STAT_DROP_SCOPE:
		return SKB_DROP_REASON_IP_INADDRERRORS;
	case NVI_STAT_DROP_NO_VRF:
		return SKB_DROP_REASON_IP_INNOROUTES;
	case NVI_STAT_DROP_NO_ORIGIN:
	case NVI_STAT_DROP_DOWN:
		return SKB_DROP_REASON_DEV_READY;
	case NVI_STAT_DROP_LOOP:
		return SKB_DROP_REASON_RECURSION_LIMIT;
	case NVI_STAT_DROP_MEMORY:
		return SKB_DROP_REASON_NOMEM;
	default:
		return SKB_DROP_REASON_NOT_SPECIFIED;
	}
}

/* Returns 0, or why the packet is not one to be routed again. IP checks the
 * rest of the header when it receives it.
 */
static enum nvi_stat nvi_check(struct sk_buff *skb)
{
	skb_reset_network_header(skb);
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		if (!pskb_may_pull(skb, sizeof(struct iphdr)) ||
		    ip_hdr(skb)->version != 4 || ip_hdr(skb)->ihl < 5)
			return NVI_STAT_DROP_HEADER;
		if (ipv4_is_multicast(ip_hdr(skb)->daddr) ||
		    ipv4_is_lbcast(ip_hdr(skb)->daddr))
			return NVI_STAT_DROP_SCOPE;
		return 0;
	case htons(ETH_P_IPV6):
		if (!pskb_may_pull(skb, sizeof(struct ipv6hdr)) ||
		    ipv6_hdr(skb)->version != 6)
			return NVI_STAT_DROP_HEADER;
		if (ipv6_addr_type(&ipv6_hdr(skb)->daddr) &
		    (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL))
			return NVI_STAT_DROP_SCOPE;
		return 0;
	default:
		return NVI_STAT_DROP_PROTOCOL;
	}
}

static struct nvi_crossing nvi_route(const struct nvi *nvi, const struct sk_buff *skb,
				     struct net_device *dev)
{
	const struct ip_tunnel_info *info;
	struct nvi_crossing crossing;
	u64 id;

	if (READ_ONCE(nvi->mode) == NVI_MODE_CLASSIC) {
		crossing.to = dev_get_by_index_rcu(dev_net(dev), skb->skb_iif);
		crossing.packets = NVI_STAT_RETURNED_PACKETS;
		crossing.drop = NVI_STAT_DROP_NO_ORIGIN;
		return crossing;
	}

	info = skb_tunnel_info(skb);
	if (!info || !(info->mode & IP_TUNNEL_INFO_TX)) {
		crossing.to = dev;
		crossing.packets = NVI_STAT_OUTWARD_PACKETS;
		crossing.drop = NVI_STAT_DROP_DOWN;
		return crossing;
	}

	id = be64_to_cpu(info->key.tun_id);
	crossing.to = id <= U32_MAX ? nvi_vrf_of_table(dev_net(dev), id) : NULL;
	crossing.packets = NVI_STAT_INWARD_PACKETS;
	crossing.drop = NVI_STAT_DROP_NO_VRF;
	return crossing;
}

/* The gateway is one hop although it routes twice: the crossing gives back the
 * hop that the first routing took. A loop ends nevertheless: while it stays on
 * this CPU it is one crossing inside the other, which %NVI_MAX_CROSSINGS
 * bounds. It leaves the CPU by a program that decides about packets (NFQUEUE),
 * by a queue of this device or by another device. The former two get no hop
 * back; the last one's routing takes a hop that no crossing gives back.
 */
static bool nvi_gives_hop_back(const struct net_device *dev)
{
	if (rcu_dereference_bh(netdev_get_tx_queue(dev, 0)->qdisc)->enqueue)
		return false;
	return !in_task() || current->flags & PF_KTHREAD;
}

/* Callers have made the header writable. */
static void nvi_give_hop_back(struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP)) {
		struct iphdr *iph = ip_hdr(skb);

		if (iph->ttl < 255) {
			csum_replace2(&iph->check, htons(iph->ttl << 8),
				      htons((iph->ttl + 1) << 8));
			iph->ttl++;
		}
	} else if (ipv6_hdr(skb)->hop_limit < 255) {
		ipv6_hdr(skb)->hop_limit++;
	}
}

/* Taps, tc and XDP on an Ethernet device look for a header in front of the
 * packet. Callers have made the room.
 */
static void nvi_set_mac_header(struct sk_buff *skb, const struct net_device *to)
{
	struct ethhdr *eth;

	if (to->type != ARPHRD_ETHER) {
		skb_reset_mac_header(skb);
		skb_reset_mac_len(skb);
		return;
	}
	skb_set_mac_header(skb, -ETH_HLEN);
	skb_reset_mac_len(skb);
	eth = eth_hdr(skb);
	ether_addr_copy(eth->h_dest, to->dev_addr);
	ether_addr_copy(eth->h_source, to->dev_addr);
	eth->h_proto = skb->protocol;
}

/* Drop what the first routing left on the packet, so that the second one
 * starts as if it had just arrived. Kept on purpose: the mark, by which an
 * administrator's rules may speak to one another across the two; the
 * priority, which forwarding sets anew; checksum and segmentation state,
 * which the last device needs; the hash, which spreads flows as before.
 */
static void nvi_scrub(struct sk_buff *skb, enum nvi_stat direction)
{
	skb_scrub_packet(skb, false);
	/* A time of departure means nothing to a receiver. */
	skb_clear_tstamp(skb);
	/* A checksum of the whole does not survive a change of the header. */
	skb_forward_csum(skb);
	/* NAT's work on the way out is done. On the way in it is to come. */
	if (direction != NVI_STAT_INWARD_PACKETS)
		nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
}

/* Offer a packet for a VRF to the hooks at the ingress of the nvi device: a
 * flowtable there knows the connections of the second pass. No reference to a
 * route is attached, which flowtables of some kernels would lose. Returns
 * whether the packet is still ours.
 */
static bool nvi_offer(const struct nvi *nvi, struct sk_buff *skb, struct net_device *dev)
{
	struct nf_hook_entries *hooks = rcu_dereference(dev->nf_hooks_ingress);
	struct net_device *in = nvi_ingress(nvi, dev);
	struct nf_hook_state state;
	int verdict;

	if (!hooks)
		return true;
	skb->dev = dev;
	skb->skb_iif = in->ifindex;
	nvi_set_mac_header(skb, dev);
	nf_hook_state_init(&state, NF_NETDEV_INGRESS, NFPROTO_NETDEV, in, NULL,
			   NULL, dev_net(dev), NULL);
	verdict = nf_hook_slow(skb, &state, hooks, 0);
	if (verdict == 1)
		return true;
	nvi_count_event(nvi, verdict ? NVI_STAT_DROP_HOOK : NVI_STAT_OFFLOADED_PACKETS);
	return false;
}

/* A VRF passes what it receives through prerouting a second time, for the hooks
 * that look for the VRF and not its port. This packet has no port of a VRF: it
 * came by the VRF itself, and the hooks have seen that. The VRF lets its own loop be
 * (vrf_ip_rcv(), vrf_ip6_rcv()), and makes it a packet for this host again.
 * Taps pass over such packets, so not while the VRF has any.
 */
void nvi_pass_hooks_once(struct sk_buff *skb, struct net_device *vrf)
{
	if (!dev_nit_active(vrf) && list_empty(&vrf->ptype_specific))
		skb->pkt_type = PACKET_LOOPBACK;
}

/* Receive the packet. Inline, which costs least, unless this machine made it:
 * who sends may hold locks that receiving takes, as in TCP from one socket
 * here to another, and the stack may be deep already.
 */
static void nvi_receive(const struct nvi *nvi, struct sk_buff *skb, bool local)
{
	if (likely(!local)) {
		netif_receive_skb_core(skb);
		return;
	}
	skb_orphan(skb);
	nvi_count_event(nvi, netif_rx(skb) == NET_RX_SUCCESS ?
			     NVI_STAT_DEFERRED_PACKETS : NVI_STAT_DROP_BACKLOG);
}

static netdev_tx_t nvi_drop(const struct nvi *nvi, struct sk_buff *skb, enum nvi_stat drop)
{
	nvi_count_event(nvi, drop);
	kfree_skb_reason(skb, nvi_kernel_reason(drop));
	return NETDEV_TX_OK;
}

netdev_tx_t nvi_xmit(struct sk_buff *skb, struct net_device *dev)
{
	const struct nvi *nvi = netdev_priv(dev);
	struct nvi_crossing crossing;
	bool local, hop_back;
	enum nvi_stat drop;

	rcu_read_lock();
	drop = nvi_check(skb);
	if (unlikely(drop))
		goto drop;
	drop = NVI_STAT_DROP_LOOP;
	if (unlikely(this_cpu_read(nvi_depth) >= NVI_MAX_CROSSINGS))
		goto drop;
	crossing = nvi_route(nvi, skb, dev);
	drop = crossing.drop;
	if (unlikely(!crossing.to))
		goto drop;
	drop = NVI_STAT_DROP_DOWN;
	if (unlikely(!netif_running(crossing.to)))
		goto drop;
	drop = NVI_STAT_DROP_MEMORY;
	if (unlikely(skb_cow_head(skb, ETH_HLEN)))
		goto drop;

	nvi_count(nvi, crossing.packets, skb->len);
	if (skb_is_gso(skb))
		nvi_count_event(nvi, NVI_STAT_GSO_PACKETS);
	if (crossing.packets == NVI_STAT_OUTWARD_PACKETS && nvi_send_direct(nvi, skb, dev)) {
		nvi_count_event(nvi, NVI_STAT_OFFLOADED_PACKETS);
		goto out;
	}

	/* No device received it before. Then it has not lost a hop, either. */
	local = !skb->skb_iif;
	hop_back = !local && nvi_gives_hop_back(dev);
	nvi_scrub(skb, crossing.packets);
	if (hop_back)
		nvi_give_hop_back(skb);

	this_cpu_inc(nvi_depth);
	if (crossing.packets != NVI_STAT_INWARD_PACKETS || local || nvi_offer(nvi, skb, dev)) {
		skb->dev = crossing.to;
		nvi_set_mac_header(skb, crossing.to);
		if (crossing.packets == NVI_STAT_INWARD_PACKETS)
			nvi_pass_hooks_once(skb, crossing.to);
		nvi_receive(nvi, skb, local);
	}
	this_cpu_dec(nvi_depth);
out:
	rcu_read_unlock();
	return NETDEV_TX_OK;
drop:
	rcu_read_unlock();
	return nvi_drop(nvi, skb, drop);
}
