/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps. Pinned by name, so that they, and the programs, go on while nvi-peerd is away. */
#ifndef NVI_PEERS_MAPS_H
#define NVI_PEERS_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "layout.h"

#define NVI_PEERS_MAX 65536

/* What a rebinding changes is preallocated: it must not fail for want of memory. Some 35 MiB with the pins. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NVI_PEERS_MAX);
	__type(key, struct nvi_endpoint);
	__type(value, struct nvi_place);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} endpoints SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NVI_PEERS_MAX);
	__type(key, struct nvi_peer);
	__type(value, struct nvi_binding);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4 * NVI_PEERS_MAX);
	__type(key, struct nvi_pin);
	__type(value, __u8);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} pins SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NVI_PEERS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nvi_network);
	__type(value, __u8);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} networks SEC(".maps");

/* Of a node, what stands for it inside; 0: it does itself. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NVI_PEERS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nvi_node);
	__type(value, __be32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} nodes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, NVI_PEERS_MAX + 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nvi_peer);
	__type(value, struct nvi_refused);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} refused SEC(".maps");

/* The underlay's devices that a program is attached to, by index; whether we made the clsact for it. Not the programs'. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u8);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} devices SEC(".maps");

/* The gateway's address. Read in place: a map would cost a call on every packet. */
volatile __be32 underlay SEC(".data.underlay");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} keepalives SEC(".maps");

/* The second that is being counted, and how many it has had. */
struct bucket {
	__u32 second;
	__u32 count;
};

/* The oldest is forgotten: what a flood fills is bounded. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, NVI_PEERS_MAX);
	__type(key, struct nvi_endpoint);
	__type(value, struct bucket);
} sources SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bucket);
} total SEC(".maps");

#endif
