// SPDX-License-Identifier: GPL-2.0-or-later
// Connections that must end because what they go by was taken away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "gateway/apply/diff.hpp"
#include "gateway/net/address.hpp"
#include "gateway/netlink/socket.hpp"

namespace nvi::apply {

// conntrack remembers a translation as long as packets come: without this, who lost an address could go
// on using it.
struct Ended {
    std::set<uint32_t> zones;                        // of tenants that are gone
    std::set<std::pair<uint32_t, Address>> publics;  // zone and public address
    std::set<uint32_t> judged;                       // of tenants whose firewall is another now
    // Between two ranges of addresses of a zone, as they are: of a peering, or of a public prefix.
    struct Between {
        uint32_t zone{};
        Address first_source, last_source;
        Address first_destination, last_destination;
    };
    std::vector<Between> between;
    bool empty() const { return zones.empty() && publics.empty() && judged.empty() && between.empty(); }
};

// What the removed and changed nft elements end; those of a firewall, what it denies now.
Ended ended(const Changes<nft::Element>& changes);

// Deletes these entries of conntrack and says how many. One dump of the table, only if there is anything
// to end. Not CT_DELETE with a zone: older kernels overlook the zone and flush everything.
// `desired`: what is in force now, for those that are judged.
size_t end_connections(netlink::Socket& netfilter, const Ended& ended, const state::State& desired);

}  // namespace nvi::apply
