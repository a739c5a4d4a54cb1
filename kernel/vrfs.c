// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: which VRF has a table, per network namespace.
 *
 * The kernel's own l3mdev_ifindex_lookup_by_table_id() takes a lock and works
 * with net.vrf.strict_mode only, so the packet path has an index of its own. A
 * VRF's table never changes, and a VRF never leaves its namespace: registering
 * and unregistering is all that can happen to it.
 */

#include <linux/xarray.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "nvi.h"

/**
 * struct nvi_net - the VRFs of a network namespace
 * @vrfs: table to VRF; written under RTNL, read under RCU
 * @shared: two VRFs have had one table at a time
 */
struct nvi_net {
	struct xarray	vrfs;
	bool		shared;
};

static unsigned int nvi_net_id __read_mostly;

/* Callers hold the RCU read lock for as long as they use what is returned: a
 * device is gone from the index a grace period before it is freed.
 */
struct net_device *nvi_vrf_of_table(struct net *net, u32 table)
{
	struct nvi_net *nn = net_generic(net, nvi_net_id);

	return xa_load(&nn->vrfs, table);
}

static int nvi_vrf_add(struct nvi_net *nn, struct net_device *vrf, u32 table)
{
	int err = xa_insert(&nn->vrfs, table, vrf, GFP_KERNEL);

	if (err != -EBUSY)
		return err;
	/* Traffic does not move from one VRF to another because a second one
	 * appears: the first keeps its table for as long as it lives.
	 */
	nn->shared = true;
	return 0;
}

static void nvi_vrf_remove(struct nvi_net *nn, struct net_device *vrf, u32 table)
{
	struct net_device *other;

	if (xa_load(&nn->vrfs, table) != vrf)
		return;
	/* Storing in place of another entry needs no memory. */
	if (nn->shared)
		for_each_netdev(dev_net(vrf), other)
			if (other != vrf && netif_is_l3_master(other) &&
			    l3mdev_fib_table(other) == table) {
				xa_store(&nn->vrfs, table, other, GFP_KERNEL);
				return;
			}
	xa_erase(&nn->vrfs, table);
}

static int nvi_vrf_event(struct notifier_block *nb, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct nvi_net *nn = net_generic(dev_net(dev), nvi_net_id);
	u32 table;

	if (!netif_is_l3_master(dev))
		return NOTIFY_DONE;
	table = l3mdev_fib_table(dev);

	switch (event) {
	case NETDEV_REGISTER:
		return notifier_from_errno(nvi_vrf_add(nn, dev, table));
	case NETDEV_UNREGISTER:
		nvi_vrf_remove(nn, dev, table);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block nvi_vrf_notifier = {
	.notifier_call = nvi_vrf_event,
};

static int __net_init nvi_net_init(struct net *net)
{
	struct nvi_net *nn = net_generic(net, nvi_net_id);

	xa_init(&nn->vrfs);
	return 0;
}

static void __net_exit nvi_net_exit(struct net *net)
{
	struct nvi_net *nn = net_generic(net, nvi_net_id);

	WARN_ON_ONCE(!xa_empty(&nn->vrfs));
}

static struct pernet_operations nvi_net_ops = {
	.init = nvi_net_init,
	.exit = nvi_net_exit,
	.id = &nvi_net_id,
	.size = sizeof(struct nvi_net),
};

int __init nvi_vrfs_init(void)
{
	int err;

	/* A subsystem's state outlives the devices of a namespace. */
	err = register_pernet_subsys(&nvi_net_ops);
	if (err)
		return err;
	/* Tells of the VRFs that are there already. */
	err = register_netdevice_notifier(&nvi_vrf_notifier);
	if (err)
		unregister_pernet_subsys(&nvi_net_ops);
	return err;
}

void nvi_vrfs_exit(void)
{
	unregister_netdevice_notifier(&nvi_vrf_notifier);
	unregister_pernet_subsys(&nvi_net_ops);
}
