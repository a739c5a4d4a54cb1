// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VXLAN packets of peers behind NAT. Inside the gateway a peer has a VTEP address that never changes; here, and only
 * here, it is exchanged for the address and port that the peer's NAT has at present. Who may be where is decided by
 * nvi-peerd, by the keepalives that are handed to it; these programs refuse what the maps do not name.
 */
#include <stdbool.h>

#include "packet.h"
#include "maps.h"

/* Made at a peer's first: most are never refused anything. Who is named is one of the files', or nobody. */
static __noinline int count_refused(const struct nvi_peer *peer, enum nvi_refusal why)
{
	struct nvi_refused none = {}, *counts;

	if (!peer || why >= NVI_REFUSALS)
		return 0;
	counts = bpf_map_lookup_elem(&refused, peer);
	if (!counts) {
		bpf_map_update_elem(&refused, peer, &none, BPF_NOEXIST);
		counts = bpf_map_lookup_elem(&refused, peer);
	}
	if (counts)
		counts->packets[why]++;
	return 0;
}

static __always_inline int refuse(const struct nvi_peer *peer, enum nvi_refusal why)
{
	count_refused(peer, why);
	return 2; /* TC_ACT_SHOT */
}

/* One more in this second. Two processors may both count one: a limit, not an account. */
static __always_inline bool within(struct bucket *bucket, __u32 second, __u32 rate)
{
	if (bucket->second != second) {
		bucket->second = second;
		bucket->count = 0;
	}
	if (bucket->count >= rate)
		return false;
	bucket->count++;
	return true;
}

/* Of an address; a peer that is bound has an account of its own, which its neighbours behind the NAT do not use up. */
static __always_inline bool source_within(const struct nvi_endpoint *from, bool bound, __u32 second)
{
	struct nvi_endpoint key = { .address = from->address, .port = bound ? from->port : 0 };
	struct bucket fresh = { .second = second, .count = 1 };
	struct bucket *bucket = bpf_map_lookup_elem(&sources, &key);

	if (bucket)
		return within(bucket, second, NVI_SOURCE_RATE);
	bpf_map_update_elem(&sources, &key, &fresh, BPF_ANY);
	return true;
}

static __always_inline bool total_within(__u32 second)
{
	__u32 zero = 0;
	struct bucket *bucket = bpf_map_lookup_elem(&total, &zero);

	return bucket && within(bucket, second, NVI_TOTAL_RATE);
}

/* A keepalive goes to nvi-peerd and no further: what it says of addresses is nobody's to learn. */
static __noinline int keepalive(struct __sk_buff *skb, const struct nvi_endpoint *from, const struct nvi_peer *bound,
				__u32 vni)
{
	__u32 second = bpf_ktime_get_ns() / 1000000000ULL;
	struct nvi_peer nobody = {};
	struct nvi_event *event;
	__be16 listen = 0;

	if (!from || !bound)
		return 2;
	if (!source_within(from, bound->vni, second) || !total_within(second))
		return refuse(bound->vni ? bound : &nobody, NVI_RATE_LIMITED);
	event = bpf_ringbuf_reserve(&keepalives, sizeof(*event), 0);
	if (!event)
		return refuse(bound->vni ? bound : &nobody, NVI_RATE_LIMITED);
	bpf_skb_load_bytes(skb, ETH_HLEN + __builtin_offsetof(struct outer, udp.dest), &listen, 2);
	event->from = *from;
	event->vni = vni;
	event->listen = listen;
	event->zero = 0;
	event->ifindex = skb->ifindex;
	if (bpf_skb_load_bytes(skb, OUTER_SIZE, event->frame, sizeof(event->frame)) < 0) {
		bpf_ringbuf_discard(event, 0);
		return 2;
	}
	bpf_ringbuf_submit(event, 0);
	return 2;
}

/* "NVIK" behind the ARP, and nothing else behind that. */
static __always_inline bool is_keepalive(struct __sk_buff *skb, struct outer *outer)
{
	struct inner *inner = (void *)(outer + 1);
	const __be16 *magic = (void *)(inner + 1) + sizeof(struct arp);

	if (outer->udp.len != bpf_htons(sizeof(struct udphdr) + 8 + NVI_KEEPALIVE_SIZE) ||
	    (void *)inner + NVI_KEEPALIVE_SIZE > (void *)(long)skb->data_end)
		return false;
	return inner->protocol == bpf_htons(ETH_P_ARP) && magic[0] == bpf_htons(0x4e56) && magic[1] == bpf_htons(0x494b);
}

