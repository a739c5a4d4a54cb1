// SPDX-License-Identifier: GPL-2.0-or-later
// What was there before the gateway changed it, so that `down` can give it back.
#pragma once

#include <string>
#include <vector>

#include "gateway/state/objects.hpp"

namespace nvi::apply {

// Kept in before.json of the runtime directory: for this boot, as sysctls and rules themselves are.
class Memory {
  public:
    // Writes down the present value, unless one is written down already.
    void keep_sysctl(const std::string& path);
    // That there was no such rule. The VRF driver makes the l3mdev rule with the first VRF and leaves it
    // for good, and it looks like that of somebody else's VRF.
    void keep_absence(const state::Rule& rule);

    std::vector<state::Sysctl> sysctls() const;
    bool was_absent(const state::Rule& rule) const;
    void forget();  // given back
};

}  // namespace nvi::apply
