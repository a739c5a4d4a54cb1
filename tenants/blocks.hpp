// SPDX-License-Identifier: GPL-2.0-or-later
// Which public address and ports a source leaves by, where the pool has ports: by its number in its prefix.
// What the kernel is told and what `gwctl who` answers are both made here.
#pragma once

#include <optional>
#include <vector>

#include "tenants/model.hpp"

namespace nvi::tenants {

// Of a pool with blocks (RFC 7422) that the checks have passed: a source, and what it has for itself.
struct Block {
    Address source;
    Address address;  // public
    PortRange ports;
};
uint32_t source_count(const Snat& snat);            // addresses in its prefix
Block block_of(const Snat& snat, uint32_t number);  // of the prefix's address of that number, from 0
// Whose port it is; empty when it is in no source's block.
std::optional<Block> block_at(const Snat& snat, const Address& address, uint16_t port);

// Sources that share an address: the prefix is cut into as many equal parts as the pool has addresses. IPv4.
struct Share {
    Address first;  // sources
    Address last;
    Address address;  // public
};
std::vector<Share> shares(const Snat& snat);

}  // namespace nvi::tenants