/* Neighbour discovery (RFC 4861) speaks of an address behind the header, too. */
static __always_inline bool speaks_for_others(const struct inner_ip6 *ip, void *end, struct nvi_pin *pin)
{
	const __u8 *icmp = (void *)(ip + 1);
	const __be16 *target = (void *)(icmp + 8);

	if (ip->next != IPPROTO_ICMPV6)
		/* What hides behind an extension header is not ND: a host must not take it (RFC 6980: fragments). */
		return ip->next == IPPROTO_HOPOPTS || ip->next == IPPROTO_FRAGMENT || ip->next == IPPROTO_DSTOPTS ||
		       ip->next == IPPROTO_ROUTING;
	if ((void *)(icmp + 24) > end)
		return (void *)(icmp + 1) > end || (icmp[0] >= 133 && icmp[0] <= 137);
	if (icmp[0] == 134 || icmp[0] == 137)
		return true;
	if (icmp[0] != 136)
		return false;
	__builtin_memcpy(pin->address, target, 16);
	return !bpf_map_lookup_elem(&pins, pin);
}

static __always_inline bool same_mac(const __be16 *a, const __be16 *b)
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

/* Whether the inner frame says what its peer may say; a reason, or -1. */
static __always_inline int wrong(struct __sk_buff *skb, struct outer *outer, const struct nvi_peer *peer)
{
	struct inner *inner = (void *)(outer + 1);
	void *end = (void *)(long)skb->data_end;
	struct nvi_pin pin = { .peer = *peer, .ethertype = ETH_P_IP, .port = outer->udp.dest };
	struct inner_ip6 *ip6 = 0;

	if ((void *)(inner + 1) > end)
		return NVI_OTHER_PROTOCOL;
	__builtin_memcpy(pin.mac, inner->source, ETH_ALEN);
	if (inner->protocol == bpf_htons(ETH_P_IP)) {
		struct inner_ip *ip = (void *)(inner + 1);

		if ((void *)(ip + 1) > end)
			return NVI_OTHER_PROTOCOL;
		__builtin_memcpy(pin.address, ip->source, 4);
	} else if (inner->protocol == bpf_htons(ETH_P_ARP)) {
		struct arp *arp = (void *)(inner + 1);

		if ((void *)(arp + 1) > end)
			return NVI_OTHER_PROTOCOL;
		/* A frame of one's own may carry an ARP of another's. */
		if (!same_mac(arp->sender_mac, inner->source))
			return NVI_WRONG_SOURCE;
		__builtin_memcpy(pin.address, arp->sender, 4);
	} else if (inner->protocol == bpf_htons(ETH_P_IPV6)) {
		ip6 = (void *)(inner + 1);
		if ((void *)(ip6 + 1) > end)
			return NVI_OTHER_PROTOCOL;
		__builtin_memcpy(pin.address, ip6->source, 16);
		pin.ethertype = ETH_P_IPV6;
	} else {
		return NVI_OTHER_PROTOCOL;
	}
	if (!bpf_map_lookup_elem(&pins, &pin))
		return NVI_WRONG_SOURCE;
	if (ip6 && speaks_for_others(ip6, end, &pin))
		return NVI_WRONG_SOURCE;
	return -1;
}

/* What nearly all packets of a peer are: IPv4 of its first host. The pins, a cold hash map, are not looked at then. */
static __always_inline bool is_first_host(struct __sk_buff *skb, struct outer *outer, const struct nvi_place *place)
{
	struct inner *inner = (void *)(outer + 1);
	struct inner_ip *ip = (void *)(inner + 1);
	const __be16 *host = (void *)&place->host;

	if ((void *)(ip + 1) > (void *)(long)skb->data_end)
		return false;
	return inner->protocol == bpf_htons(ETH_P_IP) && ip->source[1] == host[1] && ip->source[0] == host[0] &&
	       same_mac(inner->source, place->mac) && outer->udp.dest == place->port;
}

/* From a NAT's address to the peer's own. */
static __always_inline int to_vtep(struct __sk_buff *skb, struct outer *outer, __be32 vtep, __u16 moved)
{
	__be32 from = outer->ip.saddr;
	bool summed = outer->udp.check != 0;

	outer->ip.check = checksum_moved(outer->ip.check, moved);
	outer->ip.saddr = vtep;
	if (summed)
		bpf_l4_csum_replace(skb, UDP_CHECK, from, vtep, BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0 | 4);
	return 0; /* TC_ACT_OK: on to the table's own check of nodes, and the tunnel device */
}

/* Behind every header that is looked at: Ethernet, IPv6, the fixed part of neighbour discovery. */
#define LOOKED_AT (OUTER_SIZE + NVI_KEEPALIVE_SIZE)

