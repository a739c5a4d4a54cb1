// SPDX-License-Identifier: GPL-2.0-or-later
// Routes as rtnetlink messages, marked with rtm_protocol.
#pragma once

#include <optional>

#include "gateway/netlink/attributes.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/state/interfaces.hpp"
#include "gateway/state/objects.hpp"

namespace nvi::state {

// Refused by the kernel (EEXIST) when any route of the same key is there, a foreign one too.
netlink::Message add(const Route& route, Interfaces& interfaces);
// In place of the route of the same key, without a moment in which there is none. The kernel does not
// look whose it is: only for routes that were observed to be ours.
netlink::Message replace(const Route& route, Interfaces& interfaces);
// Names protocol, type, metric and device, so that it hits no other route.
netlink::Message remove(const Route& route, Interfaces& interfaces);

// For a dump of our routes: all tables, or one. A table that does not exist is refused with ENOENT.
netlink::Message get_routes(Family family, uint32_t table = 0);
// A dump of ours in the main table that are unreachable: the public prefixes. A lookup never finds one,
// its answer is the error that the route stands for.
netlink::Message get_unreachables(Family family);
// The route that the kernel would take for the prefix's first address (fib_match): it may be another's
// or a wider one.
netlink::Message get_route(const Prefix& destination);
// Empty when it is not ours.
std::optional<Route> decode_route(const netlink::MessageView& message, Interfaces& interfaces);

}  // namespace nvi::state
