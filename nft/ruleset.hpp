// SPDX-License-Identifier: GPL-2.0-or-later
// The gateway's own nftables table as a value: a fixed frame (chains, rules, sets: the same whatever
// the tenants) and the elements of its sets and maps (all that varies).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace nvi::nft {

inline constexpr const char* kTable = "nvi";  // family inet

// One element of a set or map. Bytes as the kernel has them in its registers: every field of a
// concatenation padded to four bytes. key_end is set for ranges in interval concatenations.
struct Element {
    std::string set;
    uint32_t tenant{};            // whose; known from the set and the key when observed
    std::vector<uint8_t> key;
    std::vector<uint8_t> key_end;
    std::vector<uint8_t> data;    // empty for sets
    auto operator<=>(const Element&) const = default;
    auto sort_key() const { return std::tie(set, key, key_end); }
};

struct Ruleset {
    // Digest of the frame (chains, rules, set definitions). Two frames of one digest are the same;
    // another one is replaced in a single transaction with all the elements.
    std::string frame;
    std::vector<Element> elements;      // sorted by sort_key()
};

}  // namespace nvi::nft
