/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reasons for a drop that older kernels have no name for.
 */
#ifndef _NVI_COMPAT_NET_DROPREASON_H
#define _NVI_COMPAT_NET_DROPREASON_H

#include_next <net/dropreason.h>

#ifndef NVI_HAVE_RECURSION_LIMIT
#define SKB_DROP_REASON_RECURSION_LIMIT	SKB_DROP_REASON_NOT_SPECIFIED
#endif

#endif
