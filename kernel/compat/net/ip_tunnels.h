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

/* Whether a tunnel's packets have a key, and no checksum or sequence number. */
#ifdef NVI_HAVE_TUNNEL_FLAGS_BITMAP
static inline bool nvi_compat_key_only(const struct ip_tunnel_parm_kern *parms)
{
	const __be16 key = cpu_to_be16(BIT(IP_TUNNEL_KEY_BIT));

	return ip_tunnel_flags_to_be16(parms->i_flags) == key &&
	       ip_tunnel_flags_to_be16(parms->o_flags) == key;
}
#else
static inline bool nvi_compat_key_only(const struct ip_tunnel_parm *parms)
{
	return parms->i_flags == TUNNEL_KEY && parms->o_flags == TUNNEL_KEY;
}
#endif

#endif
