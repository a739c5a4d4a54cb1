// SPDX-License-Identifier: GPL-2.0-or-later
// Tables that say which backend a connection goes to: Maglev's, and one for taking turns.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gateway/net/address.hpp"

namespace nvi::services {

// A backend's order of preference among the places of a table: offset, offset + skip, offset + 2 skip, ...
// modulo the table's size. The size is prime, so that every skip from 1 to size - 1 visits every place.
struct Permutation {
    uint32_t offset{};
    uint32_t skip = 1;
};

struct Share {
    Permutation permutation;
    uint32_t weight = 1;  // 0: gets nothing
};

// The same for one address on every gateway, and after every restart.
Permutation permutation_of(const Address& backend, uint32_t size);

// Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer" (NSDI 2016), section 3.4.
// Gives for each place the index of a share. Turns are taken in proportion to the weights, so that each
// gets its share of the places but for one. Empty when no share has a weight.
std::vector<uint32_t> maglev_table(std::span<const Share> shares, uint32_t size);

// Indices in the order in which they take their turns, the heavier ones spread among the others.
std::vector<uint32_t> turns_table(std::span<const Share> shares, uint32_t size);

}  // namespace nvi::services
