// SPDX-License-Identifier: GPL-2.0-or-later
// Checks of the ports of a tenant's pools.
#include "tenants/check_snat.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace nvi::tenants {

namespace {

constexpr unsigned kMostBlockBits = 12;  // 4,096 sources, four elements each

// Empty when the blocks can be had.
std::string wrong_blocks(const Snat& snat) {
    const Prefix& from = snat.from.value;
    const PortRange ports = snat.shared_ports();
    const uint32_t block = snat.block->value;
    const unsigned bits = from.address().bits() - from.length();
    if (bits > kMostBlockBits)
        return "blocks are for prefixes of /" + std::to_string(from.address().bits() - kMostBlockBits) +
               " and longer, and from is " + from.str();
    if (block > ports.size())
        return "a block of " + std::to_string(block) + " ports is larger than " + ports.str();
    const uint32_t each = ports.size() / block;
    const uint32_t sources = 1U << bits;
    if (size_t{each} * snat.to.size() >= sources) return {};
    return std::to_string(sources) + " addresses of " + from.str() + " need " +
           std::to_string((sources + each - 1) / each) + " public addresses at " + std::to_string(each) +
           " blocks each; to has " + std::to_string(snat.to.size());
}

// What connections of the pool may leave by: of one that says nothing a port is the source's if it is free.
PortRange ports_of(const Snat& snat) {
    return snat.ports || snat.block ? snat.shared_ports() : PortRange{1, 65535};
}

}  // namespace

void check_ports(const Snat& snat, Diagnostics& diagnostics) {
    if (!snat.ports && !snat.block) return;
    const Place& place = snat.ports ? snat.ports->place : snat.block->place;
    if (snat.from.value.family() == Family::v6) {
        diagnostics.add(place, "ports and blocks are of IPv4 pools, and from is " + snat.from.value.str());
        return;
    }
    if (!snat.block) return;
    if (std::string wrong = wrong_blocks(snat); !wrong.empty())
        diagnostics.add(snat.block->place, std::move(wrong));
}

void check_blocks(const std::vector<Snat>& pools, Diagnostics& diagnostics) {
    if (std::ranges::none_of(pools, [](const Snat& snat) { return snat.block.has_value(); })) return;
    struct Use {
        const Snat* pool;
        const Place* place;
    };
    std::unordered_map<Address, std::vector<Use>> uses;
    for (const Snat& snat : pools) {
        const PortRange ports = ports_of(snat);
        for (const auto& address : snat.to) {
            auto& earlier = uses[address.value];
            for (const auto& [other, place] : earlier) {
                const PortRange others = ports_of(*other);
                const bool apart = ports.last < others.first || others.last < ports.first;
                if (other == &snat || apart || !(snat.block || other->block)) continue;
                const std::string where = place->short_str();
                diagnostics.add(address.place, "ports " + ports.str() + " of " + address.value.str() +
                                                   " are also the pool's of " + other->from.value.str() +
                                                   (where.empty() ? "" : " (" + where + ")") +
                                                   ": a port in a host's block is that host's alone");
                break;
            }
            earlier.push_back({&snat, &address.place});
        }
    }
}

}  // namespace nvi::tenants
