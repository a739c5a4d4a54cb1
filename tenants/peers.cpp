// SPDX-License-Identifier: GPL-2.0-or-later
// Entering peers among a tenant's hosts.
#include "tenants/peers.hpp"

#include <algorithm>
#include <map>

#include "peers/virtual.hpp"
#include "tenants/text.hpp"

namespace nvi::tenants {

namespace {

// False after an error: the peer has no VTEP then.
bool check_peer(const Tenant& tenant, const Gateway& gateway, const Peer& peer, Diagnostics& diagnostics) {
    const auto error = [&](const Place& place, std::string message) {
        diagnostics.add(place, std::move(message));
        return false;
    };
    if (!is_tenant_name(peer.name.value))
        return error(peer.name.place,
                     "a peer's name is a letter and then letters, digits and hyphens "
                     "([a-z][a-z0-9-]{0,30}): " +
                         in_quotes(peer.name.value));
    const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
    if (peer.secret_file.value.empty() || !std::ranges::all_of(peer.secret_file.value, is_plain))
        return error(peer.secret_file.place, "secret-file is a path of ASCII characters without quotes: " +
                                                 in_quotes(peer.secret_file.value));
    if (tenant.overlay.type.value != OverlayType::vxlan)
        return error(peer.name.place, "peers need an overlay of type \"vxlan\", and this one is " +
                                          std::string(name_of(tenant.overlay.type.value)));
    if (!gateway.underlay.value.is_v4())
        return error(peer.name.place,
                     "peers need an IPv4 underlay, and this one is " + gateway.underlay.value.str());
    if (!gateway.peer_range.value.address().is_v4()) return false;  // said of the gateway's file
    if (!peer.hosts.front().value.is_v4())
        return error(peer.hosts.front().place,
                     "a peer's first host is an IPv4 address, which its keepalives carry: " +
                         peer.hosts.front().value.str());
    if (peer.mac && (peer.mac->value.is_multicast() || peer.mac->value == Mac()))
        return error(peer.mac->place, "mac " + peer.mac->value.str() + " cannot be a host's");
    return true;
}

// A node that vxlan's driver cannot send to as it should: another port than the gateway's own, or from one
// port.
bool is_rewritten(const Tenant& tenant, const Host& host) {
    const Overlay& overlay = tenant.overlay;
    return overlay.type.value == OverlayType::vxlan &&
           (overlay.source_port.value == SourcePort::fixed || port_of(tenant, host) != overlay.listens_at());
}

// Gives the hosts of such nodes their VTEP addresses.
void enter_nodes(Tenant& tenant, const Gateway& gateway, std::map<Address, std::string>& vteps,
                 Diagnostics& diagnostics) {
    const Prefix& range = gateway.peer_range.value;
    std::map<Address, const Host*> nodes;
    for (Host& host : tenant.hosts) {
        const Address& node = host.node.value;
        if (tenant.overlay.type.value != OverlayType::vxlan) continue;
        const auto [first, is_new] = nodes.try_emplace(node, &host);
        if (port_of(tenant, *first->second) != port_of(tenant, host)) {
            // Its packets come from any port: by the address alone it is known.
            diagnostics.add(host.node_port ? host.node_port->place : host.node.place,
                            "node " + node.str() + " has one port, and this is " +
                                std::to_string(port_of(tenant, host)) + " beside " +
                                std::to_string(port_of(tenant, *first->second)));
            continue;
        }
        if (!is_rewritten(tenant, host)) continue;
        if (!node.is_v4() || !gateway.underlay.value.is_v4()) {
            if (is_new)
                diagnostics.add(host.node.place,
                                "ports of their own (listen-port, source-port, node-port) need an IPv4 "
                                "underlay, and this is node " +
                                    node.str());
            continue;
        }
        const Address vtep = peers::vtep_of(range, node);
        const auto [other, alone] = vteps.try_emplace(vtep, "node " + node.str());
        if (!alone && other->second != "node " + node.str()) {
            diagnostics.add(host.node.place,
                            "node " + node.str() + " and " + other->second + " differ only in bits that " +
                                range.str() + " has no room for: the key \"peers\" of [underlay] has more");
            continue;
        }
        host.vtep = vtep;
    }
}

}  // namespace

uint16_t port_of(const Tenant& tenant, const Host& host) {
    return host.node_port ? host.node_port->value : tenant.overlay.port.value;
}

bool needs_peerd(const Tenant& tenant) {
    return !tenant.peers.empty() ||
           std::ranges::any_of(tenant.hosts, [](const Host& host) { return !host.vtep.is_unspecified(); });
}

void enter_peers(Tenant& tenant, const Gateway& gateway, Diagnostics& diagnostics) {
    const Prefix& range = gateway.peer_range.value;
    std::map<Address, std::string> vteps;  // and whom each stands for
    enter_nodes(tenant, gateway, vteps, diagnostics);
    if (!tenant.peers.empty() || !vteps.empty()) {
        for (const Host& host : tenant.hosts) {
            if (range.contains(host.node.value))
                diagnostics.add(host.node.place,
                                "node " + host.node.value.str() + " is inside " + range.str() +
                                    ", where peers' VTEP addresses are: the key \"peers\" of "
                                    "[underlay] moves them");
        }
    }
    std::map<std::string, Place> names;
    for (Peer& peer : tenant.peers) {
        if (!check_peer(tenant, gateway, peer, diagnostics)) continue;
        const auto [earlier, is_new] = names.try_emplace(peer.name.value, peer.name.place);
        if (!is_new) {
            diagnostics.add(peer.name.place, "peer " + in_quotes(peer.name.value) + " is already listed (" +
                                                 earlier->second.short_str() + ")");
            continue;
        }
        const auto& first = peer.hosts.front();
        const At<Address> vtep{peers::vtep_of(range, first.value), first.place};
        if (!peer.mac) peer.mac = At<Mac>{peers::mac_of(first.value), first.place};
        const auto [other, alone] = vteps.try_emplace(vtep.value, "first host " + first.value.str());
        if (!alone) {
            diagnostics.add(first.place, "first host " + first.value.str() + " and " + other->second +
                                             " differ only in bits that " + range.str() +
                                             " has no room for: put another host first");
            continue;
        }
        peer.vtep = vtep;
        for (const auto& host : peer.hosts)
            tenant.hosts.push_back({.address = host, .node = peer.vtep, .mac = peer.mac});
    }
}

void check_peer_range(const Gateway& gateway, Diagnostics& diagnostics) {
    const Prefix& range = gateway.peer_range.value;
    const Place& place = gateway.peer_range.place;
    if (!range.address().is_v4() || range != range.network() || range.length() > 24)
        diagnostics.add(
            place, "peers " + range.str() + " is not an IPv4 prefix of 24 bits or fewer, host bits zero");
    else if (range.contains(gateway.underlay.value))
        diagnostics.add(place, "peers " + range.str() + " contains the underlay's own address");
}

std::string secret_path(const Gateway& gateway, const Peer& peer) {
    const std::string& file = gateway.place.file.str();
    const size_t slash = file.rfind('/');
    if (peer.secret_file.value.starts_with('/') || slash == std::string::npos) return peer.secret_file.value;
    return file.substr(0, slash + 1) + peer.secret_file.value;
}

}  // namespace nvi::tenants
