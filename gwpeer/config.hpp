// SPDX-License-Identifier: GPL-2.0-or-later
// The one file that a node is given: lines "key = value", "#" begins a comment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/address.hpp"
#include "peers/keepalive.hpp"

namespace nvi::gwpeer {

struct Config {
    std::string name;            // of the peer, for messages and files
    std::string server;          // the gateway's name or address
    uint16_t port = 4789;        // UDP, of the gateway
    uint16_t local_port = 4789;  // UDP, here: its source port as well
    uint32_t vni{};
    std::string device = "gwpeer0";
    Mac mac;
    uint32_t mtu = 1450;                   // bytes, inside
    std::vector<Prefix> addresses;         // inside; the first is the keepalives'
    std::vector<Prefix> routes;            // behind the gateway
    std::optional<Address> gateway;        // inside
    uint32_t interval = 15;                // seconds between keepalives, at most
    std::optional<peers::Endpoint> relay;  // a UDP program on this machine that carries the tunnel
    peers::Secret secret{};
};

// Throws Error, "FILE:LINE: ...".
Config parse_config(std::string_view text, const std::string& file);
Config read_config(const std::string& file);

}  // namespace nvi::gwpeer
