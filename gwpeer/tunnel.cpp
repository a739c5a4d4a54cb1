// SPDX-License-Identifier: GPL-2.0-or-later
// Making and using the node's tunnel.
#include "gwpeer/tunnel.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "gateway/net/error.hpp"
#include "gwpeer/rewrite.hpp"

namespace nvi::gwpeer {

namespace {

std::optional<Address> look_up(const std::string& name) {
    addrinfo wanted{};
    wanted.ai_family = AF_INET;
    wanted.ai_socktype = SOCK_DGRAM;
    addrinfo* list = nullptr;
    if (getaddrinfo(name.c_str(), nullptr, &wanted, &list) != 0) return {};
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(list, freeaddrinfo);
    const auto* address = reinterpret_cast<const sockaddr_in*>(list->ai_addr);
    return Address::v4(ntohl(address->sin_addr.s_addr));
}

}  // namespace

Tunnel::Tunnel(const Config& config) : config_(config) {
    links_.remove(config.device);
    links_.make({.name = config.device,
                 .vni = config.vni,
                 .mac = config.mac,
                 .port = config.local_port,
                 .mtu = config.mtu,
                 .ipv6 = std::ranges::any_of(
                     config.addresses, [](const Prefix& address) { return !address.address().is_v4(); })});
    try {
        set_up();
    } catch (...) {
        links_.remove(config.device);
        throw;
    }
}

void Tunnel::set_up() {
    index_ = peers::index_of(config_.device);
    for (const Prefix& address : config_.addresses) links_.add_address(config_.device, address);
    links_.set_up(config_.device);
    for (const Prefix& route : config_.routes) links_.set_route(route, config_.device, config_.gateway, {});
    set_rewrites(config_);
    if (config_.relay) links_.set_remote(config_.device, relay_stand_in(), config_.relay->port);
    socket_ = Fd::adopt(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_ll here{};
    here.sll_family = AF_PACKET;
    here.sll_protocol = htons(ETH_P_ARP);
    here.sll_ifindex = static_cast<int>(index_);
    if (!socket_ || ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&here), sizeof(here)) != 0)
        throw Error::system("packet socket on " + config_.device, errno);
}

Tunnel::~Tunnel() {
    try {
        links_.remove(config_.device);
        remove_rewrites(config_);
    } catch (const Error&) {
        // The next start does it.
    }
}

bool Tunnel::resolve() {
    if (config_.relay) return true;
    const auto address = look_up(config_.server);
    if (!address) return false;
    if (address == server_) return true;
    links_.set_remote(config_.device, *address, config_.port);
    if (server_) links_.remove_remote(config_.device, *server_, config_.port);
    server_ = address;
    return true;
}

void Tunnel::send(const peers::Frame& frame) {
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = static_cast<int>(index_);
    // What does not go out is not answered, and told so.
    ::sendto(socket_.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to),
             sizeof(to));
}

std::span<const uint8_t> Tunnel::receive() {
    const ssize_t got = ::recv(socket_.get(), buffer_.data(), buffer_.size(), MSG_TRUNC);
    if (got < 0 && errno == ENETDOWN) throw Error::system("device " + config_.device, errno);
    if (got <= 0) return {};
    // Too long for a keepalive: handed out as what it is not.
    return std::span(buffer_).first(std::min(static_cast<size_t>(got), buffer_.size()));
}

}  // namespace nvi::gwpeer
