// SPDX-License-Identifier: GPL-2.0-or-later
// Number of a source -> number of the public address, and of the block of ports on it.
#include "tenants/blocks.hpp"

namespace nvi::tenants {

namespace {

// The address of that number in the prefix.
Address numbered(const Prefix& prefix, uint64_t number) {
    const Address first = prefix.first();
    uint32_t value = 0;
    for (const uint8_t byte : first.bytes()) value = value << 8 | byte;
    return Address::v4(value + static_cast<uint32_t>(number));
}

uint64_t size_of(const Prefix& prefix) {
    return uint64_t{1} << (prefix.address().bits() - prefix.length());
}

// Blocks on one public address.
uint32_t blocks_each(const Snat& snat) {
    return snat.shared_ports().size() / snat.block->value;
}

}  // namespace

uint32_t source_count(const Snat& snat) {
    return static_cast<uint32_t>(size_of(snat.from.value));
}

Block block_of(const Snat& snat, uint32_t number) {
    const uint32_t each = blocks_each(snat);
    const uint32_t size = snat.block->value;
    const uint32_t first = snat.shared_ports().first + number % each * size;
    return {numbered(snat.from.value, number), snat.to.at(number / each).value,
            PortRange{static_cast<uint16_t>(first), static_cast<uint16_t>(first + size - 1)}};
}

std::optional<Block> block_at(const Snat& snat, const Address& address, uint16_t port) {
    const PortRange shared = snat.shared_ports();
    const uint32_t each = blocks_each(snat);
    if (port < shared.first || (port - shared.first) / snat.block->value >= each) return std::nullopt;
    for (size_t i = 0; i < snat.to.size(); ++i) {
        if (snat.to[i].value != address) continue;
        const auto number = static_cast<uint32_t>(i) * each + (port - shared.first) / snat.block->value;
        if (number < source_count(snat)) return block_of(snat, number);
    }
    return std::nullopt;
}

std::vector<Share> shares(const Snat& snat) {
    const uint64_t size = size_of(snat.from.value);
    std::vector<Share> all;
    for (size_t i = 0; i < snat.to.size(); ++i) {
        const uint64_t first = size * i / snat.to.size();
        const uint64_t behind = size * (i + 1) / snat.to.size();
        if (first == behind) continue;  // more addresses than sources
        all.push_back(
            {numbered(snat.from.value, first), numbered(snat.from.value, behind - 1), snat.to[i].value});
    }
    return all;
}

}  // namespace nvi::tenants
