/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The headers of a VXLAN packet (RFC 7348), outer IPv4 without options. */
#ifndef NVI_PEERS_PACKET_H
#define NVI_PEERS_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/*
 * Behind the outer Ethernet header all is aligned to four bytes, as NET_IP_ALIGN has it, and the inner frame to two: so it
 * is read by sixteen bits, which kernels that insist on alignment ask for.
 */
struct outer {
	struct iphdr ip;
	struct udphdr udp;
	__be32 flags;
	__be32 vni;		/* 24 bits, then 8 reserved */
};

/* To the inner frame. */
#define OUTER_SIZE (ETH_HLEN + sizeof(struct outer))

struct inner {
	__be16 destination[3];
	__be16 source[3];
	__be16 protocol;
};

struct arp {
	__be16 hardware;
	__be16 protocol;
	__u8 lengths[2];
	__be16 operation;
	__be16 sender_mac[3];
	__be16 sender[2];
	__be16 target_mac[3];
	__be16 target[2];
};

struct inner_ip {
	__be16 head[6];
	__be16 source[2];
	__be16 destination[2];
};

struct inner_ip6 {
	__be16 flow[3];
	__u8 next;
	__u8 hops;
	__be16 source[8];
	__be16 destination[8];
};

#define VXLAN_HAS_VNI bpf_htonl(0x08000000)

/* Where a first fragment or a packet with options would mislead. */
#define IP_FRAGMENT bpf_htons(0x3fff)
#define IP_NO_OPTIONS 0x45

/* Whether so many bytes of the packet can be read in place. */
static __always_inline int reaches(struct __sk_buff *skb, __u32 bytes)
{
	return (void *)(long)skb->data + bytes <= (void *)(long)skb->data_end;
}

/* The outer headers when it is VXLAN; the rest of the packet is not looked at. */
static __always_inline struct outer *outer_of(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	struct outer *outer = data + ETH_HLEN;

	if (data + OUTER_SIZE > (void *)(long)skb->data_end)
		return 0;
	if (*(__u8 *)outer != IP_NO_OPTIONS || outer->ip.protocol != IPPROTO_UDP || outer->ip.frag_off & IP_FRAGMENT ||
	    outer->flags != VXLAN_HAS_VNI)
		return 0;
	return outer;
}

/* Sums of 16 bits; what is above is not stored. */
static __always_inline __u32 checksum_moved(__u32 check, __u32 moved)
{
	check += moved;
	return check + (check >> 16);
}

#define UDP_CHECK (ETH_HLEN + sizeof(struct iphdr) + __builtin_offsetof(struct udphdr, check))

#endif
