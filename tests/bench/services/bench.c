// SPDX-License-Identifier: GPL-2.0-or-later
/* What the service program is measured against: the simplest one that does the same to a packet (one look into a
 * hash map, an outer header, transmit), as the kernel's sample xdp_tx_iptunnel behaves; and a generator. Each
 * undoes what it did, so that the kernel can run it on one packet again and again.
 */
#include "services/bpf/service.c"

struct tunnel {
	__be32 source;
	__be32 destination;
	__u8 mac[ETH_ALEN];
	__u8 pad[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct vip_key);
	__type(value, struct tunnel);
} simple_vips SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} simple_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} simple_device SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} received SEC(".maps");

static __always_inline int simple(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data, *outer_eth;
	struct iphdr *ip = (void *)(eth + 1), *outer;
	struct udphdr *ports = (void *)(ip + 1);
	struct vip_key key = {.family = 4};
	struct tunnel *tunnel;
	__u16 length, *word;
	__u64 *count_of, sum = 0;
	__u32 protocol;
	int i;

	if ((void *)(ports + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5)
		return XDP_PASS;
	key.address[0] = ip->daddr;
	key.port = ports->dest;
	key.protocol = ip->protocol;
	length = bpf_ntohs(ip->tot_len);
	protocol = ip->protocol;
	tunnel = bpf_map_lookup_elem(&simple_vips, &key);
	if (!tunnel)
		return XDP_PASS;
	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*outer)))
		return XDP_DROP;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	outer_eth = data;
	outer = (void *)(outer_eth + 1);
	if (data + 2 * sizeof(*outer) + sizeof(*eth) > end)
		return XDP_DROP;
	__builtin_memcpy(outer_eth->h_source, data + sizeof(*outer), ETH_ALEN);
	__builtin_memcpy(outer_eth->h_dest, tunnel->mac, ETH_ALEN);
	outer_eth->h_proto = bpf_htons(ETH_P_IP);
	outer->version = 4;
	outer->ihl = 5;
	outer->tos = 0;
	outer->tot_len = bpf_htons(length + sizeof(*outer));
	outer->id = 0;
	outer->frag_off = 0;
	outer->ttl = 8;
	outer->protocol = IPPROTO_IPIP;
	outer->check = 0;
	outer->saddr = tunnel->source;
	outer->daddr = tunnel->destination;
	word = (__u16 *)outer;
#pragma unroll
	for (i = 0; i < 10; i++)
		sum += word[i];
	outer->check = folded(sum);
	count_of = bpf_map_lookup_elem(&simple_counts, &protocol);
	if (count_of)
		++*count_of;
	return XDP_TX;
}

/* Words of a packet are aligned to two bytes only, and UML's verifier insists on that. */
struct headers {
	struct ethhdr eth;
	struct iphdr ip;
} __attribute__((packed, aligned(2)));

static __always_inline bool save(struct xdp_md *ctx, struct headers *headers)
{
	struct headers *now = (void *)(long)ctx->data;

	if ((void *)(now + 1) > (void *)(long)ctx->data_end)
		return false;
	__builtin_memcpy(headers, now, sizeof(*headers));
	return true;
}

static __always_inline void restore(struct xdp_md *ctx, const struct headers *headers)
{
	struct headers *now;

	bpf_xdp_adjust_head(ctx, sizeof(struct iphdr));
	now = (void *)(long)ctx->data;
	if ((void *)(now + 1) <= (void *)(long)ctx->data_end)
		__builtin_memcpy(now, headers, sizeof(*headers));
}

SEC("xdp")
int bench_nothing(struct xdp_md *ctx)
{
	struct headers headers;

	if (!save(ctx, &headers) || bpf_xdp_adjust_head(ctx, -(int)sizeof(struct iphdr)))
		return XDP_ABORTED;
	restore(ctx, &headers);
	return XDP_TX;
}

SEC("xdp")
int bench_simple(struct xdp_md *ctx)
{
	struct headers headers;
	int action;

	if (!save(ctx, &headers))
		return XDP_ABORTED;
	action = simple(ctx);
	if (action == XDP_TX)
		restore(ctx, &headers);
	return action;
}

SEC("xdp")
int bench_service(struct xdp_md *ctx)
{
	struct headers headers;
	int action;

	if (!save(ctx, &headers))
		return XDP_ABORTED;
	action = serve(ctx);
	if (action == XDP_TX)
		restore(ctx, &headers);
	return action;
}

struct start {
	__u8 bytes[sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct tcphdr)];
	__u8 pad[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct start);
} starts SEC(".maps");

/* Sends what it is run on to a device (settings.nvi_ifindex), each time from another port of 1,024. Pages are used
 * again with what the receiver left in them: the headers are written anew.
 */
SEC("xdp")
int bench_send(struct xdp_md *ctx)
{
	struct start *now = (void *)(long)ctx->data;
	__u32 zero = 0;
	__u32 *turn = bpf_map_lookup_elem(&turns, &zero);
	struct start *start = bpf_map_lookup_elem(&starts, &zero);
	struct settings *set = bpf_map_lookup_elem(&settings, &zero);
	struct udphdr *ports = (void *)now + sizeof(struct ethhdr) + sizeof(struct iphdr);

	if ((void *)(now + 1) > (void *)(long)ctx->data_end || !turn || !set || !start)
		return XDP_ABORTED;
	__builtin_memcpy(now->bytes, start->bytes, sizeof(now->bytes));
	ports->source = bpf_htons(1024 + (++*turn & 1023));
	return bpf_redirect(set->nvi_ifindex, 0);
}

SEC("xdp")
int bench_pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

/* The same two, sending on what comes in. */
SEC("xdp")
int bench_service_live(struct xdp_md *ctx)
{
	return serve(ctx);
}

SEC("xdp")
int bench_simple_out(struct xdp_md *ctx)
{
	__u32 zero = 0;
	__u32 *out = bpf_map_lookup_elem(&simple_device, &zero);
	int action = simple(ctx);

	return action == XDP_TX && out ? bpf_redirect(*out, 0) : action;
}

SEC("xdp")
int bench_drop(struct xdp_md *ctx)
{
	__u32 zero = 0;
	__u64 *count_of = bpf_map_lookup_elem(&received, &zero);

	if (count_of)
		++*count_of;
	return XDP_DROP;
}
