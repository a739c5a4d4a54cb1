/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct net_device before 6.12: transmitting without a lock was a feature
 * flag, now it is the member lltx. Before 6.6: tc's hook had another name.
 */
#ifndef _NVI_COMPAT_LINUX_NETDEVICE_H
#define _NVI_COMPAT_LINUX_NETDEVICE_H

#include_next <linux/netdevice.h>

static inline void nvi_compat_lltx(struct net_device *dev)
{
#ifdef NVI_HAVE_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/* Whether a program of tc sees what the device receives. */
static inline bool nvi_compat_has_tc_ingress(const struct net_device *dev)
{
#if !defined(CONFIG_NET_CLS_ACT) && !defined(CONFIG_NET_XGRESS)
	return false;
#elif defined(NVI_HAVE_TCX)
	return rcu_access_pointer(dev->tcx_ingress);
#else
	return rcu_access_pointer(dev->miniq_ingress);
#endif
}

#endif