SEC("tc")
int from_underlay(struct __sk_buff *skb)
{
	struct nvi_peer nobody = {}, *peer;
	struct nvi_network network = {};
	struct nvi_endpoint from = {};
	struct nvi_node node = {};
	struct nvi_place *place;
	__be32 *vtep;
	struct outer *outer;
	__u32 wanted;
	int why;

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return 0;
	wanted = skb->len < LOOKED_AT ? skb->len : LOOKED_AT;
	if (!reaches(skb, wanted) && bpf_skb_pull_data(skb, wanted))
		return 0;
	outer = outer_of(skb);
	if (!outer || outer->ip.daddr != underlay)
		return 0;

	from.address = outer->ip.saddr;
	from.port = outer->udp.source;
	network.vni = bpf_ntohl(outer->vni) >> 8;
	network.port = outer->udp.dest;
	place = bpf_map_lookup_elem(&endpoints, &from);
	peer = place ? &place->peer : 0;
	/* A keepalive may move a peer, in whosever place it is sent. */
	if (is_keepalive(skb, outer)) {
		if (!bpf_map_lookup_elem(&networks, &network))
			return peer ? refuse(peer, NVI_OTHER_VNI) : 0;
		return keepalive(skb, &from, peer ? peer : &nobody, network.vni);
	}
	if (place) {
		if (peer->vni != network.vni)
			return refuse(peer, NVI_OTHER_VNI);
		why = is_first_host(skb, outer, place) ? -1 : wrong(skb, outer, peer);
		if (why < 0)
			return to_vtep(skb, outer, peer->vtep, place->moved);
		return refuse(peer, bpf_map_lookup_elem(&networks, &network) ? why : NVI_OTHER_VNI);
	}
	if (!bpf_map_lookup_elem(&networks, &network))
		return 0;
	node.vni = network.vni;
	node.address = from.address;
	vtep = bpf_map_lookup_elem(&nodes, &node);
	if (vtep)
		return *vtep ? to_vtep(skb, outer, *vtep, nvi_moved(from.address, *vtep)) : 0;
	return refuse(&nobody, NVI_UNKNOWN_SOURCE);
}

/*
 * How long a next hop is taken without asking again: the kernel's tables may have changed. In ticks, whose reading is one
 * load: 100 ms at Debian's 250 a second.
 */
#define HOP_LIFETIME 25

/*
 * Which next hop there is on the way to a peer. Not known where the route says more than one: it is asked for with every
 * packet then, as for those with a mark. If two processors are here at once, both write the same.
 */
static __noinline int find_hop(struct __sk_buff *skb, struct nvi_binding *binding)
{
	struct bpf_fib_lookup fib = {
		.family = 2, /* AF_INET */
		.l4_protocol = IPPROTO_UDP,
		.sport = binding->listen,
		.dport = binding->port,
		.ifindex = binding->ifindex,
		.ipv4_src = underlay,
		.ipv4_dst = binding->address,
	};
	long result = bpf_fib_lookup(skb, &fib, sizeof(fib), BPF_FIB_LOOKUP_OUTPUT);

	if ((result != BPF_FIB_LKUP_RET_SUCCESS && result != BPF_FIB_LKUP_RET_NO_NEIGH) || fib.family != 2 ||
	    fib.ifindex != binding->ifindex)
		fib.ipv4_dst = 0;
	binding->next_hop = fib.ipv4_dst;
	binding->until = bpf_jiffies64() + HOP_LIFETIME;
	return 0;
}

/* Out by the device that the peer is heard by. The neighbour is the kernel's business. */
static __always_inline int out(struct __sk_buff *skb, struct nvi_binding *binding)
{
	struct bpf_redir_neigh hop = {};

	if (binding->until <= bpf_jiffies64())
		find_hop(skb, binding);
	hop.nh_family = 2; /* AF_INET */
	hop.ipv4_nh = binding->next_hop;
	if (!hop.ipv4_nh || skb->mark)
		return bpf_redirect_neigh(binding->ifindex, 0, 0, 0);
	return bpf_redirect_neigh(binding->ifindex, &hop, sizeof(hop), 0);
}

/* From the peer's own address to where its NAT is. The driver has just written these headers: they are in one piece. */
SEC("tc")
int to_peers(struct __sk_buff *skb)
{
	struct nvi_peer nobody = {}, peer;
	struct outer *outer = outer_of(skb);
	struct nvi_binding *binding;

	/* Its tunnels' own packets only: what comes from elsewhere to these addresses is nobody's. */
	if (!outer || outer->ip.saddr != underlay)
		return refuse(&nobody, NVI_NOT_BOUND);
	peer.vni = bpf_ntohl(outer->vni) >> 8;
	peer.vtep = outer->ip.daddr;
	binding = bpf_map_lookup_elem(&peers, &peer);
	if (!binding || !binding->port)
		return refuse(&peer, NVI_NOT_BOUND);
	outer->ip.check = checksum_moved(outer->ip.check, binding->moved);
	outer->ip.daddr = binding->address;
	/* Both ports at once. */
	*(__be32 *)&outer->udp = *(__be32 *)&binding->listen;
	/* Optional over IPv4 (RFC 768), and the two ports and the address would each change it. */
	outer->udp.check = 0;
	return out(skb, binding);
}

char LICENSE[] SEC("license") = "GPL";
