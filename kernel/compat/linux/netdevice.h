/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct net_device before 6.12: transmitting without a lock was a feature
 * flag, now it is the member lltx.
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

#endif
