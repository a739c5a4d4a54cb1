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

}  // namespace

void enter_peers(Tenant& tenant, const Gateway& gateway, Diagnostics& diagnostics) {
    const Prefix& range = gateway.peer_range.value;
    if (!tenant.peers.empty()) {
        for (const Host& host : tenant.hosts) {
            if (range.contains(host.node.value))
                diagnostics.add(host.node.place,
                                "node " + host.node.value.str() + " is inside " + range.str() +
                                    ", where peers' VTEP addresses are: the key \"peers\" of "
                                    "[underlay] moves them");
        }
    }
    std::map<std::string, Place> names;
    std::map<Address, const Peer*> vteps;
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
        const auto [other, alone] = vteps.try_emplace(vtep.value, &peer);
        if (!alone) {
            diagnostics.add(first.place, "first hosts " + first.value.str() + " and " +
                                             other->second->hosts.front().value.str() +
                                             " differ only in bits that " + range.str() +
                                             " has no room for: put another host first");
            continue;
        }
        peer.vtep = vtep;
        for (const auto& host : peer.hosts) tenant.hosts.push_back({host, peer.vtep, peer.mac});
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
