// SPDX-License-Identifier: GPL-2.0-or-later
// Virtual services: public addresses whose packets real servers get as they are, and answer themselves.
#include <algorithm>

#include "gateway/desired/features.hpp"
#include "gateway/desired/naming.hpp"
#include "gateway/net/error.hpp"
#include "gateway/state/names.hpp"
#include "nft/elements.hpp"
#include "services/object.hpp"

namespace nvi::desired {

namespace {

bool is_inside(const tenants::Tenant& tenant, const Address& address) {
    return std::ranges::any_of(tenant.overlay.gateway,
                               [&](const auto& prefix) { return prefix.value.contains(address); });
}

// Of the outer header. A backend inside may be of another family than the underlay; one outside is not
// (check).
Address source_of(const tenants::Gateway& gateway, const tenants::Tenant& tenant, const Address& backend) {
    if (!backend.is_v4() && gateway.source6) return gateway.source6->value;
    if (backend.family() == gateway.underlay.value.family()) return gateway.underlay.value;
    for (const auto& prefix : tenant.overlay.gateway) {
        if (prefix.value.family() == backend.family()) return prefix.value.address();
    }
    return {};
}

state::Backend backend_of(const tenants::Gateway& gateway, const tenants::Tenant& tenant,
                          const tenants::Backend& backend) {
    const Address& address = backend.address.value;
    state::Backend made{
        .address = address, .weight = backend.weight.value, .inside = is_inside(tenant, address)};
    if (made.inside) made.mtu = tunnel_mtu(gateway, tenant);
    made.source = source_of(gateway, tenant, address);
    return made;
}

// What comes in for a backend inside goes on to it, translated to what it is; and its answers leave.
void let_in(const tenants::Tenant& tenant, const Address& backend, const Address& vip, state::State& to) {
    const auto id = tenant.id.value;
    to.nft.elements.push_back(nft::floating_in(id, backend, backend));
    for (const auto& device : {tunnel_device(tenant), state::vrf_name(id)})
        to.nft.elements.push_back(nft::direct(id, device, vip));
}

// IPVS takes what is delivered to this machine. In the local table, not the main one: the kernel sends
// nothing from an address that is not there (__ip_dev_find() in net/ipv4/devinet.c), so clients would never
// hear "fragmentation needed".
state::Route deliver(const tenants::Tenant& tenant, const Address& vip) {
    return {.table = state::kLocalTable,
            .tenant = tenant.id.value,
            .destination = Prefix::host(vip),
            .metric = state::route_metric(tenant.id.value),
            .type = state::RouteType::local,
            .device = "lo"};
}

void add_by_ipvs(const tenants::Tenant& tenant, const state::Service& service, state::State& to) {
    for (const auto& backend : service.backends) {
        if (backend.inside)
            throw Error(
                "tenant " + tenant.name + ": backend " + backend.address.str() + " of " + service.vip.str() +
                " is inside the tenant's network, which IPVS cannot reach: use [services] data-path = "
                "\"xdp\"");
    }
    to.routes.push_back(deliver(tenant, service.vip));
    for (uint32_t port = service.first_port; port <= service.last_port; ++port) {
        auto single = service;
        single.first_port = single.last_port = static_cast<uint16_t>(port);
        for (auto& backend : single.backends) backend.source = {};  // the kernel's choice
        to.services.push_back(std::move(single));
    }
}

}  // namespace

void add_services(const tenants::Gateway& gateway, const tenants::Tenant& tenant, state::State& to) {
    for (const auto& wanted : tenant.services) {
        state::Service service{.vip = wanted.vip.value,
                               .protocol = wanted.protocol.value,
                               .first_port = wanted.ports.value.first,
                               .last_port = wanted.ports.value.last,
                               .tenant = tenant.id.value,
                               .scheduler = static_cast<state::Scheduler>(wanted.scheduler)};
        for (const auto& backend : wanted.backends)
            service.backends.push_back(backend_of(gateway, tenant, backend));
        std::ranges::sort(service.backends);
        if (gateway.data_path == tenants::DataPath::ipvs) {
            service.path = state::DataPath::ipvs;
            add_by_ipvs(tenant, service, to);
            continue;
        }
        for (const auto& backend : service.backends) {
            if (backend.inside) let_in(tenant, backend.address, service.vip, to);
        }
        for (const auto& device : gateway.outside)
            to.programs.push_back({device.value, services::program_version()});
        to.services.push_back(std::move(service));
    }
}

}  // namespace nvi::desired
