// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel has: everything of ours, or one tenant's. The ruleset is observed by nft/.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "gateway/netlink/socket.hpp"
#include "gateway/state/interfaces.hpp"
#include "gateway/state/objects.hpp"

namespace nvi::state {

// Everything but State::nft, sorted. `sysctls`: the paths to read; those that the kernel lacks are left
// out. `interfaces` learns every device. Ten dumps, whatever the number of tenants; the kernel filters
// routes by protocol.
State observe(netlink::Socket& socket, Interfaces& interfaces, std::span<const std::string> sysctls);

// One tenant's links, addresses, routes and neighbours, and what belongs to all: nvi0, rules, sysctls.
// Its cost does not depend on the number of other tenants. Routes to public addresses are looked up for
// the prefixes in `publics` only, and neighbours on devices that tenants share for those in `shared`: what
// the tenant has, had and is to have.
State observe_tenant(netlink::Socket& socket, Interfaces& interfaces, std::span<const std::string> sysctls,
                     TenantId tenant, std::span<const Prefix> publics, std::span<const Neighbour> shared);

// Our unreachable routes of the main table. The kernel walks the whole table for them.
std::vector<Route> observe_unreachables(netlink::Socket& socket, Interfaces& interfaces);

// Whether there are VRFs that are not ours.
bool other_vrfs(netlink::Socket& socket);

}  // namespace nvi::state
