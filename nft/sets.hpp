// SPDX-License-Identifier: GPL-2.0-or-later
// The sets and maps of the table: the only place where a tenant appears in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/address.hpp"
#include "nft/fields.hpp"

namespace nvi::nft {

struct SetDefinition {
    std::string name;
    std::string about;  // for people
    Layout key;
    Layout data;             // no fields: a set
    bool commented = false;  // the key does not tell the tenant: a comment on the element does
    bool is_map() const { return !data.fields.empty(); }
};

// All of them, in the order in which they are made.
const std::vector<SetDefinition>& sets();
// Null when there is none of that name.
const SetDefinition* find_set(std::string_view name);
// "floating_in", "floating_in6".
std::string set_name(std::string_view base, Family family);

}  // namespace nvi::nft
