// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: neighbour discovery through tunnels without a remote.
 *
 * Such a tunnel sends to where the packet's route says. What ARP sends has the
 * route of the packet that waits for the answer, or goes back the way that the
 * question came. Neighbour discovery makes a route for each of its messages
 * (icmp6_dst_alloc() in net/ipv6/route.c) that says nothing of tunnels, so the
 * tunnel drops it. Here it is told what the route to the host says.
 */

#include <linux/netfilter_ipv6.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/lwtunnel.h>
#include <net/ndisc.h>
#include <net/net_namespace.h>

#include "nvi.h"

/* The host that is asked for, or answered. */
static const struct in6_addr *nvi_nd_host(const struct sk_buff *skb)
{
	const struct ipv6hdr *iph = ipv6_hdr(skb);
	const struct nd_msg *msg = (const struct nd_msg *)(iph + 1);

	if (iph->nexthdr != IPPROTO_ICMPV6 ||
	    skb_headlen(skb) < sizeof(*iph) + sizeof(*msg))
		return NULL;
	switch (msg->icmph.icmp6_type) {
	case NDISC_NEIGHBOUR_SOLICITATION:
		return &msg->target;
	case NDISC_NEIGHBOUR_ADVERTISEMENT:
		return &iph->daddr;
	default:
		return NULL;
	}
}

static unsigned int nvi_nd_out(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct dst_entry *route, *dst = skb_dst(skb);
	const struct in6_addr *host;
	struct flowi6 flow = {};

	/* Its own messages only: their route is no other packet's. */
	if (!state->sk || state->sk != state->net->ipv6.ndisc_sk)
		return NF_ACCEPT;
	if (dst->lwtstate || !netif_is_l3_slave(state->out))
		return NF_ACCEPT;
	host = nvi_nd_host(skb);
	if (!host || ipv6_addr_is_multicast(host))
		return NF_ACCEPT;

	flow.flowi6_oif = state->out->ifindex;
	flow.daddr = *host;
	route = ip6_route_output(state->net, NULL, &flow);
	if (!route->error && route->dev == state->out && route->lwtstate)
		dst->lwtstate = lwtstate_get(route->lwtstate);
	dst_release(route);
	return NF_ACCEPT;
}

static const struct nf_hook_ops nvi_nd_ops = {
	.hook		= nvi_nd_out,
	.pf		= NFPROTO_IPV6,
	.hooknum	= NF_INET_LOCAL_OUT,
	.priority	= NF_IP6_PRI_LAST,
};

static int __net_init nvi_nd_net_init(struct net *net)
{
	return nf_register_net_hook(net, &nvi_nd_ops);
}

static void __net_exit nvi_nd_net_exit(struct net *net)
{
	nf_unregister_net_hook(net, &nvi_nd_ops);
}

static struct pernet_operations nvi_nd_net_ops = {
	.init = nvi_nd_net_init,
	.exit = nvi_nd_net_exit,
};

int __init nvi_nd_init(void)
{
	return register_pernet_subsys(&nvi_nd_net_ops);
}

void nvi_nd_exit(void)
{
	unregister_pernet_subsys(&nvi_nd_net_ops);
}
