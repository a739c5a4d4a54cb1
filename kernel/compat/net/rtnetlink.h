/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rtnl_link_ops.newlink before 6.15: arguments instead of a struct of them.
 */
#ifndef _NVI_COMPAT_NET_RTNETLINK_H
#define _NVI_COMPAT_NET_RTNETLINK_H

#include_next <net/rtnetlink.h>

#ifdef NVI_HAVE_NEWLINK_PARAMS
#define nvi_compat_newlink	nvi_newlink
#else

struct rtnl_newlink_params {
	struct net	*src_net;
	struct nlattr	**tb;
	struct nlattr	**data;
};

static inline struct net *rtnl_newlink_link_net(struct rtnl_newlink_params *params)
{
	return params->src_net;
}

int nvi_newlink(struct net_device *dev, struct rtnl_newlink_params *params,
		struct netlink_ext_ack *extack);

static inline int nvi_compat_newlink(struct net *src_net, struct net_device *dev,
				     struct nlattr *tb[], struct nlattr *data[],
				     struct netlink_ext_ack *extack)
{
	struct rtnl_newlink_params params = { src_net, tb, data };

	return nvi_newlink(dev, &params, extack);
}

#endif

#endif
