// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: links of kind "nvi", and the module.
 */

#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/rtnetlink.h>

#include "nvi.h"

static int nvi_init(struct net_device *dev)
{
	struct nvi *nvi = netdev_priv(dev);

	nvi->counters = netdev_alloc_pcpu_stats(struct nvi_counters);
	if (!nvi->counters)
		return -ENOMEM;
	if (nvi_routes_init(nvi)) {
		free_percpu(nvi->counters);
		return -ENOMEM;
	}
	nvi_uplink_init(nvi);
	return 0;
}

static void nvi_uninit(struct net_device *dev)
{
	nvi_uplink_exit(netdev_priv(dev));
}

static void nvi_destruct(struct net_device *dev)
{
	struct nvi *nvi = netdev_priv(dev);

	nvi_routes_exit(nvi);
	free_percpu(nvi->counters);
}

/* Nobody is a neighbour on this device: no address of its own link, and no
 * redirects for packets that come from it and go to it (tenant to tenant).
 */
static int nvi_open(struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rtnl(dev);
	struct inet6_dev *in6_dev = __in6_dev_get(dev);

	if (in_dev)
		IN_DEV_CONF_SET(in_dev, SEND_REDIRECTS, false);
	if (in6_dev)
		in6_dev->cnf.addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;
	return 0;
}

static const struct net_device_ops nvi_netdev_ops = {
	.ndo_init		= nvi_init,
	.ndo_uninit		= nvi_uninit,
	.ndo_open		= nvi_open,
	.ndo_start_xmit		= nvi_xmit,
	.ndo_get_stats64	= nvi_get_stats64,
	.ndo_get_iflink		= nvi_get_iflink,
	.ndo_fill_forward_path	= nvi_fill_forward_path,
	.ndo_features_check	= passthru_features_check,
	.ndo_add_slave		= nvi_add_port,
	.ndo_del_slave		= nvi_remove_port,
};

static const struct device_type nvi_type = {
	.name = NVI_KIND,
};

static void nvi_setup(struct net_device *dev)
{
	/* Packets cross as they are: the last device segments and sums. */
	const netdev_features_t features =
		NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA | NETIF_F_HW_CSUM |
		NETIF_F_SCTP_CRC | NETIF_F_GSO_SOFTWARE | NETIF_F_GSO_ENCAP_ALL;

	dev->netdev_ops = &nvi_netdev_ops;
	dev->ethtool_ops = &nvi_ethtool_ops;
	dev->header_ops = &ip_tunnel_header_ops;
	SET_NETDEV_DEVTYPE(dev, &nvi_type);
	dev->priv_destructor = nvi_destruct;
	dev->needs_free_netdev = true;

	dev->type = ARPHRD_NONE;
	/* Point to point: one neighbour entry for all destinations. */
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
	/* Packets are handed on, so pktgen may not keep them; and to receive
	 * as netpoll sends, with interrupts off, is not allowed.
	 */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_DISABLE_NETPOLL;
	/* The route of a packet says where it is received again. */
	netif_keep_dst(dev);
	nvi_compat_lltx(dev);
	/* The first pass must not measure packets: the second one knows the
	 * links that they leave by.
	 */
	dev->mtu = IP_MAX_MTU;
	dev->min_mtu = IPV4_MIN_MTU;
	dev->max_mtu = IP_MAX_MTU;
	dev->needed_headroom = ETH_HLEN;

	dev->features |= features | NETIF_F_VLAN_CHALLENGED;
	dev->hw_features |= features;
	dev->hw_enc_features |= features;
	netif_set_tso_max_size(dev, GSO_MAX_SIZE);
}

static const struct nla_policy nvi_policy[IFLA_NVI_MAX + 1] = {
	[IFLA_NVI_MODE] = NLA_POLICY_MAX(NLA_U32, NVI_MODE_MAX),
};

