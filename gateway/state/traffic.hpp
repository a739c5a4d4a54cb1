// SPDX-License-Identifier: GPL-2.0-or-later
// What tenants sent and got, as the kernel counts it: by their tunnels' devices, and by conntrack.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "gateway/netlink/socket.hpp"
#include "gateway/state/objects.hpp"

namespace nvi::state {

struct Count {
    uint64_t packets{};
    uint64_t bytes{};
    Count& operator+=(const Count& other) {
        packets += other.packets;
        bytes += other.bytes;
        return *this;
    }
};

// Of the tunnel devices of one tenant (struct rtnl_link_stats64), offloaded packets included; bytes are of
// the inner Ethernet frames. Since the devices were made.
struct TunnelTraffic {
    bool own = false;   // false: by a device that tenants share, which counts for all
    std::string alias;  // of the device: Link::alias
    Count from_tenant;
    Count to_tenant;
    uint64_t dropped{};  // by the devices: rx_dropped and tx_dropped
    uint64_t errors{};   // a packet that could not be sent: no route to the node, a wrong checksum
};

// NETLINK_ROUTE socket. One dump, or one lookup by name for each kind of device. A tenant without a VRF
// is not in the map.
std::map<TenantId, TunnelTraffic> tunnel_traffic(netlink::Socket& route, std::optional<TenantId> only);

// The connections of one zone that conntrack knows now.
struct ConnectionTraffic {
    uint64_t connections{};
    uint64_t offloaded{};  // of them: in a flowtable (IPS_OFFLOAD, IPS_HW_OFFLOAD)
    bool counted = false;  // net.netfilter.nf_conntrack_acct: without it the two are 0
    Count original;        // in the direction of the first packet
    Count reply;
};

// NETLINK_NETFILTER socket. One dump; kernels since 6.8 give those of one zone alone when asked for them.
// Without conntrack over netlink: nothing.
std::map<TenantId, ConnectionTraffic> connection_traffic(netlink::Socket& netfilter,
                                                         std::optional<TenantId> only);

}  // namespace nvi::state
