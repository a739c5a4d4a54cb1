// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: counters, and how ip and ethtool read them.
 */

#include <linux/ethtool.h>
#include <linux/string.h>

#include "nvi.h"

static const char nvi_stat_names[__NVI_STAT_MAX][ETH_GSTRING_LEN] = {
	[NVI_STAT_INWARD_PACKETS]	= "inward_packets",
	[NVI_STAT_INWARD_BYTES]		= "inward_bytes",
	[NVI_STAT_OUTWARD_PACKETS]	= "outward_packets",
	[NVI_STAT_OUTWARD_BYTES]	= "outward_bytes",
	[NVI_STAT_RETURNED_PACKETS]	= "returned_packets",
	[NVI_STAT_RETURNED_BYTES]	= "returned_bytes",
	[NVI_STAT_GSO_PACKETS]		= "gso_packets",
	[NVI_STAT_DEFERRED_PACKETS]	= "deferred_packets",
	[NVI_STAT_OFFLOADED_PACKETS]	= "offloaded_packets",
	[NVI_STAT_DROP_PROTOCOL]	= "drop_protocol",
	[NVI_STAT_DROP_HEADER]		= "drop_header",
	[NVI_STAT_DROP_SCOPE]		= "drop_scope",
	[NVI_STAT_DROP_NO_VRF]		= "drop_no_vrf",
	[NVI_STAT_DROP_NO_ORIGIN]	= "drop_no_origin",
	[NVI_STAT_DROP_DOWN]		= "drop_down",
	[NVI_STAT_DROP_LOOP]		= "drop_loop",
	[NVI_STAT_DROP_MEMORY]		= "drop_memory",
	[NVI_STAT_DROP_BACKLOG]		= "drop_backlog",
	[NVI_STAT_DROP_HOOK]		= "drop_hook",
	[NVI_STAT_DROP_NO_KEY]		= "drop_no_key",
	[NVI_STAT_PORT_PACKETS]		= "port_packets",
	[NVI_STAT_PORT_BYTES]		= "port_bytes",
	[NVI_STAT_ANSWERED_PACKETS]	= "answered_packets",
};

/* Count a packet and its bytes, whose counter follows. Callers have BH off. */
void nvi_count(const struct nvi *nvi, enum nvi_stat packets, unsigned int bytes)
{
	struct nvi_counters *counters = this_cpu_ptr(nvi->counters);

	u64_stats_update_begin(&counters->syncp);
	u64_stats_inc(&counters->value[packets]);
	u64_stats_add(&counters->value[packets + 1], bytes);
	u64_stats_update_end(&counters->syncp);
}

/* Callers have BH off. */
void nvi_count_event(const struct nvi *nvi, enum nvi_stat stat)
{
	struct nvi_counters *counters = this_cpu_ptr(nvi->counters);

	u64_stats_update_begin(&counters->syncp);
	u64_stats_inc(&counters->value[stat]);
	u64_stats_update_end(&counters->syncp);
}

void nvi_sum_counters(const struct nvi *nvi, u64 *sum)
{
	u64 value[__NVI_STAT_MAX];
	unsigned int start, i;
	int cpu;

	memset(sum, 0, sizeof(value));
	for_each_possible_cpu(cpu) {
		const struct nvi_counters *counters = per_cpu_ptr(nvi->counters, cpu);

		do {
			start = u64_stats_fetch_begin(&counters->syncp);
			for (i = 0; i < __NVI_STAT_MAX; i++)
				value[i] = u64_stats_read(&counters->value[i]);
		} while (u64_stats_fetch_retry(&counters->syncp, start));

		for (i = 0; i < __NVI_STAT_MAX; i++)
			sum[i] += value[i];
	}
}

/* Whatever crosses is transmitted; what is then received on the device itself
 * counts as received, as with any interface.
 */
void nvi_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	u64 sum[__NVI_STAT_MAX];
	unsigned int i;

	nvi_sum_counters(netdev_priv(dev), sum);
	stats->rx_packets = sum[NVI_STAT_OUTWARD_PACKETS];
	stats->rx_bytes = sum[NVI_STAT_OUTWARD_BYTES];
	stats->tx_packets = sum[NVI_STAT_INWARD_PACKETS] +
			    sum[NVI_STAT_OUTWARD_PACKETS] +
			    sum[NVI_STAT_RETURNED_PACKETS];
	stats->tx_bytes = sum[NVI_STAT_INWARD_BYTES] +
			  sum[NVI_STAT_OUTWARD_BYTES] +
			  sum[NVI_STAT_RETURNED_BYTES];
	for (i = NVI_STAT_DROP_FIRST; i <= NVI_STAT_DROP_LAST; i++)
		stats->tx_dropped += sum[i];
}

static void nvi_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, NVI_KIND, sizeof(info->driver));
	strscpy(info->version, NVI_VERSION, sizeof(info->version));
}

static int nvi_get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? __NVI_STAT_MAX : -EOPNOTSUPP;
}

static void nvi_get_strings(struct net_device *dev, u32 set, u8 *names)
{
	if (set == ETH_SS_STATS)
		memcpy(names, nvi_stat_names, sizeof(nvi_stat_names));
}

static void nvi_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *sum)
{
	nvi_sum_counters(netdev_priv(dev), sum);
}

const struct ethtool_ops nvi_ethtool_ops = {
	.get_drvinfo		= nvi_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_sset_count		= nvi_get_sset_count,
	.get_strings		= nvi_get_strings,
	.get_ethtool_stats	= nvi_get_ethtool_stats,
};
