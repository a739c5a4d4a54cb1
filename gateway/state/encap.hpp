// SPDX-License-Identifier: GPL-2.0-or-later
// Lightweight-tunnel state of routes: what is inside RTA_ENCAP.
#pragma once

#include <cstdint>
#include <optional>

#include "gateway/netlink/attributes.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/state/objects.hpp"

namespace nvi::state {

// LWTUNNEL_ENCAP_IP or LWTUNNEL_ENCAP_IP6, by the node's family; the former without a node.
uint16_t encap_type(const Encap& encap);
const netlink::Policy& encap_policy();
void put_encap(netlink::Message& message, const Encap& encap);
// Empty for another type, or with settings that ours never have.
std::optional<Encap> decode_encap(uint16_t type, const netlink::Attributes& attributes);

}  // namespace nvi::state
