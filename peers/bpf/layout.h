/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs of the packet path and those who fill their maps agree on. Addresses and ports are in network
 * order, VNIs in host order. No struct has padding that is not named: keys are compared as bytes.
 */
#ifndef NVI_PEERS_LAYOUT_H
#define NVI_PEERS_LAYOUT_H

#include <linux/types.h>

#define NVI_KEEPALIVE_SIZE 96

/* One peer, for good: its VTEP address is unique in its VNI. */
struct nvi_peer {
	__u32 vni;
	__be32 vtep;
};

/* Where its packets come from at present. */
struct nvi_endpoint {
	__be32 address;
	__be16 port;
	__u16 zero;
};

/*
 * endpoints: whose packets come from there, and what those of its first host say, so that they need no look at the pins.
 * For a first host that has an IPv6 address the port is 0, which no tunnel is received on.
 */
struct nvi_place {
	struct nvi_peer peer;
	__be32 host;
	__be16 mac[3];
	__be16 port;		/* UDP, that the tunnel is received on */
	__u16 moved;		/* nvi_moved() from the place's address to the VTEP's */
	__u16 zero;
};

/* peers: where its packets go to. Kept when it expires, so that the timestamp is. What a packet needs comes first. */
struct nvi_binding {
	__be32 address;
	__be16 listen;		/* the port that it sends to, and is answered from */
	__be16 port;		/* behind it, as in a UDP header; 0: nowhere */
	__u32 ifindex;		/* the device that its keepalives come by */
	__be32 next_hop;	/* the programs': on the way there, 0: none or more */
	__u64 until;		/* when that is to be asked again, in ticks of the kernel (jiffies) */
	__u16 moved;		/* nvi_moved() from the VTEP's address to this one */
	__u16 zero;
	__u32 rebindings;
	__u64 timestamp;	/* of the last keepalive, ns since 1970 by the peer's clock */
	__u64 heard;		/* when that came, ns since 1970 by ours */
};

/* What is added to the checksum of a header in which the address `from` becomes `to` (RFC 1624, equation 4). */
static inline __attribute__((always_inline)) __u16 nvi_moved(__be32 from, __be32 to)
{
	__u64 sum = (__u64)from + (__u32)~to;

	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)(sum + (sum >> 16));
}

/* pins: what a peer may say that it is, inside the tunnel. */
struct nvi_pin {
	struct nvi_peer peer;
	__u32 address[4];	/* IPv4: the first word */
	__u8 mac[6];
	__u16 ethertype;	/* host order: ETH_P_IP, ETH_P_IPV6 */
	__be16 port;		/* UDP, that the tunnel is received on */
	__u16 zero;
};

/* networks: a VNI that has peers, by the UDP port that it is received on. */
struct nvi_network {
	__u32 vni;
	__be16 port;
	__u16 zero;
};

/* nodes: where else that VNI's packets may come from; whether with right is for the rules behind to say. */
struct nvi_node {
	__u32 vni;
	__be32 address;
};

/* keepalives: one received, not looked into. */
struct nvi_event {
	struct nvi_endpoint from;
	__u32 vni;
	__be16 listen;
	__u16 zero;
	__u32 ifindex;
	__u8 frame[NVI_KEEPALIVE_SIZE];
};

enum nvi_refusal {
	NVI_UNKNOWN_SOURCE,	/* from nobody that is bound, and no node */
	NVI_OTHER_VNI,		/* from a peer, with another VNI than its own, or to another port */
	NVI_WRONG_SOURCE,	/* from a peer, with an inner MAC or address that is not its own */
	NVI_OTHER_PROTOCOL,	/* from a peer, neither IPv4, IPv6 nor ARP */
	NVI_NOT_BOUND,		/* to a peer of which nobody knows where it is */
	NVI_RATE_LIMITED,	/* a keepalive too many */
	NVI_REFUSALS
};

/* refused: by peer; those of nobody have the peer {0, 0}. */
struct nvi_refused {
	__u64 packets[NVI_REFUSALS];
};

/* Keepalives that are handed on, a second: by source, and in all. */
#define NVI_SOURCE_RATE 100
#define NVI_TOTAL_RATE 5000

#endif
