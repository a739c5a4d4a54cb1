// SPDX-License-Identifier: GPL-2.0-or-later
// Permanent neighbours as rtnetlink messages, marked with NDA_PROTOCOL.
#pragma once

#include <optional>

#include "gateway/netlink/attributes.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/state/interfaces.hpp"
#include "gateway/state/objects.hpp"

namespace nvi::state {

// Adds it, or changes what is known of this address, learnt or permanent.
netlink::Message replace(const Neighbour& neighbour, Interfaces& interfaces);
netlink::Message remove(const Neighbour& neighbour, Interfaces& interfaces);

// For a dump; of one device only when the index is not 0.
netlink::Message get_neighbours(Family family, uint32_t index = 0);
// Empty when it is not ours or no longer permanent.
// One, by its device and address.
netlink::Message get_neighbour(const Neighbour& neighbour, Interfaces& interfaces);
std::optional<Neighbour> decode_neighbour(const netlink::MessageView& message, Interfaces& interfaces);

}  // namespace nvi::state
