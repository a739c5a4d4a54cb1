/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forward paths: up to 6.18 a flowtable learns from them by which device a
 * connection's packets come in. Newer ones also transmit on that device, so
 * there a path must not lead past a device that does more than pass packets on.
 */
#ifndef _NVI_COMPAT_NET_NF_FLOW_TABLE_H
#define _NVI_COMPAT_NET_NF_FLOW_TABLE_H

#include_next <net/netfilter/nf_flow_table.h>

static inline bool nvi_compat_path_is_ingress(void)
{
#ifdef NVI_HAVE_TRANSMIT_BY_PATH
	return false;
#else
	return true;
#endif
}

#endif
