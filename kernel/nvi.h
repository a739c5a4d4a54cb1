/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NAT virtual interface: what the files of this module share.
 */
#ifndef _NVI_H
#define _NVI_H

#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>
#include <net/dropreason.h>

#include <uapi/linux/if_nvi.h>

#define NVI_KIND	"nvi"
#define NVI_VERSION	"0.1.0"

/**
 * struct nvi_counters - one CPU's counters
 * @value: indexed by &enum nvi_stat
 * @syncp: makes them whole for readers on 32 bits
 */
struct nvi_counters {
	u64_stats_t		value[__NVI_STAT_MAX];
	struct u64_stats_sync	syncp;
};

struct nvi_routes;

/**
 * struct nvi - a device of kind "nvi"
 * @counters: per CPU
 * @uplink: where packets for tenants come in, or NULL; written under RTNL
 * @routes: per CPU, that offloaded packets took
 * @mode: one of &enum nvi_mode
 * @list: of all devices; RTNL
 */
struct nvi {
	/* Used for every packet */
	struct nvi_counters __percpu	*counters;
	struct net_device __rcu		*uplink;
	struct nvi_routes __percpu	*routes;
	u32				mode;

	/* Configuration */
	struct list_head		list;
};

struct rtnl_newlink_params;

/* device.c */
int nvi_newlink(struct net_device *dev, struct rtnl_newlink_params *params,
		struct netlink_ext_ack *extack);

/* stats.c */
extern const struct ethtool_ops nvi_ethtool_ops;
void nvi_count(const struct nvi *nvi, enum nvi_stat packets, unsigned int bytes);
void nvi_count_event(const struct nvi *nvi, enum nvi_stat stat);
void nvi_sum_counters(const struct nvi *nvi, u64 *sum);
void nvi_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats);

/* vrfs.c */
struct net_device *nvi_vrf_of_table(struct net *net, u32 table);
int nvi_vrfs_init(void);
void nvi_vrfs_exit(void);

/* uplink.c */
int nvi_set_uplink(struct net_device *dev, struct net *link_net, const struct nlattr *link,
		   struct netlink_ext_ack *extack);
void nvi_uplink_init(struct nvi *nvi);
void nvi_uplink_exit(struct nvi *nvi);
int nvi_get_iflink(const struct net_device *dev);
struct net_device *nvi_ingress(const struct nvi *nvi, struct net_device *dev);
int nvi_fill_forward_path(struct net_device_path_ctx *ctx, struct net_device_path *path);
int nvi_uplinks_init(void);
void nvi_uplinks_exit(void);

/* routes.c */
int nvi_routes_init(struct nvi *nvi);
void nvi_routes_exit(struct nvi *nvi);
void nvi_routes_forget(struct nvi *nvi);
struct neighbour *nvi_next_hop(const struct nvi *nvi, struct sk_buff *skb,
			       struct net_device *dev, struct net_device *uplink,
			       bool *is_v6gw);

/* direct.c */
bool nvi_send_direct(const struct nvi *nvi, struct sk_buff *skb, struct net_device *dev);

/* neighbours.c */
int nvi_nd_init(void);
void nvi_nd_exit(void);

/* tunnels.c */
struct net_device *nvi_gretap_of_key(struct net *net, __be32 key);
bool nvi_is_tunnel(const struct net_device *dev);
int nvi_tunnels_init(void);
void nvi_tunnels_exit(void);

/* underlay.c */
int nvi_underlay_watch(struct net *net);
void nvi_underlay_unwatch(struct net *net);

/* ports.c */
int nvi_add_port(struct net_device *dev, struct net_device *port,
		 struct netlink_ext_ack *extack);
int nvi_remove_port(struct net_device *dev, struct net_device *port);
void nvi_remove_ports(struct net_device *dev);

/* answers.c */
bool nvi_is_question(struct sk_buff *skb);
bool nvi_answer(struct sk_buff *skb, const struct net_device *vrf);

/* crossing.c */
enum skb_drop_reason nvi_kernel_reason(enum nvi_stat drop);
void nvi_pass_hooks_once(struct sk_buff *skb, struct net_device *vrf);
netdev_tx_t nvi_xmit(struct sk_buff *skb, struct net_device *dev);

#endif /* _NVI_H */
