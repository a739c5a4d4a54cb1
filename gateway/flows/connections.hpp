// SPDX-License-Identifier: GPL-2.0-or-later
// Connections of tenants, as conntrack knows them: a tenant's are those of its zone.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "gateway/net/address.hpp"
#include "gateway/netlink/socket.hpp"

namespace nvi::flows {

struct Endpoint {
    Address address;
    uint16_t port{};  // 0 for protocols without
    auto operator<=>(const Endpoint&) const = default;
    std::string str() const;  // "10.0.0.7:80", "[fd00::7]:80", "10.0.0.7"
};

struct Count {
    uint64_t packets{};
    uint64_t bytes{};  // from the IP header on
};

struct Connection {
    uint32_t zone{};  // the tenant's id
    uint8_t protocol{};
    Endpoint source, destination;              // of its first packet, as it came
    Endpoint reply_source, reply_destination;  // of the answers, as they come: what NAT made of the two
    std::string state;                         // "ESTABLISHED": TCP only
    uint32_t timeout{};                        // seconds; of an offloaded one the flowtable's is another
    bool offloaded{};                          // in a flowtable
    // Forwarded by the flowtable too; zero while net.netfilter.nf_conntrack_acct is 0.
    Count original, reply;

    auto key() const {
        return std::tie(zone, protocol, source, destination, reply_source, reply_destination);
    }
};

// Of one zone, or of all but zone 0, which is not ours. Sorted by key. NETLINK_NETFILTER socket; throws
// Error.
std::vector<Connection> connections(netlink::Socket& netfilter, std::optional<uint32_t> zone);

}  // namespace nvi::flows
