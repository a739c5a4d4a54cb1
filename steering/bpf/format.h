/* SPDX-License-Identifier: GPL-2.0-or-later OR GPL-2.0-or-later */
/* What the program for the packet path and gwctl have in common. */
#ifndef NVI_STEERING_FORMAT_H
#define NVI_STEERING_FORMAT_H

#include <linux/types.h>

/* A host of a tenant. IPv4 is ::ffff:0:0/96 (RFC 4291). */
struct destination_key {
	__u8 address[16];
};

/* Where its tunnel packets go. Addresses of the underlay, IPv4 likewise. */
struct destination {
	__u8 node[16];
	__u8 source[16];
	__u32 key;
	__u32 v6;
};

#define NVI_MAX_DESTINATIONS (1 << 20)

#endif
