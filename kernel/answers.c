// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: ARP and neighbour discovery on ports. A VRF has no
 * link and answers nobody; so the tenant's hosts are told here who has the
 * VRF's addresses, by the tunnel and with the id that the question came by.
 * Nothing is learnt: what is asked changes nothing.
 */

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/dst_metadata.h>
#include <net/ip6_checksum.h>
#include <net/l3mdev.h>
#include <net/ndisc.h>
#include <net/route.h>

#include "nvi.h"

#define NVI_HOP_LIMIT	255	/* RFC 4861: the sender is a neighbour */

/**
 * struct nvi_advertisement - a neighbour advertisement with its one option
 * @head: its ICMPv6 header and target
 * @type: %ND_OPT_TARGET_LL_ADDR
 * @length: of the option, in units of 8 bytes
 * @address: the target's
 */
struct nvi_advertisement {
	struct nd_msg	head;
	u8		type;
	u8		length;
	u8		address[ETH_ALEN];
} __packed;

static bool nvi_is_solicitation(struct sk_buff *skb)
{
	const struct ipv6hdr *iph;
	const struct nd_msg *msg;

	if (!pskb_may_pull(skb, sizeof(*iph) + sizeof(*msg)))
		return false;
	iph = ipv6_hdr(skb);
	msg = (const struct nd_msg *)(iph + 1);
	return iph->version == 6 && iph->nexthdr == IPPROTO_ICMPV6 &&
	       iph->hop_limit == NVI_HOP_LIMIT &&
	       msg->icmph.icmp6_type == NDISC_NEIGHBOUR_SOLICITATION &&
	       !msg->icmph.icmp6_code && !ipv6_addr_is_multicast(&msg->target);
}

/* Whether the packet is of the link: ARP, or a neighbour solicitation. */
bool nvi_is_question(struct sk_buff *skb)
{
	switch (skb->protocol) {
	case htons(ETH_P_ARP):
		return true;
	case htons(ETH_P_IPV6):
		return nvi_is_solicitation(skb);
	default:
		return false;
	}
}

/* The way back: source and destination of the tunnel's packet exchanged. */
static struct dst_entry *nvi_way_back(struct sk_buff *skb)
{
	const struct ip_tunnel_key *came = &skb_metadata_dst(skb)->u.tun_info.key;
	struct metadata_dst *back;

	back = iptunnel_metadata_reply(skb_metadata_dst(skb), GFP_ATOMIC);
	if (!back)
		return NULL;
	if (ip_tunnel_info_af(&back->u.tun_info) == AF_INET)
		back->u.tun_info.key.u.ipv4.src = came->u.ipv4.dst;
	else
		back->u.tun_info.key.u.ipv6.src = came->u.ipv6.dst;
	return &back->dst;
}

static bool nvi_answer_arp(struct sk_buff *skb, const struct net_device *vrf)
{
	struct net_device *port = skb->dev;
	const u8 *sender, *body;
	const struct arphdr *arp;
	__be32 source, target;
	struct sk_buff *answer;
	struct dst_entry *back;

	if (!pskb_may_pull(skb, arp_hdr_len(port)))
		return false;
	arp = arp_hdr(skb);
	if (arp->ar_hrd != htons(ARPHRD_ETHER) || arp->ar_pro != htons(ETH_P_IP) ||
	    arp->ar_hln != ETH_ALEN || arp->ar_pln != sizeof(target) ||
	    arp->ar_op != htons(ARPOP_REQUEST))
		return false;
	body = (const u8 *)(arp + 1);
	sender = body;
	memcpy(&source, body + ETH_ALEN, sizeof(source));
	memcpy(&target, body + 2 * ETH_ALEN + sizeof(source), sizeof(target));
	if (ipv4_is_loopback(target) || ipv4_is_multicast(target) ||
	    inet_addr_type_table(dev_net(port), target, l3mdev_fib_table_rcu(vrf)) != RTN_LOCAL)
		return false;

	back = nvi_way_back(skb);
	if (!back)
		return false;
	answer = arp_create(ARPOP_REPLY, ETH_P_ARP, source, port, target,
			    eth_hdr(skb)->h_source, port->dev_addr, sender);
	if (!answer) {
		dst_release(back);
		return false;
	}
	skb_dst_set(answer, back);
	arp_xmit(answer);
	return true;
}

