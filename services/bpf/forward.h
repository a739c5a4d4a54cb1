/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outer header, and the way out. */
#ifndef NVI_SERVICES_FORWARD_H
#define NVI_SERVICES_FORWARD_H

#include "answer.h"
#include "choose.h"

/* How long a way that was found is taken without asking again: the kernel's tables may have changed. In ticks, whose
 * reading is one load: 100 ms at Debian's 250 a second.
 */
#define HOP_LIFETIME 25
#define OUTER_HOPS 64

/* bpf_fib_lookup() in XDP gives the route's MTU, in place of the length that it was asked for. */
static __always_inline long ask_route(struct xdp_md *ctx, const struct backend *backend,
				      struct bpf_fib_lookup *fib, __u16 length)
{
	__builtin_memset(fib, 0, sizeof(*fib));
	fib->ifindex = ctx->ingress_ifindex;
	fib->tot_len = length;
	if (backend->family == 4) {
		fib->family = 2; /* AF_INET */
		fib->l4_protocol = IPPROTO_IPIP;
		fib->ipv4_src = backend->source[0];
		fib->ipv4_dst = backend->address[0];
	} else {
		fib->family = 10; /* AF_INET6 */
		fib->l4_protocol = IPPROTO_IPV6;
		__builtin_memcpy(fib->ipv6_src, backend->source, 16);
		__builtin_memcpy(fib->ipv6_dst, backend->address, 16);
	}
	return bpf_fib_lookup(ctx, fib, sizeof(*fib), 0);
}

/* Of what is the same in all outer headers to a backend. */
static __always_inline __be16 sum_of(const struct backend *backend)
{
	__u64 sum = bpf_htons(0x4500) + bpf_htons(OUTER_HOPS << 8 | IPPROTO_IPIP);

	sum += backend->source[0];
	sum += backend->address[0];
	sum = (sum & 0xffffffff) + (sum >> 32);
	return ~folded((sum & 0xffff) + (sum >> 16));
}

static __noinline void find_way(struct xdp_md *ctx, struct backend *backend, struct hop *hop)
{
	struct bpf_fib_lookup fib;
	__u32 zero = 0;
	struct settings *set = bpf_map_lookup_elem(&settings, &zero);
	long result;

	if (hop->generation != backend->generation)
		hop->packets = hop->bytes = 0;
	hop->generation = backend->generation;
	hop->sum = sum_of(backend);
	hop->until = bpf_jiffies64() + HOP_LIFETIME;
	if (backend->tenant) {
		hop->way = WAY_TENANT;
		hop->ifindex = backend->tenant;
		hop->mtu = backend->mtu;
		return;
	}
	hop->way = WAY_NONE;
	result = ask_route(ctx, backend, &fib, 1);
	if (result != BPF_FIB_LKUP_RET_SUCCESS && result != BPF_FIB_LKUP_RET_NO_NEIGH)
		return;
	hop->ifindex = fib.ifindex;
	hop->mtu = fib.tot_len;
	if (result == BPF_FIB_LKUP_RET_NO_NEIGH) {
		hop->until = 0;
		hop->way = WAY_NEIGHBOUR;
		ask_route(ctx, backend, &fib, 0xffff);
		hop->mtu = fib.tot_len;
	} else {
		__builtin_memcpy(hop->macs, fib.dmac, ETH_ALEN);
		__builtin_memcpy(hop->macs + ETH_ALEN / 2, fib.smac, ETH_ALEN);
		hop->way = fib.ifindex == ctx->ingress_ifindex ? WAY_BACK
			   : set && set->redirect	       ? WAY_REDIRECT
							       : WAY_DEVICE;
	}
	if (backend->mtu)
		hop->mtu = backend->mtu;
}

static __always_inline void write_outer4(struct iphdr *outer, const struct backend *backend,
					 const struct packet *p, __be16 constant)
{
	__be16 length = bpf_htons(p->length + sizeof(*outer));
	__u32 sum = constant;

	sum += bpf_htons(p->traffic);
	sum += length;
	sum += p->id;
	sum += p->df;
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	*(__u8 *)outer = 0x45;
	/* RFC 6040, 4.1: ECN is copied; so is DSCP. */
	outer->tos = p->traffic;
	outer->tot_len = length;
	outer->id = p->id;
	outer->frag_off = p->df; /* RFC 2003, 3.1 */
	outer->ttl = OUTER_HOPS;
	outer->protocol = IPPROTO_IPIP;
	outer->check = ~sum;
	outer->saddr = backend->source[0];
	outer->daddr = backend->address[0];
}

static __always_inline void write_outer6(struct ipv6hdr *outer, const struct backend *backend,
					 const struct packet *p)
{
	__u32 label = hash_flow(&p->flow, false);

	outer->version = 6;
	outer->priority = p->traffic >> 4;
	outer->flow_lbl[0] = p->traffic << 4 | (label >> 16 & 0xf);
	outer->flow_lbl[1] = label >> 8;
	outer->flow_lbl[2] = label;
	outer->payload_len = bpf_htons(p->length);
	outer->nexthdr = p->family == 4 ? IPPROTO_IPIP : IPPROTO_IPV6;
	outer->hop_limit = OUTER_HOPS;
	__builtin_memcpy(&outer->saddr, backend->source, 16);
	__builtin_memcpy(&outer->daddr, backend->address, 16);
}

