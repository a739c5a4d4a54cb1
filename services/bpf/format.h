/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies in the maps: read and written by the program and by the loader. */
#ifndef NVI_SERVICES_FORMAT_H
#define NVI_SERVICES_FORMAT_H

#include <linux/types.h>

#define NVI_TABLE_SIZE 65537 /* places of a service's table; prime */
#define NVI_MAX_SERVICES 1024
#define NVI_MAX_BACKENDS 16384
#define NVI_MAX_PORTS 65536 /* of all services together */

/* An IPv4 address is in the first word, the others are zero. Network order, ports too. */
struct vip_key {
	__be32 address[4];
	__be16 port;
	__u8 protocol;
	__u8 family; /* 4, 6 */
};

enum scheduler { SCHEDULER_MAGLEV, SCHEDULER_TURNS, SCHEDULER_SOURCE };

struct vip {
	__u32 service;
	__u32 scheduler;
};

/* Addresses of services, by a hash of 16 bits: where there is a zero, nobody has one. */
#define NVI_ADDRESSES 65536

static inline __attribute__((always_inline)) __u16 nvi_address_hash4(__be32 address)
{
	return (__u16)(address * 0x9e3779b1u >> 16);
}

static inline __attribute__((always_inline)) __u16 nvi_address_hash(const __be32 *address)
{
	return nvi_address_hash4(address[0] ^ address[1] ^ address[2] ^ address[3]);
}

struct flow {
	struct vip_key to;
	__be32 client[4];
	__be16 client_port;
	__u16 pad;
};

/* The same of IPv4: less than half to hash and to compare, with every packet. */
struct flow4 {
	__be32 vip;
	__be32 client;
	__be16 port;
	__be16 client_port;
	__u32 protocol;
};

/* Which backend, and that it still is the one in this slot. */
struct choice {
	__u32 slot;
	__u32 generation;
};

enum backend_state { BACKEND_NONE, BACKEND_ACCEPTING, BACKEND_DRAINING };

struct backend {
	__be32 address[4]; /* destination of the outer header */
	__be32 source[4];  /* its source */
	__u32 generation;  /* another with each use of the slot, never 0 */
	__u32 service;
	__u32 weight;
	__u32 tenant; /* inside whose network it is; 0: outside */
	__u32 mtu;    /* of the way to it; 0: as the route says */
	__u8 family;  /* 4, 6 */
	__u8 state;
	__u8 down; /* found dead: gets no new connections, whatever its weight */
	__u8 pad[9];
};

/* Of each processor its own: the way to a backend as it was found last, and what took it. */
struct hop {
	__u64 packets;
	__u64 bytes;
	__u64 until; /* in ticks of the kernel (jiffies) */
	__u32 generation;
	__u32 ifindex;
	__u32 mtu;
	__be16 sum;	/* of what an outer IPv4 header to there always has, not complemented */
	__be16 macs[6]; /* destination, source */
	__u8 way;	/* enum way */
	__u8 pad[5];
};

enum way {
	WAY_NONE,      /* there is no route */
	WAY_BACK,      /* by the device that it came by */
	WAY_REDIRECT,  /* by another one, from here */
	WAY_DEVICE,    /* by another one, handed over to the classifier */
	WAY_NEIGHBOUR, /* the same, and the neighbour is still to be asked for */
	WAY_TENANT,    /* into a tenant's VRF, handed over */
};

/* In front of a packet that is handed over to the classifier. Where an Ethernet header is, words are aligned to two
 * bytes only, and some kernels' verifiers insist on that.
 */
struct handover {
	__u32 magic;
	__u32 way;
	__u32 value; /* ifindex, or the tenant's id */
} __attribute__((packed, aligned(2)));
#define NVI_HANDOVER 0x6e766973

/* A service as the loader wrote it; the program does not read it. The key is a vip_key with the first port. */
struct definition {
	__u32 service;
	__u32 tenant;
	__u16 last_port; /* host order */
	__u8 scheduler;
	__u8 whole; /* 0: a change of it was not finished */
};

/* What the loader attached to a device, by ifindex. */
struct uplink {
	__u64 version;
	__u32 xdp_program; /* ids */
	__u32 tc_program;
	__u32 made_qdisc; /* the classifier's queueing discipline was not there before */
	__u32 pad;
};

struct settings {
	__u32 nvi_ifindex;
	__u32 remembered_per_second; /* new connections, each processor */
	__u32 answers_per_second;    /* ICMP errors, each processor */
	__u32 redirect;              /* devices other than the packet's own can be sent to from XDP */
};

struct limits {
	__u64 second;
	__u32 remembered;
	__u32 answers;
};

struct fragment {
	__be32 source[4];
	__be32 destination[4];
	__be32 id;
	__u32 protocol;
};

enum event {
	EVENT_TOO_BIG,     /* larger than the way to the backend takes: answered, or dropped above the limit */
	EVENT_HOPS,        /* its TTL or hop limit ended here: the same */
	EVENT_NO_BACKEND,  /* none has a weight */
	EVENT_NO_ROUTE,    /* none to the backend */
	EVENT_NO_HANDOVER, /* the driver has no room in front of packets */
	EVENT_FORGOTTEN,   /* not put down as a connection: above the limit */
	EVENT_FRAGMENT,    /* behind the first, which was not seen */
	NVI_EVENTS,
};

#endif
