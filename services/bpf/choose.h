/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which backend a packet goes to. */
#ifndef NVI_SERVICES_CHOOSE_H
#define NVI_SERVICES_CHOOSE_H

#include "maps.h"

#define SECOND 1000000000ULL

/* Whether one more may be done in this second, on this processor. */
static __always_inline bool within_limit(bool answer)
{
	__u32 zero = 0;
	struct limits *used = bpf_map_lookup_elem(&limits, &zero);
	struct settings *set = bpf_map_lookup_elem(&settings, &zero);
	__u64 second = bpf_ktime_get_coarse_ns() / SECOND;

	if (!used || !set)
		return false;
	if (used->second != second) {
		used->second = second;
		used->remembered = used->answers = 0;
	}
	if (answer)
		return used->answers++ < set->answers_per_second;
	return used->remembered++ < set->remembered_per_second;
}

static __always_inline struct backend *backend_of(const struct choice *choice)
{
	struct backend *backend = bpf_map_lookup_elem(&backends, &choice->slot);

	if (!backend || backend->generation != choice->generation || backend->state == BACKEND_NONE)
		return NULL;
	return backend;
}

/* The mixing of MurmurHash3's 64-bit finalizer: every bit of the flow moves every bit of the result. No
 * secret: gateways that share an address choose alike, and so does this one after a restart.
 */
static __always_inline __u64 mix(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
	return hash ^ hash >> 33;
}

static __always_inline __u32 hash_flow(const struct flow *flow, bool source_only)
{
	__u64 hash = mix(0, (__u64)flow->client[0] << 32 | flow->client[1]);

	hash = mix(hash, (__u64)flow->client[2] << 32 | flow->client[3]);
	if (!source_only)
		hash = mix(hash, (__u64)flow->client_port << 32 | flow->to.port);
	hash *= 0xc4ceb9fe1a85ec53ULL;
	return hash >> 32;
}

static __always_inline struct backend *schedule(struct packet *p, const struct vip *vip, struct choice *choice)
{
	struct backend *backend;
	struct table *table;
	__u32 zero = 0;
	__u64 place;
	void *inner;

	if (vip->scheduler == SCHEDULER_TURNS) {
		__u32 service = vip->service;
		__u32 *turn;

		if (p->error)
			return NULL;
		turn = bpf_map_lookup_elem(&turns, &service);
		if (!turn)
			return NULL;
		place = *turn = *turn + 1 < NVI_TABLE_SIZE ? *turn + 1 : 0;
	} else {
		/* The hash as a fraction of the table: no division. */
		place = (__u64)hash_flow(&p->flow, vip->scheduler == SCHEDULER_SOURCE) * NVI_TABLE_SIZE >> 32;
	}
	inner = bpf_map_lookup_elem(&tables, &vip->service);
	if (!inner)
		return NULL;
	table = bpf_map_lookup_elem(inner, &zero);
	if (!table || place >= NVI_TABLE_SIZE)
		return NULL;
	choice->slot = table->slot[place];
	backend = bpf_map_lookup_elem(&backends, &choice->slot);
	/* Between the change of a table and that of its backends a slot may already be another's. */
	if (!backend || backend->state == BACKEND_NONE || backend->service != vip->service)
		return NULL;
	choice->generation = backend->generation;
	return backend;
}

static __always_inline void flow4_of(const struct packet *p, struct flow4 *key)
{
	key->vip = p->flow.to.address[0];
	key->client = p->flow.client[0];
	key->port = p->flow.to.port;
	key->client_port = p->flow.client_port;
	key->protocol = p->flow.to.protocol;
}

static __always_inline struct choice *connection_of(const struct packet *p)
{
	struct flow4 key;

	if (p->family != 4)
		return bpf_map_lookup_elem(&connections, &p->flow);
	flow4_of(p, &key);
	return bpf_map_lookup_elem(&connections4, &key);
}

static __always_inline void remember(const struct packet *p, const struct choice *choice)
{
	struct flow4 key;

	if (p->family != 4) {
		bpf_map_update_elem(&connections, &p->flow, choice, BPF_ANY);
		return;
	}
	flow4_of(p, &key);
	bpf_map_update_elem(&connections4, &key, choice, BPF_ANY);
}

/* A packet that no connection is known for. Not inlined: the way of the others stays short. */
static __noinline struct backend *choose_anew(struct packet *p, const struct vip *vip, struct choice *choice)
{
	struct choice *open = bpf_map_lookup_elem(&handshakes, &p->flow);
	struct backend *backend = NULL;

	if (open) {
		*choice = *open;
		backend = backend_of(choice);
		if (backend && p->syn && backend->state != BACKEND_ACCEPTING)
			backend = NULL;
	}
	if (!backend)
		backend = schedule(p, vip, choice);
	if (!backend || p->error)
		return backend;
	if (p->syn)
		bpf_map_update_elem(&handshakes, &p->flow, choice, BPF_ANY);
	else if (within_limit(false))
		remember(p, choice);
	else
		count(EVENT_FORGOTTEN);
	return backend;
}

static __always_inline struct backend *choose_known(struct packet *p, struct choice *choice)
{
	struct choice *known = connection_of(p);
	struct backend *backend;

	if (!known)
		return NULL;
	*choice = *known;
	backend = backend_of(choice);
	/* Of a backend that is to be emptied, ports may be used again for another one. */
	if (backend && backend->state != BACKEND_ACCEPTING &&
	    (p->syn || bpf_map_lookup_elem(&handshakes, &p->flow)))
		return NULL;
	return backend;
}

#endif
