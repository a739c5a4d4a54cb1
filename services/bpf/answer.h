/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP errors to clients, from the virtual address: what cannot go on is turned around. */
#ifndef NVI_SERVICES_ANSWER_H
#define NVI_SERVICES_ANSWER_H

#include "maps.h"

static __always_inline __sum16 folded(__u64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(__u16)sum;
}

static __always_inline void turn_around(struct ethhdr *to, const struct ethhdr *from)
{
	__u8 mac[ETH_ALEN];

	__builtin_memcpy(mac, from->h_source, ETH_ALEN);
	__builtin_memcpy(to->h_source, from->h_dest, ETH_ALEN);
	__builtin_memcpy(to->h_dest, mac, ETH_ALEN);
	to->h_proto = from->h_proto;
}

/* RFC 792: the header of the packet, which has no options here, and 8 bytes. */
#define QUOTED4 (sizeof(struct iphdr) + 8)
#define QUOTED6 (sizeof(struct ipv6hdr) + 8)

static __noinline int answer4(struct xdp_md *ctx, struct packet *p, __u8 type, __u8 code, __u32 mtu)
{
	const int room = sizeof(struct iphdr) + sizeof(struct icmphdr);
	struct icmphdr *icmp;
	struct ethhdr *eth;
	struct iphdr *ip;
	void *data, *end;
	__u32 size;

	if (p->header != sizeof(struct iphdr) || bpf_xdp_adjust_head(ctx, -room))
		return XDP_DROP;
	size = ctx->data_end - ctx->data;
	if (bpf_xdp_adjust_tail(ctx, (int)(sizeof(*eth) + room + QUOTED4) - (int)size))
		return XDP_DROP;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + sizeof(*eth) + room + QUOTED4 > end)
		return XDP_DROP;
	eth = data;
	turn_around(eth, data + room);
	ip = (void *)(eth + 1);
	icmp = (void *)(ip + 1);
	__builtin_memset(icmp, 0, sizeof(*icmp));
	icmp->type = type;
	icmp->code = code;
	icmp->un.frag.mtu = bpf_htons(mtu);
	icmp->checksum = folded(bpf_csum_diff(NULL, 0, (__be32 *)icmp, sizeof(*icmp) + QUOTED4, 0));
	__builtin_memset(ip, 0, sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = bpf_htons(room + QUOTED4);
	ip->ttl = 64;
	ip->protocol = IPPROTO_ICMP;
	ip->saddr = p->flow.to.address[0];
	ip->daddr = p->flow.client[0];
	ip->check = folded(bpf_csum_diff(NULL, 0, (__be32 *)ip, sizeof(*ip), 0));
	return XDP_TX;
}

static __noinline int answer6(struct xdp_md *ctx, struct packet *p, __u8 type, __u8 code, __u32 mtu)
{
	const int room = sizeof(struct ipv6hdr) + sizeof(struct icmp6hdr);
	struct icmp6hdr *icmp;
	struct ipv6hdr *ip;
	struct ethhdr *eth;
	void *data, *end;
	__u32 size, sum;

	if (bpf_xdp_adjust_head(ctx, -room))
		return XDP_DROP;
	size = ctx->data_end - ctx->data;
	if (bpf_xdp_adjust_tail(ctx, (int)(sizeof(*eth) + room + QUOTED6) - (int)size))
		return XDP_DROP;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + sizeof(*eth) + room + QUOTED6 > end)
		return XDP_DROP;
	eth = data;
	turn_around(eth, data + room);
	ip = (void *)(eth + 1);
	icmp = (void *)(ip + 1);
	__builtin_memset(ip, 0, sizeof(*ip));
	ip->version = 6;
	ip->payload_len = bpf_htons(sizeof(*icmp) + QUOTED6);
	ip->nexthdr = IPPROTO_ICMPV6;
	ip->hop_limit = 64;
	__builtin_memcpy(&ip->saddr, p->flow.to.address, 16);
	__builtin_memcpy(&ip->daddr, p->flow.client, 16);
	__builtin_memset(icmp, 0, sizeof(*icmp));
	icmp->icmp6_type = type;
	icmp->icmp6_code = code;
	icmp->icmp6_mtu = bpf_htonl(mtu);
	/* RFC 4443, 2.3: with the addresses, the length and the protocol. */
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&ip->saddr, 32, 0);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)icmp, sizeof(*icmp) + QUOTED6, sum);
	icmp->icmp6_cksum = folded((__u64)sum + bpf_htons(sizeof(*icmp) + QUOTED6) + bpf_htons(IPPROTO_ICMPV6));
	return XDP_TX;
}

#endif
