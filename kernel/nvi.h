/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NAT virtual interface: what the files of this module share.
 */
#ifndef _NVI_H
#define _NVI_H

#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>

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

/**
 * struct nvi - a device of kind "nvi"
 * @counters: per CPU
 * @mode: one of &enum nvi_mode
 */
struct nvi {
	/* Used for every packet */
	struct nvi_counters __percpu	*counters;
	u32				mode;
};

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

/* crossing.c */
netdev_tx_t nvi_xmit(struct sk_buff *skb, struct net_device *dev);

#endif /* _NVI_H */
