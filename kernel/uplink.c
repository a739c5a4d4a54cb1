// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: the uplink that a device names by IFLA_LINK. Packets
 * for tenants come in by it, so the flowtable of a connection that leaves by
 * the nvi device can look out for the answers there, before the first routing.
 */

#include <linux/netfilter_netdev.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_flow_table.h>
#include <net/rtnetlink.h>

#include "nvi.h"

/* All devices; RTNL. */
static LIST_HEAD(nvi_devices);

int nvi_set_uplink(struct net_device *dev, struct net *link_net, const struct nlattr *link,
		   struct netlink_ext_ack *extack)
{
	struct nvi *nvi = netdev_priv(dev);
	struct net_device *uplink = NULL;

	if (nla_get_u32(link)) {
		uplink = __dev_get_by_index(link_net, nla_get_u32(link));
		if (!uplink) {
			NL_SET_ERR_MSG_ATTR(extack, link, "The uplink does not exist");
			return -ENODEV;
		}
		if (!net_eq(dev_net(uplink), dev_net(dev))) {
			NL_SET_ERR_MSG_ATTR(extack, link,
					    "The uplink is in another network namespace");
			return -EINVAL;
		}
		if (uplink->netdev_ops == dev->netdev_ops || netif_is_l3_master(uplink)) {
			NL_SET_ERR_MSG_ATTR(extack, link,
					    "An nvi or VRF device cannot be the uplink");
			return -EINVAL;
		}
	}
	rcu_assign_pointer(nvi->uplink, uplink);
	return 0;
}

void nvi_uplink_init(struct nvi *nvi)
{
	list_add(&nvi->list, &nvi_devices);
}

void nvi_uplink_exit(struct nvi *nvi)
{
	list_del(&nvi->list);
	RCU_INIT_POINTER(nvi->uplink, NULL);
}

int nvi_get_iflink(const struct net_device *dev)
{
	const struct nvi *nvi = netdev_priv(dev);
	const struct net_device *uplink;
	int iflink;

	rcu_read_lock();
	uplink = rcu_dereference(nvi->uplink);
	iflink = READ_ONCE((uplink ?: dev)->ifindex);
	rcu_read_unlock();
	return iflink;
}

/* The device by which flowtables know the packets of a connection that is to
 * be received in a VRF. Most come in by the uplink; those of other uplinks, and
 * of other tenants, are offered in its name. It is the uplink as it was named,
 * whatever that is made of (VLAN, bridge, bond): to go on toward a bridge's
 * port would take the link-layer address of a next hop that only the second
 * routing finds. Callers hold the RCU read lock.
 */
struct net_device *nvi_ingress(const struct nvi *nvi, struct net_device *dev)
{
	struct net_device *uplink = rcu_dereference(nvi->uplink);

	/* A device without a hook is in no flowtable. */
	if (uplink && rcu_access_pointer(uplink->nf_hooks_ingress) &&
	    nvi_compat_path_is_ingress())
		return uplink;
	return dev;
}

int nvi_fill_forward_path(struct net_device_path_ctx *ctx, struct net_device_path *path)
{
	struct net_device *dev = (struct net_device *)ctx->dev;

	/* A flowtable without the device, as those of hardware are, would take
	 * the path for one to transmit by.
	 */
	if (!rcu_access_pointer(dev->nf_hooks_ingress))
		return -EOPNOTSUPP;
	path->type = DEV_PATH_ETHERNET;
	path->dev = nvi_ingress(netdev_priv(dev), dev);
	ctx->dev = NULL;
	return 0;
}

/* An uplink that goes away, or to another namespace, is no uplink any more,
 * and a port no port; nor does a device keep them when it moves itself. Unregistering waits
 * for the readers.
 */
static int nvi_uplink_event(struct notifier_block *nb, unsigned long event, void *info)
{
	struct net_device *gone = netdev_notifier_info_to_dev(info);
	struct net_device *master;
	struct nvi *nvi;

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	master = netdev_master_upper_dev_get(gone);
	list_for_each_entry(nvi, &nvi_devices, list) {
		if (rtnl_dereference(nvi->uplink) == gone || netdev_priv(gone) == nvi)
			RCU_INIT_POINTER(nvi->uplink, NULL);
		if (master && netdev_priv(master) == nvi)
			nvi_remove_port(master, gone);
		if (netdev_priv(gone) == nvi) {
			nvi_remove_ports(gone);
			nvi_routes_forget(nvi);
		}
	}
	return NOTIFY_DONE;
}

static struct notifier_block nvi_uplink_notifier = {
	.notifier_call = nvi_uplink_event,
};

int __init nvi_uplinks_init(void)
{
	return register_netdevice_notifier(&nvi_uplink_notifier);
}

void nvi_uplinks_exit(void)
{
	unregister_netdevice_notifier(&nvi_uplink_notifier);
}
