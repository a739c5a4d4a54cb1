/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * NAT virtual interface: netlink attributes and counters of links of kind "nvi".
 */
#ifndef _UAPI_LINUX_IF_NVI_H
#define _UAPI_LINUX_IF_NVI_H

/**
 * enum nvi_mode - where a packet that is routed to the device is received again
 * @NVI_MODE_HUB: in the VRF of table N when its route says "encap ip id N",
 *	in the routing domain of the device itself (the outside) otherwise
 * @NVI_MODE_CLASSIC: on the interface that it first arrived by
 */
enum nvi_mode {
	NVI_MODE_HUB,
	NVI_MODE_CLASSIC,

	/* private: */
	__NVI_MODE_MAX,
#define NVI_MODE_MAX (__NVI_MODE_MAX - 1)
};

/**
 * enum nvi_attr - attributes in IFLA_INFO_DATA
 * @IFLA_NVI_UNSPEC: unused
 * @IFLA_NVI_MODE: u32, one of &enum nvi_mode
 */
enum nvi_attr {
	IFLA_NVI_UNSPEC,
	IFLA_NVI_MODE,

	/* private: */
	__IFLA_NVI_MAX,
#define IFLA_NVI_MAX (__IFLA_NVI_MAX - 1)
};

/**
 * enum nvi_stat - counters, in this order in "ethtool -S" and in
 *	IFLA_INFO_XSTATS: an array of u64 (aligned to four bytes only, as netlink
 *	does) that newer modules may append to
 * @NVI_STAT_INWARD_PACKETS: received again in a VRF
 * @NVI_STAT_INWARD_BYTES: their bytes, from the IP header on
 * @NVI_STAT_OUTWARD_PACKETS: received again in the outside
 * @NVI_STAT_OUTWARD_BYTES: their bytes
 * @NVI_STAT_RETURNED_PACKETS: received again on the interface they came by (classic mode)
 * @NVI_STAT_RETURNED_BYTES: their bytes
 * @NVI_STAT_GSO_PACKETS: crossed whole although longer than a segment
 * @NVI_STAT_DEFERRED_PACKETS: sent by this machine, received by way of the CPU's backlog
 * @NVI_STAT_OFFLOADED_PACKETS: taken by a hook at the device's ingress, that
 *	is by a flowtable; or from a flowtable, and sent to the uplink without
 *	being received again
 * @NVI_STAT_DROP_PROTOCOL: neither IPv4 nor IPv6
 * @NVI_STAT_DROP_HEADER: header truncated or not of its protocol's version
 * @NVI_STAT_DROP_SCOPE: to a multicast, broadcast or link-local address: these do not leave a link
 * @NVI_STAT_DROP_NO_VRF: no VRF with the table that the route's id names
 * @NVI_STAT_DROP_NO_ORIGIN: classic mode, and not received by an interface that still exists
 * @NVI_STAT_DROP_DOWN: the receiving device is down
 * @NVI_STAT_DROP_LOOP: crossed more often than %NVI_MAX_CROSSINGS in a row
 * @NVI_STAT_DROP_MEMORY: no memory for a private copy of the header
 * @NVI_STAT_DROP_BACKLOG: the CPU's backlog was full
 * @NVI_STAT_DROP_HOOK: dropped by a hook at the device's ingress
 * @NVI_STAT_DROP_NO_KEY: received by a port without a tunnel id
 * @NVI_STAT_PORT_PACKETS: received by a port, received again in a VRF
 * @NVI_STAT_PORT_BYTES: their bytes, from the IP header on
 * @NVI_STAT_ANSWERED_PACKETS: questions of ARP and neighbour discovery that a port received
 *	and that were answered
 */
enum nvi_stat {
	NVI_STAT_INWARD_PACKETS,
	NVI_STAT_INWARD_BYTES,
	NVI_STAT_OUTWARD_PACKETS,
	NVI_STAT_OUTWARD_BYTES,
	NVI_STAT_RETURNED_PACKETS,
	NVI_STAT_RETURNED_BYTES,
	NVI_STAT_GSO_PACKETS,
	NVI_STAT_DEFERRED_PACKETS,
	NVI_STAT_OFFLOADED_PACKETS,
	NVI_STAT_DROP_PROTOCOL,
	NVI_STAT_DROP_HEADER,
	NVI_STAT_DROP_SCOPE,
	NVI_STAT_DROP_NO_VRF,
	NVI_STAT_DROP_NO_ORIGIN,
	NVI_STAT_DROP_DOWN,
	NVI_STAT_DROP_LOOP,
	NVI_STAT_DROP_MEMORY,
	NVI_STAT_DROP_BACKLOG,
	NVI_STAT_DROP_HOOK,
	NVI_STAT_DROP_NO_KEY,
	NVI_STAT_PORT_PACKETS,
	NVI_STAT_PORT_BYTES,
	NVI_STAT_ANSWERED_PACKETS,

	/* private: */
	__NVI_STAT_MAX,
#define NVI_STAT_DROP_FIRST NVI_STAT_DROP_PROTOCOL
#define NVI_STAT_DROP_LAST NVI_STAT_DROP_NO_KEY
#define NVI_STAT_MAX (__NVI_STAT_MAX - 1)
};

/* Crossings of one packet, one inside the other, before it is dropped. A
 * packet from one tenant to another needs two.
 */
#define NVI_MAX_CROSSINGS 4

#endif /* _UAPI_LINUX_IF_NVI_H */
