// SPDX-License-Identifier: GPL-2.0-or-later
// Interface addresses as rtnetlink messages. Marked with IFA_PROTO (since Linux 5.18).
#pragma once

#include <optional>

#include "gateway/netlink/attributes.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/state/interfaces.hpp"
#include "gateway/state/objects.hpp"

namespace nvi::state {

// Without the prefix's route: the VRF's table has one of ours instead. IPv6: usable at once (no
// duplicate address detection: the tunnel's other ends are not on one link).
netlink::Message add(const InterfaceAddress& address, Interfaces& interfaces);
// With its last IPv4 address a device loses its IPv4 routes and neighbours: add the new one first.
netlink::Message remove(const InterfaceAddress& address, Interfaces& interfaces);

// For a dump; of one device only when the index is not 0.
netlink::Message get_addresses(Family family, uint32_t index = 0);
// Empty when it is not ours.
std::optional<InterfaceAddress> decode_address(const netlink::MessageView& message, Interfaces& interfaces);

}  // namespace nvi::state
