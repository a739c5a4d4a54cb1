// SPDX-License-Identifier: GPL-2.0-or-later
// How the kernel would send to a machine.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "gateway/net/address.hpp"
#include "gateway/netlink/socket.hpp"

namespace nvi::state {

struct Way {
    Address machine;
    std::string device;
    uint32_t mtu{};  // bytes, of the device
};

// One way for each device that leads to one of these machines: the first machine's. Machines that no route
// leads to are left out. One question a machine and a device.
std::vector<Way> ways(netlink::Socket& socket, std::span<const Address> machines);

// Whether a route leads to the machine.
bool is_reachable(netlink::Socket& socket, const Address& machine);

}  // namespace nvi::state
