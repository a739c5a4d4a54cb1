// SPDX-License-Identifier: GPL-2.0-or-later
// Checks of one tenant's forwards: their ports.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

// The ports of public addresses that forwards have taken.
class ForwardedPorts {
  public:
    // That the forward's ports fit each other and none of the earlier forwards', and takes them.
    void check(const Forward& forward, Diagnostics& diagnostics);

  private:
    // By public address, protocol and last port: the first port, and where it stands. They do not overlap.
    std::unordered_map<Address, std::map<uint32_t, std::pair<uint32_t, Place>>> taken_;
};

}  // namespace nvi::tenants
