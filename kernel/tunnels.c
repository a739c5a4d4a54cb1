// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: the tunnels of VRFs, and which of them has a key, per
 * network namespace. It is the index by which packets of the underlay are known
 * (underlay.c).
 */

#include <linux/if_arp.h>
#include <linux/xarray.h>
#include <net/ip_tunnels.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/rtnetlink.h>
#include <net/vxlan.h>

#include "nvi.h"

/**
 * struct nvi_tunnels - the tunnels of a network namespace; written under RTNL
 * @gretaps: key to device; read under RCU
 * @keys: ifindex to the key that the device has in @gretaps
 * @watched: packets of the underlay are looked at
 */
struct nvi_tunnels {
	struct xarray	gretaps;
	struct xarray	keys;
	bool		watched;
};

static unsigned int nvi_tunnels_id __read_mostly;
/* Of gretap and vxlan devices, once a VRF had one. */
static const struct rtnl_link_ops *nvi_gretap_ops __read_mostly;
static const struct rtnl_link_ops *nvi_vxlan_ops __read_mostly;

/* The device had the key when something was last said of it; its parameters
 * say whether it still has. Callers hold the RCU read lock for as long as they
 * use it.
 */
struct net_device *nvi_gretap_of_key(struct net *net, __be32 key)
{
	struct nvi_tunnels *tunnels = net_generic(net, nvi_tunnels_id);

	return xa_load(&tunnels->gretaps, be32_to_cpu(key));
}

bool nvi_is_tunnel(const struct net_device *dev)
{
	return dev->rtnl_link_ops && (dev->rtnl_link_ops == READ_ONCE(nvi_gretap_ops) ||
				      dev->rtnl_link_ops == READ_ONCE(nvi_vxlan_ops));
}

/* Tunnels that say the tenant by their key, and the node by the route. */
static bool nvi_is_tenants_gretap(const struct net_device *dev)
{
	const struct ip_tunnel *tunnel = netdev_priv(dev);

	return dev->rtnl_link_ops && !strcmp(dev->rtnl_link_ops->kind, "gretap") &&
	       !tunnel->collect_md && net_eq(tunnel->net, dev_net(dev)) &&
	       nvi_compat_key_only(&tunnel->parms);
}

static void nvi_tunnel_forget(struct nvi_tunnels *tunnels, const struct net_device *dev)
{
	void *key = xa_erase(&tunnels->keys, dev->ifindex);

	if (key && xa_load(&tunnels->gretaps, xa_to_value(key)) == dev)
		xa_erase(&tunnels->gretaps, xa_to_value(key));
}

/* One that is not known takes the long way, which is no failure. */
static void nvi_tunnel_know(struct nvi_tunnels *tunnels, struct net_device *dev)
{
	u32 key = be32_to_cpu(((struct ip_tunnel *)netdev_priv(dev))->parms.i_key);

	if (xa_err(xa_store(&tunnels->keys, dev->ifindex, xa_mk_value(key), GFP_KERNEL)))
		return;
	/* The first of several that have a key keeps it. */
	if (xa_insert(&tunnels->gretaps, key, dev, GFP_KERNEL))
		xa_erase(&tunnels->keys, dev->ifindex);
}

static bool nvi_tunnels_watch(struct nvi_tunnels *tunnels, struct net *net)
{
	if (!tunnels->watched)
		tunnels->watched = !nvi_underlay_watch(net);
	return tunnels->watched;
}

/* Whether the device is of a VRF and stays: one that leaves is still its port
 * when that is said, and one that goes leaves after it has been said to go.
 */
static bool nvi_is_tenants(const struct net_device *dev, unsigned long event, void *info)
{
	const struct netdev_notifier_changeupper_info *upper = info;

	if (event == NETDEV_CHANGEUPPER && !upper->linking)
		return false;
	return netif_is_l3_slave(dev) && dev->reg_state == NETREG_REGISTERED;
}

static int nvi_tunnel_event(struct notifier_block *nb, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct nvi_tunnels *tunnels = net_generic(dev_net(dev), nvi_tunnels_id);

	switch (event) {
	case NETDEV_UP:
	case NETDEV_CHANGE:
	case NETDEV_CHANGEUPPER:
		nvi_tunnel_forget(tunnels, dev);
		if (!nvi_is_tenants(dev, event, info))
			break;
		if (netif_is_vxlan(dev)) {
			WRITE_ONCE(nvi_vxlan_ops, dev->rtnl_link_ops);
			nvi_tunnels_watch(tunnels, dev_net(dev));
		} else if (nvi_is_tenants_gretap(dev)) {
			WRITE_ONCE(nvi_gretap_ops, dev->rtnl_link_ops);
			if (nvi_tunnels_watch(tunnels, dev_net(dev)))
				nvi_tunnel_know(tunnels, dev);
		}
		break;
	case NETDEV_UNREGISTER:
		nvi_tunnel_forget(tunnels, dev);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block nvi_tunnel_notifier = {
	.notifier_call = nvi_tunnel_event,
};

static int __net_init nvi_tunnels_net_init(struct net *net)
{
	struct nvi_tunnels *tunnels = net_generic(net, nvi_tunnels_id);

	xa_init(&tunnels->gretaps);
	xa_init(&tunnels->keys);
	return 0;
}

static void __net_exit nvi_tunnels_net_exit(struct net *net)
{
	struct nvi_tunnels *tunnels = net_generic(net, nvi_tunnels_id);

	WARN_ON_ONCE(!xa_empty(&tunnels->gretaps) || !xa_empty(&tunnels->keys));
	if (tunnels->watched)
		nvi_underlay_unwatch(net);
}

static struct pernet_operations nvi_tunnels_net_ops = {
	.init = nvi_tunnels_net_init,
	.exit = nvi_tunnels_net_exit,
	.id = &nvi_tunnels_id,
	.size = sizeof(struct nvi_tunnels),
};

int __init nvi_tunnels_init(void)
{
	int err;

	err = register_pernet_subsys(&nvi_tunnels_net_ops);
	if (err)
		return err;
	/* Tells of the tunnels that are up already. */
	err = register_netdevice_notifier(&nvi_tunnel_notifier);
	if (err)
		unregister_pernet_subsys(&nvi_tunnels_net_ops);
	return err;
}

void nvi_tunnels_exit(void)
{
	unregister_netdevice_notifier(&nvi_tunnel_notifier);
	unregister_pernet_subsys(&nvi_tunnels_net_ops);
}
