/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rtnl_link_ops.newlink before 6.15: arguments instead of a struct of them.
 */
#ifndef _NVI_COMPAT_NET_RTNETLINK_H
#define _NVI_COMPAT_NET_RTNETLINK_H

#include_next <net/rtnetlink.h>

#ifdef NVI_HAVE_NEWLINK_PARAMS
#define NVI_COMPAT_NEWLINK(newlink)
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

/* Defines the form of newlink that this kernel calls: nvi_newlink_op. */
#define NVI_COMPAT_NEWLINK(newlink)						\
static int newlink##_compat(struct net *src_net, struct net_device *dev,	\
			    struct nlattr *tb[], struct nlattr *data[],		\
			    struct netlink_ext_ack *extack)			\
{										\
	struct rtnl_newlink_params params = { src_net, tb, data };		\
										\
	return newlink(dev, &params, extack);					\
}
#define nvi_newlink_op	nvi_newlink_compat
#endif

#ifndef nvi_newlink_op
#define nvi_newlink_op	nvi_newlink
#endif

#endif
