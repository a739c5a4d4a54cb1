/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From bytes to a flow. Returns whether the packet may be one of a service. */
#ifndef NVI_SERVICES_PARSE_H
#define NVI_SERVICES_PARSE_H

#include "maps.h"

#define IP_DF 0x4000
#define IP_MF 0x2000
#define IP_OFFSET 0x1fff

static __always_inline bool is_transport(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

/* The verifier of Linux 6.12 knows no bounds of what was swapped. */
static __always_inline __u32 swapped(__be16 value)
{
	__u32 result = bpf_ntohs(value);

	asm volatile("" : "+r"(result));
	return result & 0xffff;
}

/* Both transports begin with the ports. */
static __always_inline bool read_ports(void *at, void *end, __u8 protocol, struct packet *p)
{
	struct udphdr *ports = at;

	if ((void *)(ports + 1) > end)
		return false;
	p->flow.client_port = ports->source;
	p->flow.to.port = ports->dest;
	if (protocol == IPPROTO_TCP) {
		struct tcphdr *tcp = at;

		if ((void *)(tcp + 1) > end)
			return false;
		p->syn = tcp->syn && !tcp->ack;
	}
	return true;
}

/* The packet that an ICMP error is about: it went from the service to the client. */
static __always_inline bool read_ports_back(void *at, void *end, struct packet *p)
{
	struct udphdr *ports = at;

	if ((void *)(ports + 1) > end)
		return false;
	p->flow.client_port = ports->dest;
	p->flow.to.port = ports->source;
	p->error = 1;
	return true;
}

static __always_inline bool parse_icmp(struct icmphdr *icmp, void *end, __be32 vip, struct packet *p)
{
	struct iphdr *inner = (void *)(icmp + 1);

	if ((void *)(inner + 1) > end)
		return false;
	if (icmp->type != ICMP_DEST_UNREACH && icmp->type != ICMP_TIME_EXCEEDED &&
	    icmp->type != ICMP_PARAMETERPROB)
		return false;
	if (inner->version != 4 || inner->ihl < 5 || inner->saddr != vip || !is_transport(inner->protocol) ||
	    inner->frag_off & bpf_htons(IP_OFFSET))
		return false;
	p->flow.to.protocol = inner->protocol;
	p->flow.client[0] = inner->daddr;
	return read_ports_back((void *)inner + inner->ihl * 4, end, p);
}

/* -1: it is behind the first fragment and has no ports. */
static __always_inline int parse_ipv4(struct iphdr *ip, void *end, struct packet *p)
{
	void *transport;

	if ((void *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5)
		return 0;
	p->length = swapped(ip->tot_len);
	p->header = ip->ihl * 4;
	if (p->length < p->header || (void *)ip + p->length > end)
		return 0;
	p->family = p->flow.to.family = 4;
	p->flow.to.address[0] = ip->daddr;
	p->flow.to.protocol = ip->protocol;
	p->flow.client[0] = ip->saddr;
	p->id = ip->id;
	p->df = ip->frag_off & bpf_htons(IP_DF);
	p->traffic = ip->tos;
	p->hops = ip->ttl;
	p->fragment_id = ip->id;
	transport = (void *)ip + p->header;
	if (ip->protocol == IPPROTO_ICMP) {
		if (ip->frag_off & bpf_htons(IP_OFFSET | IP_MF))
			return 0;
		return parse_icmp(transport, end, ip->daddr, p);
	}
	if (!is_transport(ip->protocol))
		return 0;
	if (ip->frag_off & bpf_htons(IP_OFFSET))
		return -1;
	p->first = !!(ip->frag_off & bpf_htons(IP_MF));
	return read_ports(transport, end, ip->protocol, p);
}

static __always_inline void copy_address(__be32 *to, const struct in6_addr *from)
{
	to[0] = from->in6_u.u6_addr32[0];
	to[1] = from->in6_u.u6_addr32[1];
	to[2] = from->in6_u.u6_addr32[2];
	to[3] = from->in6_u.u6_addr32[3];
}

static __always_inline bool same_address(const __be32 *a, const struct in6_addr *b)
{
	return a[0] == b->in6_u.u6_addr32[0] && a[1] == b->in6_u.u6_addr32[1] &&
	       a[2] == b->in6_u.u6_addr32[2] && a[3] == b->in6_u.u6_addr32[3];
}

struct fragment_header { /* RFC 8200, 4.5 */
	__u8 next;
	__u8 reserved;
	__be16 offset; /* and the flag M in the last bit */
	__be32 id;
};

static __always_inline bool parse_icmp6(struct icmp6hdr *icmp, void *end, struct packet *p)
{
	struct ipv6hdr *inner = (void *)(icmp + 1);

	if ((void *)(inner + 1) > end)
		return false;
	/* Errors: unreachable, too big, time exceeded, parameter problem. */
	if (icmp->icmp6_type < ICMPV6_DEST_UNREACH || icmp->icmp6_type > ICMPV6_PARAMPROB)
		return false;
	if (inner->version != 6 || !same_address(p->flow.to.address, &inner->saddr) ||
	    !is_transport(inner->nexthdr))
		return false;
	p->flow.to.protocol = inner->nexthdr;
	copy_address(p->flow.client, &inner->daddr);
	return read_ports_back(inner + 1, end, p);
}

/* Extension headers other than the fragment's are left to the kernel: services see none. */
static __always_inline int parse_ipv6(struct ipv6hdr *ip, void *end, struct packet *p)
{
	void *transport = ip + 1;
	__u8 protocol;

	if (transport > end || ip->version != 6)
		return 0;
	p->length = swapped(ip->payload_len) + sizeof(*ip);
	p->header = sizeof(*ip);
	if ((void *)ip + p->length > end)
		return 0;
	p->family = p->flow.to.family = 6;
	copy_address(p->flow.to.address, &ip->daddr);
	copy_address(p->flow.client, &ip->saddr);
	p->traffic = ip->priority << 4 | ip->flow_lbl[0] >> 4;
	p->hops = ip->hop_limit;
	protocol = ip->nexthdr;
	if (protocol == IPPROTO_ICMPV6)
		return parse_icmp6(transport, end, p);
	if (protocol == IPPROTO_FRAGMENT) {
		struct fragment_header *fragment = transport;

		transport = fragment + 1;
		if (transport > end || !is_transport(fragment->next))
			return 0;
		protocol = fragment->next;
		p->fragment_id = fragment->id;
		p->flow.to.protocol = protocol;
		if (fragment->offset & bpf_htons(0xfff8))
			return -1;
		p->first = 1;
	}
	p->flow.to.protocol = protocol;
	if (!is_transport(protocol))
		return 0;
	return read_ports(transport, end, protocol, p);
}

#endif
