// SPDX-License-Identifier: GPL-2.0-or-later
// Floating addresses: a public address for one private one, both ways.
#include <set>

#include "gateway/desired/features.hpp"
#include "nft/elements.hpp"

namespace nvi::desired {

void add_floating(const tenants::Tenant& tenant, state::State& to) {
    std::set<Address> leave;  // hosts with several leave by the file's first
    for (const auto& floating : tenant.floating) {
        const auto& outer = floating.public_address.value;
        const auto& inner = floating.private_address.value;
        add_public_address(tenant, outer, to);
        to.nft.elements.push_back(nft::floating_in(tenant.id.value, outer, inner));
        if (leave.insert(inner).second)
            to.nft.elements.push_back(nft::floating_out(tenant.id.value, inner, outer));
    }
}

}  // namespace nvi::desired
