// SPDX-License-Identifier: GPL-2.0-or-later
// Tunnel destinations in a BPF map in place of routes (overlay.destinations = "map").
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <tuple>

#include "gateway/net/address.hpp"

namespace nvi::state {

// The program at the egress of a tenant's tunnel device, and its map.
struct Steering {
    uint32_t tenant{};
    std::string device;  // observed: empty when the program is on none
    uint32_t key() const { return tenant; }
    auto operator<=>(const Steering&) const = default;
};

// An entry of a tenant's map.
struct Destination {
    uint32_t tenant{};
    Address address;  // of the host
    Address node;
    Address source;     // of the tunnel packets: the gateway's own
    uint32_t tunnel{};  // GRE key or VNI
    auto key() const { return std::tie(tenant, address); }
    auto operator<=>(const Destination&) const = default;
};

}  // namespace nvi::state
