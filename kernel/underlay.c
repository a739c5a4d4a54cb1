// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: the short way between the underlay and a tenant's
 * tunnel. All that hooks and routing find out about a tunnel's packet is whose
 * it is and whether its node may send it. The key and the node tell that here,
 * at the first hook, and the packet goes on at the tunnel's device; what the
 * tunnel sends goes on at the underlay's, past the hooks of its way out.
 *
 * A node is a permanent neighbour of the tunnel's VRF: who configures the VRF
 * says so. What is in any way special goes the long way as it is.
 */

#include <linux/if_ether.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <net/arp.h>
#include <net/gre.h>
#include <net/gro_cells.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/l3mdev.h>
#include <net/neighbour.h>

#include "nvi.h"

/* GRE with a key (RFC 2890), and nothing else. */
struct nvi_gre {
	__be16	flags;
	__be16	protocol;
	__be32	key;
};

/* A tenant's tunnel, which is in a flowtable: no connection's packet need pass
 * every hook.
 */
static bool nvi_is_short(const struct net_device *dev)
{
	return netif_is_l3_slave(dev) && nvi_is_tunnel(dev) &&
	       rcu_access_pointer(dev->nf_hooks_ingress);
}

static bool nvi_is_node(struct net_device *vrf, __be32 node)
{
	const struct neighbour *neigh = __ipv4_neigh_lookup_noref(vrf, (__force u32)node);

	return neigh && READ_ONCE(neigh->nud_state) & NUD_PERMANENT;
}

/* The tunnel that the packet is for and may come by, or NULL. */
static struct net_device *nvi_tunnel_of(struct net *net, const struct net_device *in,
					const struct iphdr *iph, __be32 key)
{
	struct net_device *dev = nvi_gretap_of_key(net, key);
	const struct ip_tunnel *tunnel;
	struct net_device *vrf;

	if (!dev || !(dev->flags & IFF_UP) || !nvi_is_short(dev))
		return NULL;
	tunnel = netdev_priv(dev);
	if (tunnel->parms.i_key != key || tunnel->parms.iph.saddr != iph->daddr ||
	    tunnel->parms.iph.daddr || tunnel->encap.type != TUNNEL_ENCAP_NONE ||
	    (tunnel->parms.link && tunnel->parms.link != in->ifindex))
		return NULL;
	vrf = l3mdev_master_dev_rcu(dev);
	return vrf && nvi_is_node(vrf, iph->saddr) ? dev : NULL;
}

static bool nvi_is_traced(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NETFILTER_XT_TARGET_TRACE) || IS_ENABLED(CONFIG_NF_TABLES)
	return skb->nf_trace;
#else
	return false;
#endif
}

static bool nvi_is_special(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	return iph->ihl != 5 || ip_is_fragment(iph) || nvi_is_traced(skb);
}

static bool nvi_is_bridged(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	return nf_bridge_info_exists(skb);
#else
	return false;
#endif
}

/* Nobody else has a say in what the underlay's device received: no VRF, no
 * bridge's netfilter, no IPsec policy, no check of whence the source is routed.
 */
static bool nvi_is_plain(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct in_device *in_dev = __in_dev_get_rcu(state->in);

#ifdef CONFIG_XFRM
	if (READ_ONCE(state->net->xfrm.policy_count[XFRM_POLICY_IN]))
		return false;
#endif
	return in_dev && IN_DEV_RPFILTER(in_dev) != 1 && !netif_is_l3_slave(state->in) &&
	       !netif_is_l3_master(state->in) && !nvi_is_bridged(skb);
}

/* Nothing that the inner packet has to be told (RFC 6040). */
static bool nvi_ecn_is_plain(const struct iphdr *iph)
{
	const u8 ecn = iph->tos & INET_ECN_MASK;

	return ecn == INET_ECN_NOT_ECT || ecn == INET_ECN_ECT_0;
}

/* What has a tenant's Ethernet frame with an IP packet in it, from a node. The
 * kernel's own receiver takes it over from there (ip_tunnel_rcv() in
 * net/ipv4/ip_tunnel.c): in its queue, so packets of both ways keep their order.
 */
static unsigned int nvi_underlay_in(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	const unsigned int headers = sizeof(struct iphdr) + sizeof(struct nvi_gre);
	const struct nvi_gre *gre;
	struct ip_tunnel *tunnel;
	const struct iphdr *iph;
	const struct ethhdr *eth;
	struct net_device *dev;

	if (ip_hdr(skb)->protocol != IPPROTO_GRE || skb->pkt_type != PACKET_HOST ||
	    nvi_is_special(skb) || !nvi_is_plain(skb, state))
		return NF_ACCEPT;
	if (!pskb_may_pull(skb, headers + ETH_HLEN + sizeof(struct iphdr)))
		return NF_ACCEPT;
	iph = ip_hdr(skb);
	gre = (const struct nvi_gre *)(iph + 1);
	eth = (const struct ethhdr *)(gre + 1);
	if (gre->flags != GRE_KEY || gre->protocol != htons(ETH_P_TEB) ||
	    !nvi_ecn_is_plain(iph) ||
	    (eth->h_proto != htons(ETH_P_IP) && eth->h_proto != htons(ETH_P_IPV6)))
		return NF_ACCEPT;
	dev = nvi_tunnel_of(state->net, state->in, iph, gre->key);
	if (!dev)
		return NF_ACCEPT;
	tunnel = netdev_priv(dev);
	if (iptunnel_pull_header(skb, headers, htons(ETH_P_TEB), false)) {
		dev_core_stats_rx_dropped_inc(dev);
		return NF_DROP;
	}
	dev_sw_netstats_rx_add(dev, skb->len);
	skb->protocol = eth_type_trans(skb, dev);
	skb_postpull_rcsum(skb, eth_hdr(skb), ETH_HLEN);
	gro_cells_receive(&tunnel->gro_cells, skb);
	return NF_STOLEN;
}

/* What a tunnel sends to a node: iptunnel_xmit() has routed it, and leaves the
 * tunnel's device with it until it goes out.
 */
static unsigned int nvi_underlay_out(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	struct net_device *dev = skb->dev;

	if (!dev || dev == state->out || !nvi_is_short(dev) || nvi_is_special(skb) ||
	    dst_xfrm(skb_dst(skb)) || netif_is_l3_slave(state->out))
		return NF_ACCEPT;
	/* It has passed the hooks of its way out, as far as ip_output() knows. */
	IPCB(skb)->flags |= IPSKB_REROUTED;
	dst_output(state->net, state->sk, skb);
	return NF_STOLEN;
}

static const struct nf_hook_ops nvi_underlay_ops[] = {
	{
		.hook		= nvi_underlay_in,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP_PRI_FIRST,
	},
	{
		.hook		= nvi_underlay_out,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_FIRST,
	},
};

int nvi_underlay_watch(struct net *net)
{
	return nf_register_net_hooks(net, nvi_underlay_ops, ARRAY_SIZE(nvi_underlay_ops));
}

void nvi_underlay_unwatch(struct net *net)
{
	nf_unregister_net_hooks(net, nvi_underlay_ops, ARRAY_SIZE(nvi_underlay_ops));
}
