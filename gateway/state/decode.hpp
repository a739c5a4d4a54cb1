// SPDX-License-Identifier: GPL-2.0-or-later
// What the decoders share: families and addresses out of messages.
#pragma once

#include <optional>
#include <span>

#include "gateway/net/address.hpp"

namespace nvi::state {

// Of AF_INET and AF_INET6; empty for others.
std::optional<Family> family_of(int af);
// Empty when there are no bytes, or not as many as the family has.
std::optional<Address> address_of(Family family, std::optional<std::span<const uint8_t>> bytes);

}  // namespace nvi::state
