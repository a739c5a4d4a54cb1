// SPDX-License-Identifier: GPL-2.0-or-later
// A tenant's ordered rules as boxes that do not overlap, so that one lookup finds what the first rule
// that fits says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tenants/model.hpp"

namespace nvi::tenants {

// Addresses of the tenant that the same rules are about.
struct FirewallClass {
    Address first;
    Address last;
    uint16_t number{};  // 0 is every address that no rule names
};
// First packets of one direction and class with these protocols, addresses of the other side and
// destination ports. All bounds are inclusive.
struct FirewallBox {
    Direction direction = Direction::in;
    uint16_t number{};  // of the class
    Action action = Action::accept;
    bool log{};
    uint8_t first_protocol = 0;
    uint8_t last_protocol = 255;
    Address first_remote;
    Address last_remote;
    uint16_t first_port = 0;  // 0-65535 also where there are no ports
    uint16_t last_port = 65535;

    bool operator==(const FirewallBox&) const = default;
};
struct CompiledFirewall {
    std::vector<FirewallClass> classes;
    std::vector<FirewallBox> boxes;       // what is left goes by Firewall::in and Firewall::out
    std::optional<size_t> too_many_from;  // rule at which there were more than kMostBoxes; boxes are cut off
};

// Rules that overlap in many ways make many boxes.
inline constexpr size_t kMostBoxes = 4096;

// The tenant must be filtered().
CompiledFirewall compile_firewall(const Tenant& tenant);

}  // namespace nvi::tenants
