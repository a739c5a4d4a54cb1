// SPDX-License-Identifier: GPL-2.0-or-later
// What conntrack counts of itself.
#pragma once

#include <cstdint>

#include "gateway/netlink/socket.hpp"

namespace nvi::flows {

// First packets that were dropped as no other connection may have the same addresses and ports, since the
// machine came up: no port was left for them. Of the network namespace, of all zones. NETLINK_NETFILTER
// socket; throws Error.
uint64_t without_port(netlink::Socket& netfilter);

}  // namespace nvi::flows
