// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: offloaded packets on their way out. What a flowtable
 * sends to the device has skipped the hooks of its first routing, as offloaded
 * packets do, and skips those of the second one too: it is routed in the
 * outside by all its rules, and handed to the neighbour on the uplink. So a
 * connection is offloaded in both directions, and not only in the one in which
 * it enters by the uplink.
 */

#include <linux/hash.h>
#include <linux/ip.h>
#include <linux/netfilter_netdev.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/neighbour.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>

#include "nvi.h"

#define NVI_ROUTES_BITS 9

/**
 * struct nvi_known_route - a route that packets took before
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
 * struct nvi_routes - one CPU's known routes, each in the one place that its
 *	key hashes to; used with BH off only
 * @known: the places
 */
struct nvi_routes {
	struct nvi_known_route	known[1 << NVI_ROUTES_BITS];
};

int nvi_direct_init(struct nvi *nvi)
{
	nvi->routes = alloc_percpu(struct nvi_routes);
	return nvi->routes ? 0 : -ENOMEM;
}

/* Nobody transmits on the device any more. */
void nvi_direct_exit(struct nvi *nvi)
{
	unsigned int i;
	int cpu;

	if (!nvi->routes)
		return;
	for_each_possible_cpu(cpu)
		for (i = 0; i < 1 << NVI_ROUTES_BITS; i++)
			dst_release(per_cpu_ptr(nvi->routes, cpu)->known[i].dst);
	free_percpu(nvi->routes);
}

/* A packet that a flowtable sends was received by a device of a VRF, which
 * the VRF did not see, and is of no connection. What the VRF routes has the
 * VRF itself for receiver.
 */
static bool nvi_is_offloaded(const struct sk_buff *skb, const struct net_device *dev)
{
	const struct net_device *from;

	if (skb->_nfct)
		return false;
	from = dev_get_by_index_rcu(dev_net(dev), skb->skb_iif);
	return from && netif_is_l3_slave(from);
}

/* What would see the packet when the device receives it, beside flowtables:
 * they look for packets of the uplink.
 */
static bool nvi_is_watched(struct net_device *dev)
{
	const struct nf_hook_entries *hooks = rcu_dereference(dev->nf_hooks_ingress);

	return !hooks || hooks->num_hook_entries != 1 || dev_nit_active(dev) ||
	       rcu_access_pointer(dev->xdp_prog) || nvi_compat_has_tc_ingress(dev) ||
	       netif_is_l3_slave(dev);
}

static bool nvi_routing_is_plain(const struct net *net)
{
#ifdef CONFIG_XFRM
	if (READ_ONCE(net->xfrm.policy_count[XFRM_POLICY_FWD]) ||
	    READ_ONCE(net->xfrm.policy_count[XFRM_POLICY_OUT]))
		return false;
#endif
#ifdef CONFIG_IP_ROUTE_MULTIPATH
	/* Ports choose the path. */
	if (READ_ONCE(net->ipv4.sysctl_fib_multipath_hash_policy))
		return false;
#endif
	return !READ_ONCE(net->ipv4.fib_rules_require_fldissect);
}

/* The packet's route in the outside, attached to it; or NULL. Known routes
 * are valid until any route, rule or address changes, as those that sockets
 * remember.
 */
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

static bool nvi_fits(const struct sk_buff *skb, unsigned int mtu)
{
	if (skb->len <= mtu)
		return true;
	return skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu);
}

/**
 * nvi_send_direct - send an offloaded packet to the next hop of its route
 * @nvi: the device's
 * @skb: the packet, from the IP header on, checked by nvi_xmit()
 * @dev: the nvi device
 *
 * Returns false when the packet has to be received and routed like any other:
 * it is not of a flowtable, or something wants to see it, or to change it, or
 * it leaves by another device than the uplink, or does not fit. It is as it
 * was then. Callers have BH off, and hold the RCU read lock.
 */
bool nvi_send_direct(const struct nvi *nvi, struct sk_buff *skb, struct net_device *dev)
{
	struct net_device *uplink = rcu_dereference(nvi->uplink);
	struct neighbour *neigh;
	struct rtable *rt;
	bool is_v6gw;

	if (!uplink || skb->protocol != htons(ETH_P_IP) || ip_hdr(skb)->ihl != 5 ||
	    !nvi_is_offloaded(skb, dev) || nvi_is_watched(dev) ||
	    !nvi_routing_is_plain(dev_net(dev)))
		return false;

	skb_dst_drop(skb);
	rt = nvi_route_outside(nvi, skb, dev);
	if (!rt || rt->dst.dev != uplink || rt->rt_type != RTN_UNICAST || rt->dst.lwtstate ||
	    !nvi_fits(skb, ip_dst_mtu_maybe_forward(&rt->dst, true)) ||
	    skb_cow_head(skb, LL_RESERVED_SPACE(uplink)))
		goto refuse;
	neigh = ip_neigh_for_gw(rt, skb, &is_v6gw);
	if (IS_ERR(neigh))
		goto refuse;

	skb_orphan(skb);
	skb->priority = rt_tos2priority(ip_hdr(skb)->tos);
	skb->dev = uplink;
	neigh_output(neigh, skb, is_v6gw);
	return true;
refuse:
	skb_dst_drop(skb);
	return false;
}
