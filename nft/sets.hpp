// SPDX-License-Identifier: GPL-2.0-or-later
// The sets and maps of the table: the only place where a tenant appears in it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/address.hpp"
#include "nft/fields.hpp"

namespace nvi::nft {

// What an element counts. Its number is Element::data, 8 bytes in host order.
enum class Stateful : uint8_t {
    none,
    rate,         // packets a second; as many may come at once
    bytes,        // bytes a second; burst_bytes() of them at once
    connections,  // that are open
};

// A tenth of a second's, but two of the largest packets that offloads make.
constexpr uint32_t burst_bytes(uint64_t per_second) {
    constexpr uint64_t kLeast = 2 * 65536;
    constexpr uint64_t kMost = UINT32_MAX;
    return static_cast<uint32_t>(std::clamp(per_second / 10, kLeast, kMost));
}

struct SetDefinition {
    std::string name;
    std::string about;  // for people
    Layout key;
    Layout data;             // no fields: a set
    bool commented = false;  // the key does not tell the tenant: a comment on the element does
    Stateful stateful = Stateful::none;
    bool is_map() const { return !data.fields.empty(); }
};

// Of a dynamic set the kernel takes elements away that count no connections (nft_rhash_expr_needs_gc_run()).
inline bool is_dynamic(const SetDefinition& set) {
    return set.stateful == Stateful::rate || set.stateful == Stateful::bytes;
}

// All of them, in the order in which they are made.
const std::vector<SetDefinition>& sets();
// Null when there is none of that name.
const SetDefinition* find_set(std::string_view name);
// "floating_in", "floating_in6".
std::string set_name(std::string_view base, Family family);

}  // namespace nvi::nft
