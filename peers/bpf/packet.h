/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The headers of a VXLAN packet (RFC 7348), outer IPv4 without options. */
#ifndef NVI_PEERS_PACKET_H
#define NVI_PEERS_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/in.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct outer {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	__be32 flags;
	__be32 vni;		/* 24 bits, then 8 reserved */
} __attribute__((packed));

struct arp {
	__be16 hardware;
	__be16 protocol;
	__u8 lengths[2];
	__be16 operation;
	__u8 sender_mac[6];
	__be32 sender;
	__u8 target_mac[6];
	__be32 target;
} __attribute__((packed));

#define VXLAN_HAS_VNI bpf_htonl(0x08000000)

/* Where a first fragment or a packet with options would mislead. */
#define IP_FRAGMENT bpf_htons(0x3fff)

/* Whether so many bytes of the packet can be read in place. */
static __always_inline int reaches(struct __sk_buff *skb, __u32 bytes)
{
	return (void *)(long)skb->data + bytes <= (void *)(long)skb->data_end;
}

/* The outer headers when it is VXLAN; the rest of the packet is not looked at. */
static __always_inline struct outer *outer_of(struct __sk_buff *skb)
{
	struct outer *outer = (void *)(long)skb->data;

	if ((void *)(outer + 1) > (void *)(long)skb->data_end)
		return 0;
	if (outer->eth.h_proto != bpf_htons(ETH_P_IP) || outer->ip.version != 4 || outer->ip.ihl != 5 ||
	    outer->ip.protocol != IPPROTO_UDP || outer->ip.frag_off & IP_FRAGMENT || outer->flags != VXLAN_HAS_VNI)
		return 0;
	return outer;
}

/* RFC 1624, equation 3, for a word of 32 bits. */
static __always_inline __u16 checksum_moved(__u16 check, __u32 from, __u32 to)
{
	__u64 sum = (__u16)~check;

	sum += (__u32)~from;
	sum += to;
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

#define UDP_CHECK (ETH_HLEN + sizeof(struct iphdr) + __builtin_offsetof(struct udphdr, check))

#endif
