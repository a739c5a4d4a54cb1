// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: routes in the outside, as offloaded packets on their
 * way out take them, and what each CPU remembers of them. A remembered route
 * is valid until any route, rule or address changes, as those are that sockets
 * remember; but IPv6 does not notice routes that are added to other tables, so
 * there it is valid for a second at most.
 */

#include <linux/hash.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/neighbour.h>
#include <net/route.h>

#include "nvi.h"

#define NVI_ROUTES_BITS		9
#define NVI_ROUTES6_BITS	8

/**
 * struct nvi_known_route - a route that IPv4 packets took before
 * @key: what routing may depend on
 * @dst: the route, NULL when the place is free
 */
struct nvi_known_route {
	struct nvi_route_key {
		__be32		saddr;
		__be32		daddr;
		u32		mark;
		u32		tos;
	} key;
	struct dst_entry	*dst;
};

/**
 * struct nvi_known_route6 - the same of IPv6
 * @key: what routing may depend on
 * @cookie: of the route, by which it is known to be valid
 * @since: when it was looked up, in jiffies
 * @dst: the route, NULL when the place is free
 */
struct nvi_known_route6 {
	struct nvi_route6_key {
		struct in6_addr	saddr;
		struct in6_addr	daddr;
		u32		mark;
		__be32		flowinfo;
	} key;
	u32			cookie;
	unsigned long		since;
	struct dst_entry	*dst;
};

/**
 * struct nvi_routes - one CPU's known routes, each in the one place that its
 *	key hashes to; used with BH off only
 * @known: the places for IPv4
 * @known6: the places for IPv6
 */
struct nvi_routes {
	struct nvi_known_route	known[1 << NVI_ROUTES_BITS];
	struct nvi_known_route6	known6[1 << NVI_ROUTES6_BITS];
};

int nvi_routes_init(struct nvi *nvi)
{
	BUILD_BUG_ON(sizeof(struct nvi_routes) > PCPU_MIN_UNIT_SIZE);
	nvi->routes = alloc_percpu(struct nvi_routes);
	return nvi->routes ? 0 : -ENOMEM;
}

/* A route is its network namespace's. Nobody transmits on the device when it
 * leaves that, or goes.
 */
void nvi_routes_forget(struct nvi *nvi)
{
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct nvi_routes *routes = per_cpu_ptr(nvi->routes, cpu);

		for (i = 0; i < ARRAY_SIZE(routes->known); i++)
			dst_release(routes->known[i].dst);
		for (i = 0; i < ARRAY_SIZE(routes->known6); i++)
			dst_release(routes->known6[i].dst);
		memset(routes, 0, sizeof(*routes));
	}
}

void nvi_routes_exit(struct nvi *nvi)
{
	if (!nvi->routes)
		return;
	nvi_routes_forget(nvi);
	free_percpu(nvi->routes);
}

static bool nvi_has_no_policies(const struct net *net)
{
#ifdef CONFIG_XFRM
	return !READ_ONCE(net->xfrm.policy_count[XFRM_POLICY_FWD]) &&
	       !READ_ONCE(net->xfrm.policy_count[XFRM_POLICY_OUT]);
#else
	return true;
#endif
}

/* No ports choose the path: neither by rules nor among several next hops. */
static bool nvi_routing_is_plain(const struct net *net)
{
#ifdef CONFIG_IP_ROUTE_MULTIPATH
	if (READ_ONCE(net->ipv4.sysctl_fib_multipath_hash_policy))
		return false;
#endif
	return nvi_has_no_policies(net) && !READ_ONCE(net->ipv4.fib_rules_require_fldissect);
}

static bool nvi_routing6_is_plain(const struct net *net)
{
	if (READ_ONCE(net->ipv6.sysctl.multipath_hash_policy) ||
	    !READ_ONCE(net->ipv6.devconf_all->forwarding))
		return false;
	return nvi_has_no_policies(net) && !READ_ONCE(net->ipv6.fib6_rules_require_fldissect);
}

/* The packet's route in the outside, attached to it; or NULL. */
static struct rtable *nvi_route_outside(const struct nvi *nvi, struct sk_buff *skb,
					struct net_device *dev)
{
	const struct iphdr *iph = ip_hdr(skb);
	const struct nvi_route_key key = { iph->saddr, iph->daddr, skb->mark, iph->tos };
	u32 place = hash_32((__force u32)(iph->saddr ^ iph->daddr), NVI_ROUTES_BITS);
	struct nvi_known_route *known = &this_cpu_ptr(nvi->routes)->known[place];
	struct dst_entry *dst = known->dst;

