// SPDX-License-Identifier: GPL-2.0-or-later
// What a tenant may take of the machine.
#include "gateway/desired/features.hpp"
#include "nft/elements.hpp"

namespace nvi::desired {

void add_limits(const tenants::Tenant& tenant, state::State& to) {
    const auto id = tenant.id.value;
    const auto& most = tenant.limits.connections;
    if (most) to.nft.elements.push_back(nft::most_connections(id, most->value));
    // To count what is refused costs a walk over what there is: so it is bounded, too.
    if (const auto& limit = tenant.limits.new_connections ? tenant.limits.new_connections : most) {
        to.nft.elements.push_back(nft::most_new_connections(id, limit->value));
    }
    // Of all tenants: with the sysctls of frame.cpp, what one may keep waiting is a tenth of what there is
    // room for.
    constexpr uint32_t kFragments = 1000;
    for (auto link = to.links.rbegin(); link != to.links.rend() && link->tenant == id; ++link) {
        if (tenant.overlay.is_shared() || !link->master.empty())
            to.nft.elements.push_back(nft::most_fragments(id, link->name, kFragments));
    }
    if (!tenant.limits.by_packet()) return;
    constexpr uint64_t kBitsAByte = 8;
    to.nft.elements.push_back(nft::limited(id));
    if (const auto& limit = tenant.limits.rate_in) {
        to.nft.elements.push_back(nft::most_bytes(id, true, limit->value.value / kBitsAByte));
    }
    if (const auto& limit = tenant.limits.rate_out) {
        to.nft.elements.push_back(nft::most_bytes(id, false, limit->value.value / kBitsAByte));
    }
    if (const auto& limit = tenant.limits.packets_in) {
        to.nft.elements.push_back(nft::most_packets(id, true, limit->value));
    }
    if (const auto& limit = tenant.limits.packets_out) {
        to.nft.elements.push_back(nft::most_packets(id, false, limit->value));
    }
}

}  // namespace nvi::desired
