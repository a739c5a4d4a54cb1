// SPDX-License-Identifier: GPL-2.0-or-later
/* Virtual services at an uplink: a packet for one goes to a backend inside IP-in-IP, everything else passes
 * on untouched. What XDP cannot send itself is handed over to the classifier behind it.
 */
#include <linux/bpf.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define IPPROTO_ICMPV6 58
#define IPPROTO_FRAGMENT 44

#include "parse.h"
#include "forward.h"

static __always_inline void fragment_key(const struct packet *p, struct fragment *key)
{
	__builtin_memcpy(key->source, p->flow.client, 16);
	__builtin_memcpy(key->destination, p->flow.to.address, 16);
	key->id = p->fragment_id;
	key->protocol = p->flow.to.protocol;
}

/* Behind the first fragment ports are unknown: it goes where the first one went. */
static __noinline int later_fragment(struct xdp_md *ctx, struct packet *p)
{
	struct backend *backend;
	struct fragment key = {};
	struct choice *known;
	struct choice choice;

	fragment_key(p, &key);
	known = bpf_map_lookup_elem(&fragments, &key);
	if (!known)
		return XDP_PASS;
	choice = *known;
	backend = backend_of(&choice);
	if (!backend) {
		count(EVENT_FRAGMENT);
		return XDP_DROP;
	}
	return forward(ctx, p, backend, choice.slot);
}

static __always_inline int serve(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	const __be16 *protocol = data + 2 * ETH_ALEN;
	struct packet p = {};
	struct choice choice = {};
	struct backend *backend;
	struct addresses *known;
	__u32 zero = 0;
	__u16 hash;
	int parsed;

	if ((void *)(eth + 1) > end)
		return XDP_PASS;
	if (*protocol == bpf_htons(ETH_P_IP)) {
		parsed = parse_ipv4((void *)(eth + 1), end, &p);
		hash = nvi_address_hash4(p.flow.to.address[0]);
	} else if (*protocol == bpf_htons(ETH_P_IPV6)) {
		parsed = parse_ipv6((void *)(eth + 1), end, &p);
		hash = nvi_address_hash(p.flow.to.address);
	} else {
		return XDP_PASS;
	}
	if (parsed == 0)
		return XDP_PASS;
	known = bpf_map_lookup_elem(&addresses, &zero);
	if (!known || !known->used[hash])
		return XDP_PASS;
	if (parsed < 0)
		return later_fragment(ctx, &p);
	backend = choose_known(&p, &choice);
	if (!backend) {
		struct vip *vip = bpf_map_lookup_elem(&vips, &p.flow.to);

		if (!vip)
			return XDP_PASS;
		backend = choose_anew(&p, vip, &choice);
		if (!backend) {
			count(EVENT_NO_BACKEND);
			return XDP_DROP;
		}
	}
	if (p.first) {
		struct fragment key = {};

		fragment_key(&p, &key);
		bpf_map_update_elem(&fragments, &key, &choice, BPF_ANY);
	}
	return forward(ctx, &p, backend, choice.slot);
}

SEC("xdp")
int service_xdp(struct xdp_md *ctx)
{
	return serve(ctx);
}

/* Behind XDP at the same uplink: sends what was handed over. */
SEC("tc")
int service_tc(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *meta = (void *)(long)skb->data_meta;
	struct handover *handover = meta;
	struct bpf_tunnel_key key = {};
	struct settings *set;
	__u32 zero = 0;

	if (meta + sizeof(*handover) > data || handover->magic != NVI_HANDOVER)
		return TC_ACT_UNSPEC;
	switch (handover->way) {
	case WAY_DEVICE:
		return bpf_redirect(handover->value, 0);
	case WAY_NEIGHBOUR:
		return bpf_redirect_neigh(handover->value, NULL, 0, 0);
	case WAY_TENANT:
		/* As a route with "encap ip id" would: nvi hands it to the VRF of that table. */
		set = bpf_map_lookup_elem(&settings, &zero);
		key.tunnel_id = handover->value;
		if (!set || bpf_skb_set_tunnel_key(skb, &key, sizeof(key), BPF_F_ZERO_CSUM_TX))
			return TC_ACT_SHOT;
		return bpf_redirect(set->nvi_ifindex, 0);
	default:
		return TC_ACT_SHOT;
	}
}

char LICENSE[] SEC("license") = "GPL";