/* One hop of the inner packet is used up (RFC 2003, 3.1); of an IPv4 header the checksum follows (RFC 1624). */
static __always_inline bool use_hop(struct xdp_md *ctx, const struct packet *p)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	struct ipv6hdr *ip6 = (void *)ip;
	__u32 sum;

	if (p->family == 4) {
		if ((void *)(ip + 1) > end)
			return false;
		sum = ip->check + (__u32)bpf_htons(0x0100);
		ip->check = sum + (sum >= 0xffff);
		ip->ttl--;
		return true;
	}
	if ((void *)(ip6 + 1) > end)
		return false;
	ip6->hop_limit--;
	return true;
}

/* Both, by 16 bits, to which they are aligned: the compiler would go by bytes. */
static __always_inline void copy_macs(__be16 *to, const __be16 *from)
{
	to[0] = from[0];
	to[1] = from[1];
	to[2] = from[2];
	to[3] = from[3];
	to[4] = from[4];
	to[5] = from[5];
}

static __always_inline bool push_outer(struct xdp_md *ctx, const struct backend *backend,
				       const struct packet *p, const struct hop *hop)
{
	const bool v4 = backend->family == 4;
	const int room = v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	void *data, *end;
	__be16 *eth;

	if (bpf_xdp_adjust_head(ctx, -room))
		return false;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + sizeof(struct ethhdr) + sizeof(struct ipv6hdr) + sizeof(struct ethhdr) > end)
		return false;
	eth = data;
	if (hop->way == WAY_TENANT || hop->way == WAY_NEIGHBOUR) {
		/* As it came: the classifier finds it addressed to this machine. */
		if (v4)
			copy_macs(eth, data + sizeof(struct iphdr));
		else
			copy_macs(eth, data + sizeof(struct ipv6hdr));
	} else {
		copy_macs(eth, hop->macs);
	}
	if (v4) {
		eth[2 * ETH_ALEN / 2] = bpf_htons(ETH_P_IP);
		write_outer4(data + sizeof(struct ethhdr), backend, p, hop->sum);
	} else {
		eth[2 * ETH_ALEN / 2] = bpf_htons(ETH_P_IPV6);
		write_outer6(data + sizeof(struct ethhdr), backend, p);
	}
	return true;
}

static __always_inline int hand_over(struct xdp_md *ctx, __u32 way, __u32 value)
{
	struct handover *handover;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*handover))) {
		count(EVENT_NO_HANDOVER);
		return XDP_DROP;
	}
	handover = (void *)(long)ctx->data_meta;
	if ((void *)(handover + 1) > (void *)(long)ctx->data)
		return XDP_DROP;
	handover->magic = NVI_HANDOVER;
	handover->way = way;
	handover->value = value;
	return XDP_PASS;
}

static __noinline int answer(struct xdp_md *ctx, struct packet *p, __u32 event, __u32 mtu)
{
	const bool too_big = event == EVENT_TOO_BIG;

	count(event);
	/* RFC 1122, 3.2.2: none about an error. */
	if (p->error || !within_limit(true))
		return XDP_DROP;
	if (p->family == 4)
		return answer4(ctx, p, too_big ? ICMP_DEST_UNREACH : ICMP_TIME_EXCEEDED,
			       too_big ? ICMP_FRAG_NEEDED : 0, mtu);
	return answer6(ctx, p, too_big ? ICMPV6_PKT_TOOBIG : ICMPV6_TIME_EXCEED, 0, mtu);
}

static __always_inline int forward(struct xdp_md *ctx, struct packet *p, struct backend *backend, __u32 slot)
{
	struct hop *hop = bpf_map_lookup_elem(&hops, &slot);
	__u32 outer;

	if (!hop)
		return XDP_DROP;
	if (hop->until <= bpf_jiffies64() || hop->generation != backend->generation)
		find_way(ctx, backend, hop);
	if (hop->way == WAY_NONE) {
		count(EVENT_NO_ROUTE);
		return XDP_DROP;
	}
	outer = backend->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	/* Also to a packet that may be fragmented: nobody behind this program would do it. */
	if (p->length + outer > hop->mtu)
		return answer(ctx, p, EVENT_TOO_BIG, hop->mtu - outer);
	if (p->hops <= 1)
		return answer(ctx, p, EVENT_HOPS, 0);
	if (!use_hop(ctx, p) || !push_outer(ctx, backend, p, hop))
		return XDP_DROP;
	hop->packets++;
	hop->bytes += p->length;
	if (hop->way == WAY_BACK)
		return XDP_TX;
	if (hop->way == WAY_REDIRECT)
		return bpf_redirect(hop->ifindex, 0);
	return hand_over(ctx, hop->way, hop->ifindex);
}

#endif
