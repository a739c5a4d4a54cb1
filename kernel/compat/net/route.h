/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ip_route_input_noref() before 6.13: the type of service instead of a DSCP.
 */
#ifndef _NVI_COMPAT_NET_ROUTE_H
#define _NVI_COMPAT_NET_ROUTE_H

#include_next <net/route.h>

/* Routes a received packet; returns whether it has a route. */
static inline bool nvi_compat_route_input(struct sk_buff *skb, const struct iphdr *iph,
					  struct net_device *dev)
{
#ifdef NVI_HAVE_ROUTE_INPUT_DSCP
	return !ip_route_input_noref(skb, iph->daddr, iph->saddr,
				     inet_dsfield_to_dscp(iph->tos), dev);
#else
	return !ip_route_input_noref(skb, iph->daddr, iph->saddr, iph->tos, dev);
#endif
}

#endif
