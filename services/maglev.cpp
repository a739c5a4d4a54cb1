// SPDX-License-Identifier: GPL-2.0-or-later
// Tables that say which backend a connection goes to.
#include "services/maglev.hpp"

#include <algorithm>

namespace nvi::services {

namespace {

constexpr uint32_t kFree = UINT32_MAX;

uint32_t heaviest(std::span<const Share> shares) {
    uint32_t most = 0;
    for (const Share& share : shares) most = std::max(most, share.weight);
    return most;
}

// FNV-1a, then the finalizer of MurmurHash3: neighbouring addresses differ in one bit only.
uint64_t hash(const Address& address, uint64_t seed) {
    uint64_t value = 0xcbf29ce484222325ULL ^ seed;
    for (const uint8_t byte : address.bytes()) value = (value ^ byte) * 0x100000001b3ULL;
    value = (value ^ value >> 33) * 0xff51afd7ed558ccdULL;
    value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53ULL;
    return value ^ value >> 33;
}

}  // namespace

Permutation permutation_of(const Address& backend, uint32_t size) {
    return {static_cast<uint32_t>(hash(backend, 1) % size),
            static_cast<uint32_t>(hash(backend, 2) % (size - 1) + 1)};
}

std::vector<uint32_t> maglev_table(std::span<const Share> shares, uint32_t size) {
    const uint64_t most = heaviest(shares);
    if (most == 0) return {};
    std::vector<uint32_t> table(size, kFree);
    std::vector<uint64_t> next(shares.size());    // place that each looks at next
    std::vector<uint64_t> credit(shares.size());  // towards its next turn
    for (size_t i = 0; i < shares.size(); ++i) next[i] = shares[i].permutation.offset % size;

    for (uint32_t filled = 0;;) {
        for (uint32_t i = 0; i < shares.size(); ++i) {
            credit[i] += shares[i].weight;
            if (credit[i] < most) continue;
            credit[i] -= most;
            while (table[next[i]] != kFree) next[i] = (next[i] + shares[i].permutation.skip) % size;
            table[next[i]] = i;
            if (++filled == size) return table;
        }
    }
}

std::vector<uint32_t> turns_table(std::span<const Share> shares, uint32_t size) {
    if (heaviest(shares) == 0) return {};
    int64_t total = 0;
    for (const Share& share : shares) total += share.weight;
    std::vector<int64_t> lag(shares.size());  // how far each is behind its share
    std::vector<uint32_t> table;
    table.reserve(size);
    while (table.size() < size) {
        uint32_t longest = 0;
        for (uint32_t i = 0; i < shares.size(); ++i) {
            lag[i] += shares[i].weight;
            if (lag[i] > lag[longest]) longest = i;
        }
        lag[longest] -= total;
        table.push_back(longest);
    }
    return table;
}

}  // namespace nvi::services
