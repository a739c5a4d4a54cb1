// SPDX-License-Identifier: GPL-2.0-or-later
// SNAT pools: a private prefix leaves by public addresses and their ports.
#include "gateway/desired/features.hpp"
#include "gateway/state/names.hpp"
#include "nft/elements.hpp"
#include "tenants/blocks.hpp"

namespace nvi::desired {

namespace {

// Protocols without ports leave by the address that the block is of.
void add_blocks(const tenants::Tenant& tenant, const tenants::Snat& snat, state::State& to) {
    const auto id = tenant.id.value;
    const auto device = state::vrf_name(id);
    const uint32_t count = tenants::source_count(snat);
    auto first = tenants::block_of(snat, 0);
    for (uint32_t number = 0; number < count; ++number) {
        const auto block = tenants::block_of(snat, number);
        add_elements(
            nft::snat_block(id, device, block.source, block.address, block.ports.first, block.ports.last),
            to);
        const bool last = number + 1 == count;
        if (!last && tenants::block_of(snat, number + 1).address == first.address) continue;
        to.nft.elements.push_back(nft::snat_portless(id, device, first.source, block.source, block.address));
        if (!last) first = tenants::block_of(snat, number + 1);
    }
}

}  // namespace

void add_snat(const tenants::Tenant& tenant, state::State& to) {
    const auto id = tenant.id.value;
    for (const auto& snat : tenant.snat) {
        std::vector<Address> pool;
        for (const auto& address : snat.to) {
            add_public_address(tenant, address.value, to);
            pool.push_back(address.value);
        }
        if (snat.block) {
            add_blocks(tenant, snat, to);
        } else if (snat.ports) {
            const auto& ports = snat.ports->value;
            for (const auto& share : tenants::shares(snat)) {
                to.nft.elements.push_back(nft::snat_ports(id, state::vrf_name(id), share.first, share.last,
                                                          share.address, ports.first, ports.last));
            }
        } else {
            add_elements(nft::snat(id, snat.from.value, pool), to);
        }
    }
}

}  // namespace nvi::desired
