// SPDX-License-Identifier: GPL-2.0-or-later
// What the kinds of overlays ask of a tenant's file.
#include "tenants/check_overlay.hpp"

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
}

}  // namespace nvi::tenants
