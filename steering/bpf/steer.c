// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * At the egress of a tenant's tunnel device: a packet's host is looked up, and
 * the packet told which node and key to go by, as a route with
 * "encap ip id KEY dst NODE" would tell it. One hash lookup a packet.
 */

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "format.h"

/* Offsets in frames that the kernel's own stack made. */
#define ARP_TARGET	(ETH_HLEN + 24)
#define IP_DESTINATION	(ETH_HLEN + 16)
#define IP6_NEXT	(ETH_HLEN + 6)
#define IP6_DESTINATION	(ETH_HLEN + 24)
#define ICMP6_TYPE	(ETH_HLEN + 40)
#define ND_TARGET	(ETH_HLEN + 40 + 8)
#define ND_SOLICITATION	135

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NVI_MAX_DESTINATIONS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct destination_key);
	__type(value, struct destination);
} destinations SEC(".maps");

static __always_inline int load_v4(struct __sk_buff *skb, __u32 offset, struct destination_key *host)
{
	__builtin_memset(host, 0, sizeof(*host));
	host->address[10] = 0xff;
	host->address[11] = 0xff;
	return bpf_skb_load_bytes(skb, offset, host->address + 12, 4);
}

/* Whom a solicitation asks for, else whom the packet is for. */
static __always_inline int load_v6(struct __sk_buff *skb, struct destination_key *host)
{
	__u8 next, type;

	if (bpf_skb_load_bytes(skb, IP6_NEXT, &next, 1))
		return -1;
	if (next == IPPROTO_ICMPV6 && !bpf_skb_load_bytes(skb, ICMP6_TYPE, &type, 1) &&
	    type == ND_SOLICITATION)
		return bpf_skb_load_bytes(skb, ND_TARGET, host->address, 16);
	return bpf_skb_load_bytes(skb, IP6_DESTINATION, host->address, 16);
}

static __always_inline __u32 word(const __u8 *address)
{
	return (__u32)address[12] << 24 | (__u32)address[13] << 16 | (__u32)address[14] << 8 |
	       address[15];
}

SEC("tc")
int steer(struct __sk_buff *skb)
{
	struct destination_key host = {};
	struct bpf_tunnel_key tunnel = {};
	const struct destination *to;
	__u64 flags = BPF_F_ZERO_CSUM_TX;
	int err;

	switch (skb->protocol) {
	case bpf_htons(ETH_P_IP):
		err = load_v4(skb, IP_DESTINATION, &host);
		break;
	case bpf_htons(ETH_P_ARP):
		err = load_v4(skb, ARP_TARGET, &host);
		break;
	case bpf_htons(ETH_P_IPV6):
		err = load_v6(skb, &host);
		break;
	default:
		return TC_ACT_SHOT;
	}
	to = err ? NULL : bpf_map_lookup_elem(&destinations, &host);
	if (!to)
		return TC_ACT_SHOT;

	tunnel.tunnel_id = to->key;
	if (to->v6) {
		__builtin_memcpy(tunnel.remote_ipv6, to->node, 16);
		__builtin_memcpy(tunnel.local_ipv6, to->source, 16);
		flags = BPF_F_TUNINFO_IPV6;
	} else {
		tunnel.remote_ipv4 = word(to->node);
		tunnel.local_ipv4 = word(to->source);
	}
	return bpf_skb_set_tunnel_key(skb, &tunnel, sizeof(tunnel), flags) ? TC_ACT_SHOT : TC_ACT_OK;
}

char steer_license[] SEC("license") = "GPL";