static int nvi_validate(struct nlattr *tb[], struct nlattr *data[],
			struct netlink_ext_ack *extack)
{
	if (tb[IFLA_ADDRESS]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "nvi devices have no link-layer address");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int nvi_configure(struct net_device *dev, struct net *link_net, struct nlattr *tb[],
			 struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct nvi *nvi = netdev_priv(dev);
	int err;

	if (tb[IFLA_LINK]) {
		err = nvi_set_uplink(dev, link_net, tb[IFLA_LINK], extack);
		if (err)
			return err;
	}
	if (data && data[IFLA_NVI_MODE])
		WRITE_ONCE(nvi->mode, nla_get_u32(data[IFLA_NVI_MODE]));
	return 0;
}

static int nvi_changelink(struct net_device *dev, struct nlattr *tb[],
			  struct nlattr *data[], struct netlink_ext_ack *extack)
{
	return nvi_configure(dev, dev_net(dev), tb, data, extack);
}

int nvi_newlink(struct net_device *dev, struct rtnl_newlink_params *params,
		struct netlink_ext_ack *extack)
{
	int err;

	err = nvi_configure(dev, rtnl_newlink_link_net(params), params->tb, params->data, extack);
	if (err)
		return err;
	return register_netdevice(dev);
}

static size_t nvi_get_size(const struct net_device *dev)
{
	return nla_total_size(sizeof(u32));	/* IFLA_NVI_MODE */
}

static int nvi_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct nvi *nvi = netdev_priv(dev);

	return nla_put_u32(skb, IFLA_NVI_MODE, nvi->mode);
}

static size_t nvi_get_xstats_size(const struct net_device *dev)
{
	return nla_total_size(__NVI_STAT_MAX * sizeof(u64));
}

static int nvi_fill_xstats(struct sk_buff *skb, const struct net_device *dev)
{
	u64 sum[__NVI_STAT_MAX];

	nvi_sum_counters(netdev_priv(dev), sum);
	return nla_put(skb, IFLA_INFO_XSTATS, sizeof(sum), sum);
}

static struct rtnl_link_ops nvi_link_ops __read_mostly = {
	.kind			= NVI_KIND,
	.priv_size		= sizeof(struct nvi),
	.setup			= nvi_setup,
	.maxtype		= IFLA_NVI_MAX,
	.policy			= nvi_policy,
	.validate		= nvi_validate,
	.newlink		= nvi_compat_newlink,
	.changelink		= nvi_changelink,
	.get_size		= nvi_get_size,
	.fill_info		= nvi_fill_info,
	.get_xstats_size	= nvi_get_xstats_size,
	.fill_xstats		= nvi_fill_xstats,
};

static int __init nvi_module_init(void)
{
	int err;

	err = nvi_vrfs_init();
	if (err)
		return err;
	err = nvi_uplinks_init();
	if (err)
		goto err_vrfs;
	err = nvi_nd_init();
	if (err)
		goto err_uplinks;
	err = nvi_tunnels_init();
	if (err)
		goto err_nd;
	err = rtnl_link_register(&nvi_link_ops);
	if (err)
		goto err_tunnels;
	return 0;

err_tunnels:
	nvi_tunnels_exit();
err_nd:
	nvi_nd_exit();
err_uplinks:
	nvi_uplinks_exit();
err_vrfs:
	nvi_vrfs_exit();
	return err;
}

static void __exit nvi_module_exit(void)
{
	rtnl_link_unregister(&nvi_link_ops);
	nvi_tunnels_exit();
	nvi_nd_exit();
	nvi_uplinks_exit();
	nvi_vrfs_exit();
}

module_init(nvi_module_init);
module_exit(nvi_module_exit);

MODULE_DESCRIPTION("NAT virtual interface: routing, NAT, routing again");
MODULE_AUTHOR("The NVI gateway project");
MODULE_LICENSE("GPL");
MODULE_VERSION(NVI_VERSION);
MODULE_ALIAS_RTNL_LINK(NVI_KIND);
