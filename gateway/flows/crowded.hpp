// SPDX-License-Identifier: GPL-2.0-or-later
// Where ports are short: public addresses by how many of their ports are in use towards one destination.
#pragma once

#include <compare>
#include <cstddef>
#include <span>
#include <vector>

#include "gateway/flows/connections.hpp"

namespace nvi::flows {

struct Crowd {
    uint32_t zone{};  // the tenant's id
    uint8_t protocol{};
    Address address;       // public
    Endpoint destination;  // as it answers
    size_t connections{};
};

// The most crowded ones of those whose source is translated, most first; at most `most`.
std::vector<Crowd> crowded(std::span<const Connection> connections, size_t most);

}  // namespace nvi::flows
