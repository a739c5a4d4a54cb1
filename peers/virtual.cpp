// SPDX-License-Identifier: GPL-2.0-or-later
// Virtual VTEP addresses and MACs of peers.
#include "peers/virtual.hpp"

#include <array>

namespace nvi::peers {

Address vtep_of(const Prefix& range, const Address& host) {
    const Address first = range.first();
    const Address last = range.last();
    std::array<uint8_t, 4> bytes{};
    for (size_t i = 0; i < bytes.size(); ++i) {
        const auto own =
            static_cast<uint8_t>(first.bytes()[i] ^ last.bytes()[i]);  // the bits not the range's
        bytes[i] = static_cast<uint8_t>(first.bytes()[i] | (host.bytes()[i] & own));
    }
    return Address::from_bytes(Family::v4, bytes);
}

Mac mac_of(const Address& host) {
    const auto bytes = host.bytes();
    return Mac({0x02, 0x4e, bytes[0], bytes[1], bytes[2], bytes[3]});
}

}  // namespace nvi::peers
