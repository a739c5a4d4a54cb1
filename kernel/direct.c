// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: offloaded packets on their way out. What a flowtable
 * sends to the device has skipped the hooks of its first routing, as offloaded
 * packets do, and skips those of the second one too: it is routed in the
 * outside by all its rules, and handed to the neighbour on the uplink. So a
 * connection is offloaded in both directions, and not only in the one in which
 * it enters by the uplink.
 */

#include <linux/ip.h>
#include <linux/netfilter_netdev.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/neighbour.h>
#include <net/netfilter/nf_conntrack.h>

#include "nvi.h"

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

static bool nvi_fits(const struct sk_buff *skb)
{
	unsigned int mtu = skb->protocol == htons(ETH_P_IP) ?
			   ip_dst_mtu_maybe_forward(skb_dst(skb), true) :
			   ip6_dst_mtu_maybe_forward(skb_dst(skb), true);

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
	bool is_v6gw;

	if (!uplink || !nvi_is_offloaded(skb, dev) || nvi_is_watched(dev))
		return false;

	skb_dst_drop(skb);
	neigh = nvi_next_hop(nvi, skb, dev, uplink, &is_v6gw);
	if (!neigh || !nvi_fits(skb) ||
	    skb_cow_head(skb, LL_RESERVED_SPACE(uplink))) {
		skb_dst_drop(skb);
		return false;
	}

	skb_orphan(skb);
	/* As forwarding does; IPv6's keeps it. */
	if (skb->protocol == htons(ETH_P_IP))
		skb->priority = rt_tos2priority(ip_hdr(skb)->tos);
	skb->dev = uplink;
	neigh_output(neigh, skb, is_v6gw);
	return true;
}
