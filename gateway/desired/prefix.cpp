// SPDX-License-Identifier: GPL-2.0-or-later
// Public prefixes, which the tenant's hosts have themselves; and peerings: this tenant's half of the way to
// another one, of which a packet needs both.
#include "gateway/desired/features.hpp"
#include "gateway/state/names.hpp"
#include "nft/elements.hpp"

namespace nvi::desired {

void add_prefixes(const tenants::Tenant& tenant, state::State& to) {
    const auto id = tenant.id.value;
    for (const auto& each : tenant.prefixes) {
        to.routes.push_back({.table = state::kMainTable,
                             .tenant = id,
                             .destination = each.prefix.value,
                             .metric = state::route_metric(id),
                             .device = state::kNviName,
                             .encap = state::Encap{.id = id}});
        add_elements(nft::routed(id, each.prefix.value), to);
    }
}

void add_peerings(const tenants::Tenant& tenant, state::State& to) {
    const auto id = tenant.id.value;
    for (const auto& peering : tenant.peerings) {
        for (const auto& remote : peering.remote) {
            to.routes.push_back({.table = id,
                                 .tenant = id,
                                 .destination = remote.value,
                                 .metric = state::route_metric(id),
                                 .device = state::kNviName,
                                 .encap = state::Encap{.id = peering.id.value}});
            for (const auto& local : peering.local) {
                if (local.value.family() != remote.value.family()) continue;
                add_elements(nft::peering(id, peering.id.value, local.value, remote.value), to);
            }
        }
    }
}

}  // namespace nvi::desired
