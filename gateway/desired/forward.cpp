// SPDX-License-Identifier: GPL-2.0-or-later
// Forwards: ports of a public address for ports of a private one, or for one.
#include "gateway/desired/features.hpp"
#include "nft/elements.hpp"

namespace nvi::desired {

void add_forwards(const tenants::Tenant& tenant, state::State& to) {
    for (const auto& forward : tenant.forwards) {
        add_public_address(tenant, forward.public_address.value, to);
        // An element for each port: their number is bounded (check.cpp), the lookup is one hash.
        const bool each = forward.private_ports.size() > 1;
        for (uint32_t i = 0; i < forward.public_ports.size(); ++i) {
            const auto outer = static_cast<uint16_t>(forward.public_ports.first + i);
            const auto inner = static_cast<uint16_t>(forward.private_ports.first + (each ? i : 0));
            to.nft.elements.push_back(nft::forward(tenant.id.value, forward.protocol.value,
                                                   forward.public_address.value, outer,
                                                   forward.private_address.value, inner));
        }
    }
}

}  // namespace nvi::desired
