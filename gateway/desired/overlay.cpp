// SPDX-License-Identifier: GPL-2.0-or-later
// How a tenant is reached: its VRF, its tunnel device, the routes to its hosts.
#include <algorithm>

#include "gateway/desired/features.hpp"
#include "gateway/desired/naming.hpp"
#include "gateway/net/error.hpp"
#include "gateway/state/names.hpp"
#include "nft/elements.hpp"

namespace nvi::desired {

namespace {

using state::RouteType;

// Outer IPv4 (20), GRE with a key (8) and the inner Ethernet header (14).
constexpr uint32_t kGretapOverhead = 42;

// The one rule that VRFs need, of all of them together; where the VRF driver puts it.
constexpr uint32_t kL3mdevPriority = 1000;

void add_links(const tenants::Gateway& gateway, const tenants::Tenant& tenant, state::State& to) {
    const auto id = tenant.id.value;
    to.links.push_back(
        {.name = state::vrf_name(id), .tenant = id, .kind = state::VrfLink{id}, .alias = alias(tenant.name)});
    to.links.push_back({.name = state::gretap_name(id),
                        .tenant = id,
                        .kind = state::GretapLink{tenant.overlay.key.value, gateway.underlay.value},
                        .master = state::vrf_name(id),
                        .mac = tunnel_mac(id),
                        .mtu = gateway.underlay_mtu - kGretapOverhead,
                        .alias = alias(tenant.name)});
    to.nft.elements.push_back(nft::zone(state::vrf_name(id), id));
    to.nft.elements.push_back(nft::zone(state::gretap_name(id), id));
}

// What a VRF holds whatever its tenant says.
void add_defaults(const tenants::Tenant& tenant, state::State& to) {
    const auto id = tenant.id.value;
    const bool has_v6 = std::ranges::any_of(
        tenant.overlay.gateway, [](const auto& prefix) { return prefix.value.family() == Family::v6; });
    for (const Family family : {Family::v4, Family::v6}) {
        to.rules.push_back({.family = family, .priority = kL3mdevPriority, .l3mdev = true});
        // Nothing ever falls through to the main table, nvi0 up or not.
        to.routes.push_back({.table = id,
                             .tenant = id,
                             .destination = Prefix::any(family),
                             .metric = state::fallback_metric(id),
                             .type = RouteType::unreachable});
        if (family == Family::v6 && !has_v6) continue;
        // Without an encap: received again in the outside.
        to.routes.push_back({.table = id,
                             .tenant = id,
                             .destination = Prefix::any(family),
                             .metric = state::route_metric(id),
                             .device = state::kNviName});
    }
}

void add_prefix(const tenants::Tenant& tenant, const Prefix& prefix, state::State& to) {
    const auto id = tenant.id.value;
    to.addresses.push_back({.device = state::gretap_name(id), .tenant = id, .address = prefix});
    // A host that no file lists is answered at once, never asked for on the internet.
    if (prefix.is_host()) return;
    to.routes.push_back({.table = id,
                         .tenant = id,
                         .destination = prefix.network(),
                         .metric = state::route_metric(id),
                         .type = RouteType::unreachable});
}

void add_host(const tenants::Tenant& tenant, const tenants::Host& host, state::State& to) {
    const auto id = tenant.id.value;
    const auto& address = host.address.value;
    to.routes.push_back(
        {.table = id,
         .tenant = id,
         .destination = Prefix::host(address),
         .device = state::gretap_name(id),
         .encap = state::Encap{.id = tenant.overlay.key.value, .node = host.node.value, .key_flag = true}});
    if (host.mac) {
        to.neighbours.push_back(
            {.device = state::gretap_name(id), .tenant = id, .address = address, .mac = host.mac->value});
    }
    to.nft.elements.push_back(nft::node(id, host.node.value, tenant.overlay.key.value));
}

}  // namespace

void add_overlay(const tenants::Gateway& gateway, const tenants::Tenant& tenant, state::State& to) {
    if (tenant.overlay.type != tenants::OverlayType::gretap) {
        throw Error("tenant " + tenant.name + ": overlay vxlan is not supported yet; use gretap");
    }
    add_links(gateway, tenant, to);
    add_defaults(tenant, to);
    for (const auto& prefix : tenant.overlay.gateway) add_prefix(tenant, prefix.value, to);
    for (const auto& host : tenant.hosts) add_host(tenant, host, to);
}

}  // namespace nvi::desired
