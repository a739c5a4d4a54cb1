// SPDX-License-Identifier: GPL-2.0-or-later
// Which devices are in our flowtable.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/netlink/socket.hpp"

namespace nvi::nft {

// As the kernel lists the flowtable; empty when it does not, which is so without one and with more
// devices than fit a message (some two thousand).
std::optional<std::vector<std::string>> listed_flow_devices(netlink::Socket& socket);
// The same, of those of the candidates that it has.
std::optional<std::vector<std::string>> listed_flow_devices(netlink::Socket& socket,
                                                            const std::vector<std::string>& candidates);

// Those of the candidates that a flowtable has its hook on, whatever their number, sorted. A device that does
// not exist has none. Empty when the kernel cannot list hooks (CONFIG_NETFILTER_NETLINK_HOOK). `likely`,
// sorted: those that are believed to have one, and are asked about one by one; of the others many with one
// datagram. A belief that was wrong costs a second question.
std::optional<std::vector<std::string>> hooked_flow_devices(netlink::Socket& socket,
                                                            const std::vector<std::string>& candidates,
                                                            const std::vector<std::string>& likely);

}  // namespace nvi::nft
