// SPDX-License-Identifier: GPL-2.0-or-later
// What a tenant's firewall says of a connection: the same look-ups as the chains firewall_in and
// firewall_out do, for connections that were let through before.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "gateway/net/address.hpp"
#include "nft/ruleset.hpp"

namespace nvi::nft {

class Judge {
  public:
    // Keeps pointers to the elements of these tenants.
    Judge(std::span<const Element> elements, std::span<const uint32_t> tenants);

    struct Connection {
        bool in{};  // from outside to the tenant
        uint8_t protocol{};
        Address remote;
        Address local;    // the tenant's, private
        uint16_t port{};  // of destination; 0 where there is none
    };
    bool denies(uint32_t tenant, const Connection& connection) const;

  private:
    struct Rules {
        std::vector<const Element*> all;  // of this tenant's firewall
    };
    std::map<uint32_t, Rules> tenants_;
};

// Whether a change of the element can deny what was let through.
bool belongs_to_firewall(const Element& element);

}  // namespace nvi::nft