static void nvi_put_advertisement(struct sk_buff *answer, const struct in6_addr *target,
				  const struct in6_addr *source)
{
	const bool asked_by_nobody = ipv6_addr_any(source);
	struct nvi_advertisement *msg;
	struct ipv6hdr *iph;

	skb_reset_network_header(answer);
	iph = skb_put_zero(answer, sizeof(*iph));
	ip6_flow_hdr(iph, 0, 0);
	iph->payload_len = htons(sizeof(*msg));
	iph->nexthdr = IPPROTO_ICMPV6;
	iph->hop_limit = NVI_HOP_LIMIT;
	iph->saddr = *target;
	/* Who looks for duplicates has no address yet. */
	iph->daddr = asked_by_nobody ? in6addr_linklocal_allnodes : *source;

	skb_set_transport_header(answer, sizeof(*iph));
	msg = skb_put_zero(answer, sizeof(*msg));
	msg->head.icmph.icmp6_type = NDISC_NEIGHBOUR_ADVERTISEMENT;
	msg->head.icmph.icmp6_router = 1;
	msg->head.icmph.icmp6_solicited = !asked_by_nobody;
	msg->head.icmph.icmp6_override = 1;
	msg->head.target = *target;
	msg->type = ND_OPT_TARGET_LL_ADDR;
	msg->length = 1;
	ether_addr_copy(msg->address, answer->dev->dev_addr);
	msg->head.icmph.icmp6_cksum =
		csum_ipv6_magic(&iph->saddr, &iph->daddr, sizeof(*msg), IPPROTO_ICMPV6,
				csum_partial(msg, sizeof(*msg), 0));
}

static bool nvi_answer_solicitation(struct sk_buff *skb, const struct net_device *vrf)
{
	const struct ipv6hdr *asked = ipv6_hdr(skb);
	const struct nd_msg *question = (const struct nd_msg *)(asked + 1);
	struct net_device *port = skb->dev;
	struct sk_buff *answer;

	if (!ipv6_chk_addr(dev_net(port), &question->target, vrf, 0))
		return false;
	answer = alloc_skb(LL_RESERVED_SPACE(port) + port->needed_tailroom +
			   sizeof(*asked) + sizeof(struct nvi_advertisement), GFP_ATOMIC);
	if (!answer)
		return false;
	skb_reserve(answer, LL_RESERVED_SPACE(port));
	answer->dev = port;
	answer->protocol = htons(ETH_P_IPV6);
	nvi_put_advertisement(answer, &question->target, &asked->saddr);
	skb_dst_set(answer, nvi_way_back(skb));
	if (!skb_dst(answer) ||
	    dev_hard_header(answer, port, ETH_P_IPV6, eth_hdr(skb)->h_source,
			    port->dev_addr, answer->len) < 0) {
		kfree_skb(answer);
		return false;
	}
	dev_queue_xmit(answer);
	return true;
}

/**
 * nvi_answer - answer a question for an address of a VRF
 * @skb: what nvi_is_question() says yes to, with what its tunnel attached
 * @vrf: whose addresses are told
 *
 * Returns whether an answer was sent. The question is still the caller's.
 * Callers have BH off, and hold the RCU read lock.
 */
bool nvi_answer(struct sk_buff *skb, const struct net_device *vrf)
{
	return skb->protocol == htons(ETH_P_ARP) ? nvi_answer_arp(skb, vrf) :
						   nvi_answer_solicitation(skb, vrf);
}
