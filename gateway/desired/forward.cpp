// SPDX-License-Identifier: GPL-2.0-or-later
// Forwards: one public address, protocol and port for one private address and port.
#include "gateway/desired/features.hpp"
#include "nft/elements.hpp"

namespace nvi::desired {

void add_forwards(const tenants::Tenant& tenant, state::State& to) {
    for (const auto& forward : tenant.forwards) {
        add_public_address(tenant, forward.public_address.value, to);
        to.nft.elements.push_back(nft::forward(tenant.id.value, forward.protocol.value,
                                               forward.public_address.value, forward.public_port,
                                               forward.private_address.value, forward.private_port));
    }
}

}  // namespace nvi::desired
