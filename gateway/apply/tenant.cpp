// SPDX-License-Identifier: GPL-2.0-or-later
// Changing one tenant without looking at the others.
#include "gateway/apply/tenant.hpp"

#include <algorithm>

#include "gateway/desired/desired.hpp"
#include "gateway/state/kind.hpp"

namespace nvi::apply {

namespace {

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

state::State only(const state::State& state, state::TenantId tenant) {
    state::State part;
    const auto copy = [&](const auto& from, auto& to) {
        std::ranges::copy_if(from, std::back_inserter(to),
                             [&](const auto& object) { return object.tenant == tenant; });
    };
    copy(state.links, part.links);
    copy(state.addresses, part.addresses);
    copy(state.routes, part.routes);
    copy(state.neighbours, part.neighbours);
    copy(state.services, part.services);
    copy(state.steerings, part.steerings);
    copy(state.destinations, part.destinations);
    copy(state.nft.elements, part.nft.elements);
    part.nft.frame = state.nft.frame;
    std::ranges::copy_if(state.nft.flow_devices, std::back_inserter(part.nft.flow_devices),
                         [&](const std::string& device) {
                             const auto named = state::kind_named(device);
                             return named && named->tenant == tenant;
                         });
    part.foreign = state.foreign;
    return part;
}

Outcome apply_tenant(Kernel& kernel, const tenants::Gateway& gateway, const tenants::Tenant& tenant,
                     const tenants::Tenant* former, const Progress& progress) {
    const auto offload = offload_here(gateway);
    auto desired = desired::frame(gateway, offload);
    const auto its = desired::tenant(gateway, tenant, offload);
    append(desired.rules, its.rules);
    append(desired.links, its.links);
    append(desired.addresses, its.addresses);
    append(desired.routes, its.routes);
    append(desired.neighbours, its.neighbours);
    append(desired.services, its.services);
    append(desired.steerings, its.steerings);
    append(desired.destinations, its.destinations);
    append(desired.programs, its.programs);
    append(desired.filters, its.filters);
    append(desired.nft.elements, its.nft.elements);
    append(desired.nft.flow_devices, its.nft.flow_devices);
    desired.sort();
    const auto before = former == nullptr ? state::State{} : desired::tenant(gateway, *former, offload);
    const auto observe = [&] { return kernel.observe_tenant(tenant.id.value, desired, before); };
    return apply(kernel, desired, observe, {{tenant.id.value, tenant.name}}, progress);
}

Outcome remove_tenant(Kernel& kernel, const tenants::Gateway& gateway, const tenants::Tenant& tenant,
                      const Progress& progress) {
    const auto former = desired::tenant(gateway, tenant, offload_here(gateway));
    state::State desired;
    const auto observe = [&] {
        auto current = only(kernel.observe_tenant(tenant.id.value, {}, former), tenant.id.value);
        // The frame is nobody's here: whatever it is, it stays.
        desired.nft.frame = current.nft.frame;
        return current;
    };
    return apply(kernel, desired, observe, {{tenant.id.value, tenant.name}}, progress);
}

}  // namespace nvi::apply
