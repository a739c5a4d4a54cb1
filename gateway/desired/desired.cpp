// SPDX-License-Identifier: GPL-2.0-or-later
// From what the operator wrote to the kernel objects that make it so.
#include "gateway/desired/desired.hpp"

#include <algorithm>

#include "gateway/desired/features.hpp"
#include "gateway/state/names.hpp"
#include "nft/elements.hpp"

namespace nvi::desired {

namespace {

// A tenant's receiving device is what its VRF has for a port: each is one tenant's own, which a flowtable,
// whose key knows neither zone nor tunnel id, depends on. One that tenants share is nvi0's port, and never
// there.
void add_offload(const Offload& offload, state::State& to) {
    if (!offload.on) return;
    for (auto& link : to.links) {
        if (link.master.empty() || link.tenant == 0) continue;
        to.nft.flow_devices.push_back(link.name);
        if (offload.drop_metadata) link.drop_metadata = true;
        if (!offload.drop_metadata) continue;
        for (const Family family : {Family::v4, Family::v6}) to.filters.push_back({family});
    }
}

// Sorted, and every object once: two features of a tenant may ask for the same one.
void finish(state::State& state) {
    state.sort();
    auto unique = [](auto& objects) {
        objects.erase(std::unique(objects.begin(), objects.end()), objects.end());
    };
    unique(state.rules);
    unique(state.routes);
    unique(state.neighbours);
    unique(state.programs);
    unique(state.nft.elements);
    unique(state.filters);
    unique(state.nft.flow_devices);
}

void add_tenant(const tenants::Gateway& gateway, const tenants::Tenant& tenant, state::State& to) {
    add_overlay(gateway, tenant, to);
    add_floating(tenant, to);
    add_snat(tenant, to);
    add_forwards(tenant, to);
    add_prefixes(tenant, to);
    add_peerings(tenant, to);
    add_firewall(tenant, to);
    add_limits(tenant, to);
    add_services(gateway, tenant, to);
}

}  // namespace

void add_elements(const std::vector<nft::Element>& elements, state::State& to) {
    to.nft.elements.insert(to.nft.elements.end(), elements.begin(), elements.end());
}

void add_public_address(const tenants::Tenant& tenant, const Address& address, state::State& to) {
    to.routes.push_back({.table = state::kMainTable,
                         .tenant = tenant.id.value,
                         .destination = Prefix::host(address),
                         .metric = state::route_metric(tenant.id.value),
                         .device = state::kNviName,
                         .encap = state::Encap{.id = tenant.id.value}});
    add_elements(nft::bound(tenant.id.value, address), to);
}

state::State frame(const tenants::Gateway& gateway, const Offload& offload) {
    state::State state;
    add_frame(gateway, offload, state);
    finish(state);
    return state;
}

state::State tenant(const tenants::Gateway& gateway, const tenants::Tenant& tenant, const Offload& offload) {
    state::State state;
    add_tenant(gateway, tenant, state);
    add_offload(offload, state);
    finish(state);
    return state;
}

state::State desired(const tenants::Config& config, const Offload& offload) {
    state::State state;
    add_frame(config.gateway, offload, state);
    // What a usual tenant has: growing by copying would touch twice the memory.
    const size_t tenants = config.tenants.size();
    state.links.reserve(2 * tenants + 1);
    state.addresses.reserve(tenants);
    state.routes.reserve(8 * tenants);
    state.nft.elements.reserve(12 * tenants);
    for (const auto& [name, tenant] : config.tenants) add_tenant(config.gateway, tenant, state);
    add_offload(offload, state);
    finish(state);
    return state;
}

}  // namespace nvi::desired
