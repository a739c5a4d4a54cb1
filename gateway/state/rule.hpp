// SPDX-License-Identifier: GPL-2.0-or-later
// Policy rules as rtnetlink messages, marked with FRA_PROTOCOL.
#pragma once

#include <optional>

#include "gateway/netlink/attributes.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/state/objects.hpp"

namespace nvi::state {

// A foreign rule is made as the kernel makes its own: "local" at 0 is given back so.
netlink::Message add(const Rule& rule);
// Names the protocol unless the rule is a foreign one, so that it hits no other.
netlink::Message remove(const Rule& rule);

netlink::Message get_rules(Family family);  // for a dump
// Ours, and foreign ones for all packets that look up l3mdev or the local table. Empty for others.
std::optional<Rule> decode_rule(const netlink::MessageView& message);

}  // namespace nvi::state
