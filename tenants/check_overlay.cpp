// SPDX-License-Identifier: GPL-2.0-or-later
// What the kinds of overlays ask of a tenant's file.
#include "tenants/check_overlay.hpp"

#include <algorithm>
#include <string>

namespace nvi::tenants {

namespace {

std::string at(const Place& place) {
    const std::string text = place.short_str();
    return text.empty() ? "" : " (" + text + ")";
}

// An ipip tenant is told by its one node; Ethernet's MACs are for Ethernet.
void check_hosts(const Tenant& tenant, Diagnostics& diagnostics) {
    const OverlayType type = tenant.overlay.type.value;
    for (const Host& host : tenant.hosts) {
        const At<Address>& first = tenant.hosts.front().node;
        if (type == OverlayType::ipip && host.node.value != first.value)
            diagnostics.add(host.node.place, "an ipip tenant has one node: " + host.node.value.str() +
                                                 " is not " + first.value.str() + at(first.place));
        if (host.node_port && type != OverlayType::vxlan)
            diagnostics.add(host.node_port->place, "node-port belongs to vxlan only, and this overlay is " +
                                                       std::string(name_of(type)));
        if (host.mac && !is_ethernet(type))
            diagnostics.add(host.mac->place,
                            std::string(name_of(type)) + " is a layer 3 tunnel: its hosts have no MACs");
    }
}

// Whoever is behind it is asked for through the tunnel.
void check_remote(const Overlay& overlay, Diagnostics& diagnostics) {
    const auto refuse = [&](const std::string& why) { diagnostics.add(overlay.remote->place, why); };
    if (!is_ethernet(overlay.type.value))
        refuse("a remote is for gretap and vxlan, and this overlay is " +
               std::string(name_of(overlay.type.value)));
    else if (overlay.destinations.value == Destinations::map)
        refuse("a remote and a map of destinations exclude each other");
    else if (overlay.is_shared())
        refuse("a remote needs a device of its own: on a shared one no MAC is learnt");
}

// One device for many: nothing but the id tells a tenant's packets, and nobody is asked for a MAC.
void check_shared(const Tenant& tenant, const Gateway& gateway, Diagnostics& diagnostics, bool complete) {
    const Overlay& overlay = tenant.overlay;
    const OverlayType type = overlay.type.value;
    const bool is_vxlan = type == OverlayType::vxlan;
    if (!overlay.is_shared()) {
        if (is_vxlan && gateway.shares(type) && overlay.listens_at() == gateway.shared_port)
            diagnostics.add(overlay.type.place, "UDP port " + std::to_string(overlay.listens_at()) +
                                                    " is the shared vxlan's: say device = \"shared\", or "
                                                    "another port");
        return;
    }
    const Place& place = overlay.device.place;
    if (!gateway.shares(type))
        diagnostics.add(place, "there is no shared " + std::string(name_of(type)) +
                                   ": gateway.toml has to name it in [underlay] shared");
    if (complete && tenant.id.value != 0 && overlay.key.value != tenant.id.value)
        diagnostics.add(overlay.key.place.line == 0 ? place : overlay.key.place,
                        "on a shared device the key is the tenant's id, " + std::to_string(tenant.id.value));
    if (is_vxlan && overlay.listens_at() != gateway.shared_port)
        diagnostics.add(overlay.port.place.line == 0 ? place : overlay.port.place,
                        "the shared vxlan uses UDP port " + std::to_string(gateway.shared_port));
    if (overlay.destinations.value == Destinations::map)
        diagnostics.add(overlay.destinations.place, "a map of destinations needs a device of its own");
    for (const Peer& peer : tenant.peers)
        diagnostics.add(peer.name.place, "a peer needs a tenant with a device of its own");
    for (const Host& host : tenant.hosts) {
        if (host.node_port)
            diagnostics.add(host.node_port->place,
                            "a port of the node's own needs a tenant with a device of its own");
        if (!host.mac)
            diagnostics.add(host.address.place, "host " + host.address.value.str() +
                                                    " needs a mac: on a shared device none is learnt");
    }
}

}  // namespace

void check_overlay(const Tenant& tenant, const Gateway& gateway, Diagnostics& diagnostics, bool complete) {
    const Overlay& overlay = tenant.overlay;
    const bool is_vxlan = overlay.type.value == OverlayType::vxlan;
    const bool has_key = overlay.type.value != OverlayType::ipip;
    const std::string type(name_of(overlay.type.value));
    if (complete && has_key && overlay.key.value == 0)
        diagnostics.add(overlay.type.place, type + " needs a key: " + (is_vxlan ? "the VNI" : "the GRE key"));
    if (!has_key && overlay.key.value != 0)
        diagnostics.add(overlay.key.place, type + " has no key: its one node tells the tenant");
    if (complete && !has_key && tenant.hosts.empty())
        diagnostics.add(overlay.type.place, type + " needs a [[host]]: its node is the tunnel's other end");
    if (is_vxlan && overlay.key.value > kHighestVni)
        diagnostics.add(overlay.key.place, "a VNI is at most 16777215: " + std::to_string(overlay.key.value));
    // ip6_gre sends to no node that a route names (ip6_tnl_xmit() in net/ipv6/ip6_tunnel.c).
    if (!is_vxlan && !gateway.underlay.value.is_v4())
        diagnostics.add(overlay.type.place, type + " needs an IPv4 underlay, and this one is " +
                                                gateway.underlay.value.str() + at(gateway.underlay.place) +
                                                ": use vxlan");
    if (!is_vxlan && overlay.port.place.line != 0)
        diagnostics.add(overlay.port.place, "port belongs to vxlan only, and this overlay is " + type);
    if (!is_vxlan && overlay.listen_port)
        diagnostics.add(overlay.listen_port->place,
                        "listen-port belongs to vxlan only, and this overlay is " + type);
    if (!is_vxlan && overlay.source_port.place.line != 0)
        diagnostics.add(overlay.source_port.place,
                        "source-port belongs to vxlan only, and this overlay is " + type);
    if (overlay.destinations.value == Destinations::map && !is_ethernet(overlay.type.value))
        diagnostics.add(overlay.destinations.place,
                        "a map of destinations is for gretap and vxlan, and this overlay is " + type);
    check_hosts(tenant, diagnostics);
    check_shared(tenant, gateway, diagnostics, complete);
    if (overlay.remote) check_remote(overlay, diagnostics);
}

void check_shared_kinds(const Gateway& gateway, Diagnostics& diagnostics) {
    for (auto shared = gateway.shared.begin(); shared != gateway.shared.end(); ++shared) {
        if (std::find(gateway.shared.begin(), shared, *shared) != shared)
            diagnostics.add(shared->place,
                            "shared names \"" + std::string(name_of(shared->value)) + "\" twice");
    }
}

}  // namespace nvi::tenants
