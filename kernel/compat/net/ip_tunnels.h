/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tunnel's flags before 6.10: 16 bits instead of a bitmap.
 */
#ifndef _NVI_COMPAT_NET_IP_TUNNELS_H
#define _NVI_COMPAT_NET_IP_TUNNELS_H

#include_next <net/ip_tunnels.h>

/* Whether the packet had a key, or a VNI. */
static inline bool nvi_compat_has_key(const struct ip_tunnel_info *info)
{
#ifdef NVI_HAVE_TUNNEL_FLAGS_BITMAP
	return test_bit(IP_TUNNEL_KEY_BIT, info->key.tun_flags);
#else
	return info->key.tun_flags & TUNNEL_KEY;
#endif
}

#endif
