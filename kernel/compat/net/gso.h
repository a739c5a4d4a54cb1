/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Before 6.5 what <net/gso.h> declares is in <linux/skbuff.h>.
 */
#ifndef _NVI_COMPAT_NET_GSO_H
#define _NVI_COMPAT_NET_GSO_H

#include <linux/skbuff.h>
#ifdef NVI_HAVE_GSO_H
#include_next <net/gso.h>
#endif

#endif
