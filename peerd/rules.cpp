// SPDX-License-Identifier: GPL-2.0-or-later
// Peers and rules of the files' tenants.
#include "peerd/rules.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "gateway/net/error.hpp"
#include "gateway/net/fd.hpp"
#include "tenants/peers.hpp"

namespace nvi::daemon {

namespace {

peers::PeerKey key_of(const tenants::Tenant& tenant, const tenants::Peer& peer) {
    return {tenant.overlay.key.value, peer.vtep.value};
}

// In few system calls: there are as many files as peers.
std::optional<peers::Secret> read_secret(const std::string& path) {
    const Fd file = Fd::open(path, O_RDONLY);
    struct stat status {};
    std::array<char, 256> text{};
    if (fstat(file.get(), &status) != 0) throw Error::system("secret " + path, errno);
    if ((status.st_mode & 07) != 0) throw Error("secret " + path + ": others may read it: chmod o= " + path);
    const ssize_t got = read(file.get(), text.data(), text.size());
    if (got < 0) throw Error::system("secret " + path, errno);
    const auto secret = peers::parse_secret({text.data(), static_cast<size_t>(got)});
    if (!secret) throw Error("secret " + path + ": not 64 hexadecimal digits");
    return secret;
}

nvi_pin pin_of(const peers::PeerKey& peer, uint16_t port, const Mac& mac, const Address& address) {
    nvi_pin pin{};
    pin.port = htons(port);
    pin.peer = peers::raw(peer);
    std::ranges::copy(address.bytes(), reinterpret_cast<uint8_t*>(pin.address));
    std::ranges::copy(mac.bytes(), pin.mac);
    pin.ethertype = address.is_v4() ? ETH_P_IP : ETH_P_IPV6;
    return pin;
}

// fe80:: and the MAC as EUI-64 (RFC 4291, appendix A): what the kernel gives the peer's device.
Address link_local(const Mac& mac) {
    const auto bytes = mac.bytes();
    const std::array<uint8_t, 16> address{
        0xfe,     0x80,     0,    0,    0,        0,        0,       0, static_cast<uint8_t>(bytes[0] ^ 2),
        bytes[1], bytes[2], 0xff, 0xfe, bytes[3], bytes[4], bytes[5]};
    return Address::from_bytes(Family::v6, address);
}

}  // namespace

std::vector<peers::Peer> peers_of(const tenants::Config& config,
                                  const std::function<void(const std::string&)>& complain) {
    std::vector<peers::Peer> all;
    for (const auto& [name, tenant] : config.tenants) {
        for (const auto& peer : tenant.peers) {
            peers::Peer one{.tenant = name,
                            .name = peer.name.value,
                            .key = key_of(tenant, peer),
                            .port = tenant.overlay.listens_at(),
                            .mac = peer.mac.value().value};
            for (const auto& host : peer.hosts) one.hosts.push_back(host.value);
            try {
                one.secret = read_secret(tenants::secret_path(config.gateway, peer));
            } catch (const Error& error) {
                complain("tenant " + name + ": peer " + one.name + ": " + error.what());
            }
            all.push_back(std::move(one));
        }
    }
    return all;
}

peers::Rules rules_of(const tenants::Config& config) {
    peers::Rules rules;
    for (const auto& [name, tenant] : config.tenants) {
        if (!tenants::needs_peerd(tenant)) continue;
        const uint32_t vni = tenant.overlay.key.value;
        const uint16_t port = tenant.overlay.listens_at();
        rules.networks.push_back({.vni = vni, .port = htons(port), .zero = 0});
        std::set<Address> nodes;
        for (const auto& host : tenant.hosts) {
            const Address& node = host.node.value;
            if (config.gateway.peer_range.value.contains(node) || !nodes.insert(node).second) continue;
            const bool rewritten = !host.vtep.is_unspecified();
            rules.nodes.emplace_back(nvi_node{.vni = vni, .address = peers::raw({vni, node}).vtep},
                                     rewritten ? peers::raw({vni, host.vtep}).vtep : 0);
            if (!rewritten) continue;
            rules.fixed.emplace_back(
                peers::PeerKey{vni, host.vtep},
                peers::Binding{.endpoint = {node, tenants::port_of(tenant, host)}, .listen = port});
        }
        for (const auto& peer : tenant.peers) {
            const auto key = key_of(tenant, peer);
            const Mac& mac = peer.mac.value().value;
            rules.peers.push_back(peers::raw(key));
            bool has_v6 = false;
            for (const auto& host : peer.hosts) {
                rules.pins.push_back(pin_of(key, port, mac, host.value));
                has_v6 = has_v6 || !host.value.is_v4();
            }
            if (has_v6) rules.pins.push_back(pin_of(key, port, mac, link_local(mac)));
        }
    }
    return rules;
}

}  // namespace nvi::daemon
