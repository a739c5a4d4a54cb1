// SPDX-License-Identifier: GPL-2.0-or-later
// What a tenant holds that no other tenant may: its id, its key, its public addresses.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

struct Claims {
    std::string tenant;
    At<uint32_t> id;  // 0: none
    OverlayType type = OverlayType::gretap;
    At<uint32_t> key;                  // 0: none; ipip: its node, as a number
    std::vector<At<Address>> publics;  // each once
    std::vector<At<Prefix>> prefixes;  // public ones, as a whole
};
Claims claims_of(const Tenant& tenant);

// "id 1001 is already used by globex (globex.toml:1:6)"
std::string id_is_taken(uint32_t id, const std::string& by, const Place& place);
std::string key_is_taken(OverlayType type, uint32_t key, const std::string& by, const Place& place);
// Of an address or a prefix.
std::string public_is_taken(const std::string& what, const std::string& by, const Place& place);

// The claims of many tenants. Whoever is entered first holds what he claims.
class Registry {
  public:
    void enter(Claims claims, Diagnostics& diagnostics);
    // When all are entered: prefixes against each other, and against addresses.
    void finish(Diagnostics& diagnostics) const;

  private:
    struct Holder {
        const Claims* claims;
        Place place;
    };

    std::deque<Claims> entered_;  // Holder points into it
    std::unordered_map<uint32_t, Holder> ids_;
    std::unordered_map<uint64_t, Holder> keys_;  // type and key
    std::unordered_map<Address, Holder> publics_;
};

}  // namespace nvi::tenants