	if (likely(dst && !memcmp(&known->key, &key, sizeof(key)) && dst_check(dst, 0))) {
		skb_dst_set_noref(skb, dst);
		return container_of(dst, struct rtable, dst);
	}
	if (!nvi_compat_route_input(skb, iph, dev))
		return NULL;
	skb_dst_force(skb);
	dst = skb_dst(skb);
	if (!dst)
		return NULL;
	dst_release(known->dst);
	known->dst = dst_clone(dst);
	known->key = key;
	return container_of(dst, struct rtable, dst);
}

/* The same for IPv6. */
static struct rt6_info *nvi_route6_outside(const struct nvi *nvi, struct sk_buff *skb,
					   struct net_device *dev)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	const struct nvi_route6_key key = {
		ip6h->saddr, ip6h->daddr, skb->mark, ip6_flowinfo(ip6h)
	};
	u32 place = hash_32(ipv6_addr_hash(&ip6h->saddr) ^ ipv6_addr_hash(&ip6h->daddr),
			    NVI_ROUTES6_BITS);
	struct nvi_known_route6 *known = &this_cpu_ptr(nvi->routes)->known6[place];
	struct dst_entry *dst = known->dst;
	struct flowi6 fl6;

	if (likely(dst && !memcmp(&known->key, &key, sizeof(key)) &&
		   time_before(jiffies, known->since + HZ) && dst_check(dst, known->cookie))) {
		skb_dst_set_noref(skb, dst);
		return container_of(dst, struct rt6_info, dst);
	}
	memset(&fl6, 0, sizeof(fl6));
	fl6.flowi6_iif = dev->ifindex;
	fl6.flowi6_mark = skb->mark;
	fl6.flowi6_proto = ip6h->nexthdr;
	fl6.flowlabel = key.flowinfo;
	fl6.saddr = ip6h->saddr;
	fl6.daddr = ip6h->daddr;
	dst = ip6_route_input_lookup(dev_net(dev), dev, &fl6, skb, RT6_LOOKUP_F_HAS_SADDR);
	/* Where there is no route there is one that says so. */
	if (dst->error) {
		dst_release(dst);
		return NULL;
	}
	dst_release(known->dst);
	known->dst = dst;
	known->key = key;
	known->cookie = rt6_get_cookie(container_of(dst, struct rt6_info, dst));
	known->since = jiffies;
	skb_dst_set_noref(skb, dst);
	return container_of(dst, struct rt6_info, dst);
}

/**
 * nvi_next_hop - the next hop of a packet's route in the outside
 * @nvi: the device's
 * @skb: the packet, from the IP header on; without a route, which is attached
 * @dev: the nvi device
 * @uplink: the device that the packet shall leave by
 * @is_v6gw: set to whether an IPv4 packet's next hop is an IPv6 one
 *
 * Returns the neighbour on @uplink, valid while callers have BH off; or NULL
 * when the packet leaves by another device, or the whole of IP has to see it.
 */
struct neighbour *nvi_next_hop(const struct nvi *nvi, struct sk_buff *skb,
			       struct net_device *dev, struct net_device *uplink,
			       bool *is_v6gw)
{
	struct neighbour *neigh;
	struct rt6_info *rt6;
	struct rtable *rt;

	if (skb->protocol == htons(ETH_P_IP)) {
		if (ip_hdr(skb)->ihl != 5 || !nvi_routing_is_plain(dev_net(dev)))
			return NULL;
		rt = nvi_route_outside(nvi, skb, dev);
		if (!rt || rt->dst.dev != uplink || rt->rt_type != RTN_UNICAST ||
		    rt->dst.lwtstate)
			return NULL;
		neigh = ip_neigh_for_gw(rt, skb, is_v6gw);
	} else {
		if (!nvi_routing6_is_plain(dev_net(dev)))
			return NULL;
		rt6 = nvi_route6_outside(nvi, skb, dev);
		if (!rt6 || rt6->dst.dev != uplink || rt6->dst.lwtstate ||
		    rt6->rt6i_flags & (RTF_REJECT | RTF_LOCAL | RTF_ANYCAST))
			return NULL;
		neigh = ip_neigh_gw6(uplink, rt6_nexthop(rt6, &ipv6_hdr(skb)->daddr));
		*is_v6gw = false;
	}
	return IS_ERR(neigh) ? NULL : neigh;
}
