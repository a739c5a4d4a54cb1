// SPDX-License-Identifier: GPL-2.0-or-later
// How a tenant is reached: its VRF, its tunnel device, the routes to its hosts.
#include <algorithm>
#include <optional>

#include "gateway/desired/features.hpp"
#include "gateway/desired/naming.hpp"
#include "gateway/net/error.hpp"
#include "gateway/state/names.hpp"
#include "nft/elements.hpp"

namespace nvi::desired {

namespace {

using state::RouteType;

// How a tenant's tunnel device is made and used.
struct Tunnel {
    std::string device;
    state::LinkKind kind;
    std::optional<state::Encap> encap;  // of the routes to its hosts, but for the node
    bool shared = false;                // the gateway's, not the tenant's
};

Tunnel shared_tunnel(const tenants::Gateway& gateway, const tenants::Tenant& tenant) {
    const auto& local = gateway.underlay.value;
    const bool vxlan = tenant.overlay.type.value == tenants::OverlayType::vxlan;
    return {.device = vxlan ? state::kSharedVxlanName : state::kSharedGretapName,
            .kind = {},
            .encap = state::Encap{.id = tenant.overlay.key.value,
                                  .key_flag = !vxlan,
                                  .source = local,
                                  .checksum = vxlan && !local.is_v4()},
            .shared = true};
}

Tunnel tunnel_of(const tenants::Gateway& gateway, const tenants::Tenant& tenant) {
    const auto key = tenant.overlay.key.value;
    const auto& local = gateway.underlay.value;
    if (tenant.overlay.is_shared()) return shared_tunnel(gateway, tenant);
    auto device = tunnel_device(tenant);
    const auto lower = gateway.underlay_device ? gateway.underlay_device->value : std::string();
    switch (tenant.overlay.type.value) {
        case tenants::OverlayType::gretap:
            return {device, state::GretapLink{key, local, lower}, state::Encap{.id = key, .key_flag = true}};
        case tenants::OverlayType::vxlan:
            return {device, state::VxlanLink{key, local, tenant.overlay.listens_at()},
                    state::Encap{.id = key, .source = local, .checksum = !local.is_v4()}};
        case tenants::OverlayType::gre:
            return {device, state::GreLink{key, local, lower}, {}};
        case tenants::OverlayType::ipip:
            // Refused by check when there is no host.
            return {device,
                    state::SitLink{local, tenant.hosts.empty() ? Address() : tenant.hosts.front().node.value},
                    {}};
    }
    throw Error("tenant " + tenant.name + ": an overlay of no known type");
}

// The one rule that VRFs need, of all of them together; where the VRF driver puts it.
constexpr uint32_t kL3mdevPriority = 1000;

bool has_v6(const tenants::Tenant& tenant) {
    return std::ranges::any_of(tenant.overlay.gateway,
                               [](const auto& prefix) { return prefix.value.family() == Family::v6; });
}

bool by_map(const tenants::Tenant& tenant) {
    return tenant.overlay.destinations.value == tenants::Destinations::map;
}

void add_links(const tenants::Gateway& gateway, const tenants::Tenant& tenant, const Tunnel& tunnel,
               state::State& to) {
    const auto id = tenant.id.value;
    const bool ethernet = tenants::is_ethernet(tenant.overlay.type.value);
    const uint32_t mtu = tunnel_mtu(gateway, tenant);
    to.links.push_back(
        {.name = state::vrf_name(id), .tenant = id, .kind = state::VrfLink{id}, .alias = alias(tenant.name)});
    if (!tunnel.shared)
        to.links.push_back(
            {.name = tunnel.device,
             .tenant = id,
             .kind = tunnel.kind,
             .master = state::vrf_name(id),
             .mac = ethernet ? std::optional(tunnel_mac(id)) : std::nullopt,
             .mtu = mtu,
             .alias = alias(tenant.name),
             // Neighbour discovery asks with a link-local address.
             .ipv6_autoconf = ethernet && has_v6(tenant),
             // The program that steers has a queueing discipline in any case, and the kernel changes
             // the block of none that is there: this one has it, whether offload fills it or not.
             .drop_metadata = by_map(tenant)});
    for (const Family family : {Family::v4, Family::v6}) {
        const uint32_t headers = (family == Family::v4 ? 20 : 40) + 20;  // IP and TCP, without options
        to.nft.elements.push_back(nft::mss(id, family, static_cast<uint16_t>(mtu - headers)));
    }
    to.nft.elements.push_back(nft::zone(state::vrf_name(id), id));
    if (tunnel.shared) {
        to.nft.elements.push_back(nft::shared_zone(state::vrf_name(id), id));
        if (tenant.overlay.type.value == tenants::OverlayType::gretap)
            to.nft.elements.push_back(nft::shared_key(id, tenant.overlay.key.value));
        // A packet that is not offloaded passes the forward hook, as those of limited tenants do.
        to.nft.elements.push_back(nft::limited(id));
    } else {
        to.nft.elements.push_back(nft::zone(tunnel.device, id));
    }
    if (tenant.overlay.type.value == tenants::OverlayType::vxlan) {
        to.nft.elements.push_back(nft::vxlan_vni(id, tenant.overlay.listens_at(), tenant.overlay.key.value));
    }
}

// What a VRF holds whatever its tenant says.
void add_defaults(const tenants::Tenant& tenant, state::State& to) {
    const auto id = tenant.id.value;
    for (const Family family : {Family::v4, Family::v6}) {
        to.rules.push_back({.family = family, .priority = kL3mdevPriority, .l3mdev = true});
        // Nothing ever falls through to the main table, nvi0 up or not.
        to.routes.push_back({.table = id,
                             .tenant = id,
                             .destination = Prefix::any(family),
                             .metric = state::fallback_metric(id),
                             .type = RouteType::unreachable});
        if (family == Family::v6 && !has_v6(tenant)) continue;
        // Without an encap: received again in the outside.
        to.routes.push_back({.table = id,
                             .tenant = id,
                             .destination = Prefix::any(family),
                             .metric = state::route_metric(id),
                             .device = state::kNviName});
    }
}

void add_prefix(const tenants::Tenant& tenant, const Tunnel& tunnel, const Prefix& prefix, state::State& to) {
    const auto id = tenant.id.value;
    to.addresses.push_back(
        {.device = tunnel.shared ? state::vrf_name(id) : tunnel.device, .tenant = id, .address = prefix});
    if (prefix.is_host()) return;
    if (by_map(tenant)) {
        // Which of them are hosts is in the map; the program drops what it does not find.
        to.routes.push_back({.table = id,
                             .tenant = id,
                             .destination = prefix.network(),
                             .metric = state::route_metric(id),
                             .device = tunnel.device});
        return;
    }
    if (tenant.overlay.remote) {
        auto encap = tunnel.encap;
        if (encap) encap->node = tenant.overlay.remote->value;
        to.routes.push_back({.table = id,
                             .tenant = id,
                             .destination = prefix.network(),
                             .metric = state::route_metric(id),
                             .device = tunnel.device,
                             .encap = encap});
        return;
    }
    // A host that no file lists is answered at once, never asked for on the internet.
    to.routes.push_back({.table = id,
                         .tenant = id,
                         .destination = prefix.network(),
                         .metric = state::route_metric(id),
                         .type = RouteType::unreachable});
}

// Tunnel packets of this tenant are taken from the node (invariant I3).
nft::Element node_of(const tenants::Tenant& tenant, const Address& node) {
    const auto id = tenant.id.value;
    const auto key = tenant.overlay.key.value;
    switch (tenant.overlay.type.value) {
        case tenants::OverlayType::gretap:
            return nft::node(id, node, key);
        case tenants::OverlayType::vxlan:
            return nft::vxlan_node(id, node, tenant.overlay.listens_at(), key);
        case tenants::OverlayType::gre:
            return nft::gre_node(id, node, key);
        case tenants::OverlayType::ipip:
            return nft::ipip_node(id, node);
    }
    throw Error("tenant " + tenant.name + ": an overlay of no known type");
}

void add_node(const tenants::Tenant& tenant, const Tunnel& tunnel, const Address& node, state::State& to) {
    const auto id = tenant.id.value;
    to.nft.elements.push_back(node_of(tenant, node));
    // The same for nvi, which takes packets between the tunnel and a neighbour of its VRF past the hooks and
    // the routing of the underlay (kernel/underlay.c). The VRF's table never leads there.
    if (tenant.overlay.type.value == tenants::OverlayType::gretap && !tunnel.shared)
        to.neighbours.push_back({.device = state::vrf_name(id), .tenant = id, .address = node, .mac = {}});
}

void add_host(const tenants::Gateway& gateway, const tenants::Tenant& tenant, const Tunnel& tunnel,
              const tenants::Host& host, state::State& to) {
    const auto id = tenant.id.value;
    const auto& address = host.address.value;
    auto encap = tunnel.encap;
    if (encap) encap->node = host.outer();
    // On a shared device addresses of two tenants would share a neighbour: the next hop is the host by its
    // MAC.
    std::optional<Address> via;
    if (tunnel.shared && host.mac) via = state::host_neighbour(id, host.mac->value);
    if (by_map(tenant)) {
        to.destinations.push_back({.tenant = id,
                                   .address = address,
                                   .node = host.outer(),
                                   .source = gateway.underlay.value,
                                   .tunnel = tenant.overlay.key.value});
    } else {
        to.routes.push_back({.table = id,
                             .tenant = id,
                             .destination = Prefix::host(address),
                             .device = tunnel.device,
                             .encap = encap,
                             .via = via});
    }
    if (host.mac) {
        to.neighbours.push_back({.device = tunnel.device,
                                 .tenant = id,
                                 .address = via.value_or(address),
                                 .mac = host.mac->value});
    }
    // Without a remote a GRE device sends to its neighbour's link-layer address (ipgre_header() in
    // net/ipv4/ip_gre.c), which is before any route's encap.
    if (tenant.overlay.type.value == tenants::OverlayType::gre) {
        to.neighbours.push_back(
            {.device = tunnel.device, .tenant = id, .address = address, .mac = {}, .node = host.outer()});
    }
    add_node(tenant, tunnel, host.outer(), to);
}

}  // namespace

void add_overlay(const tenants::Gateway& gateway, const tenants::Tenant& tenant, state::State& to) {
    const auto tunnel = tunnel_of(gateway, tenant);
    add_links(gateway, tenant, tunnel, to);
    add_defaults(tenant, to);
    for (const auto& prefix : tenant.overlay.gateway) add_prefix(tenant, tunnel, prefix.value, to);
    for (const auto& host : tenant.hosts) add_host(gateway, tenant, tunnel, host, to);
    if (tenant.overlay.remote) add_node(tenant, tunnel, tenant.overlay.remote->value, to);
    if (by_map(tenant)) to.steerings.push_back({.tenant = tenant.id.value, .device = tunnel.device});
}

}  // namespace nvi::desired
