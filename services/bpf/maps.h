/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps. All are pinned, so that a new program finds what the old one knew. */
#ifndef NVI_SERVICES_MAPS_H
#define NVI_SERVICES_MAPS_H

#include "format.h"

#define PINNED __uint(pinning, LIBBPF_PIN_BY_NAME)

struct addresses {
	__u8 used[NVI_ADDRESSES];
};

/* Asked first: most packets of a gateway are of no service. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct addresses);
	PINNED;
} addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NVI_MAX_PORTS);
	__type(key, struct vip_key);
	__type(value, struct vip);
	PINNED;
} vips SEC(".maps");

struct table {
	__u32 slot[NVI_TABLE_SIZE];
};

/* One value each: a service's table is replaced as a whole, between two packets. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, NVI_MAX_SERVICES);
	__type(key, __u32);
	PINNED;
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 1);
		__uint(key_size, sizeof(__u32));
		__uint(value_size, sizeof(struct table));
	});
} tables SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NVI_MAX_BACKENDS);
	__type(key, __u32);
	__type(value, struct backend);
	PINNED;
} backends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NVI_MAX_BACKENDS);
	__type(key, __u32);
	__type(value, struct hop);
	PINNED;
} hops SEC(".maps");

/* Each processor drops from its own list only: what one of them sees cannot push out another's. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_COMMON_LRU);
	__type(key, struct flow);
	__type(value, struct choice);
	PINNED;
} connections SEC(".maps");

/* Those of IPv4, which are no others' then. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_COMMON_LRU);
	__type(key, struct flow4);
	__type(value, struct choice);
	PINNED;
} connections4 SEC(".maps");

/* Of which a SYN was seen and nothing else. A flood of SYNs pushes out others of its kind. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_COMMON_LRU);
	__type(key, struct flow);
	__type(value, struct choice);
	PINNED;
} handshakes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_COMMON_LRU);
	__type(key, struct fragment);
	__type(value, struct choice);
	PINNED;
} fragments SEC(".maps");

/* Where each processor's turn is, by service. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NVI_MAX_SERVICES);
	__type(key, __u32);
	__type(value, __u32);
	PINNED;
} turns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NVI_EVENTS);
	__type(key, __u32);
	__type(value, __u64);
	PINNED;
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct limits);
	PINNED;
} limits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
	PINNED;
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NVI_MAX_SERVICES);
	__type(key, struct vip_key);
	__type(value, struct definition);
	PINNED;
} definitions SEC(".maps");

/* The loader's own notes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct uplink);
	PINNED;
} uplinks SEC(".maps");

static __always_inline void count(__u32 event)
{
	__u64 *counter = bpf_map_lookup_elem(&events, &event);

	if (counter)
		++*counter;
}

/* What a packet said of itself, kept over changes of its buffer. */
struct packet {
	struct flow flow;
	__u32 length;  /* of the IP packet, in bytes */
	__be16 id;     /* IPv4 */
	__be16 df;     /* IPv4: IP_DF or 0 */
	__u32 header;  /* bytes in front of the transport header */
	__u8 traffic;  /* TOS or traffic class */
	__u8 hops;     /* TTL or hop limit */
	__u8 family;   /* 4, 6 */
	__u8 syn;      /* opens a TCP connection */
	__u8 error;    /* an ICMP error about a packet of a connection */
	__u8 first;    /* of several fragments */
	__be32 fragment_id;
};

#endif
