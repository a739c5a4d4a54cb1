// SPDX-License-Identifier: GPL-2.0-or-later
// What the decoders share.
#include "gateway/state/decode.hpp"

#include <sys/socket.h>

namespace nvi::state {

std::optional<Family> family_of(int af) {
    if (af == AF_INET) return Family::v4;
    if (af == AF_INET6) return Family::v6;
    return std::nullopt;
}

std::optional<Address> address_of(Family family, std::optional<std::span<const uint8_t>> bytes) {
    if (!bytes || bytes->size() != (family == Family::v4 ? 4 : 16)) return std::nullopt;
    return Address::from_bytes(family, *bytes);
}

}  // namespace nvi::state
