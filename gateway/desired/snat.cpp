// SPDX-License-Identifier: GPL-2.0-or-later
// SNAT pools: a private prefix leaves by public addresses and their ports.
#include "gateway/desired/features.hpp"
#include "nft/elements.hpp"

namespace nvi::desired {

void add_snat(const tenants::Tenant& tenant, state::State& to) {
    for (const auto& snat : tenant.snat) {
        std::vector<Address> pool;
        for (const auto& address : snat.to) {
            add_public_address(tenant, address.value, to);
            pool.push_back(address.value);
        }
        add_elements(nft::snat(tenant.id.value, snat.from.value, pool), to);
    }
}

}  // namespace nvi::desired
