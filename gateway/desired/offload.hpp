// SPDX-License-Identifier: GPL-2.0-or-later
// Whether, and how, tenants' connections take the kernel's short way. A pure function of values.
#pragma once

#include <string>
#include <vector>

#include "gateway/state/machine.hpp"
#include "tenants/model.hpp"

namespace nvi::desired {

struct Offload {
    bool on = false;
    std::string why_not;               // when it is off
    std::vector<std::string> uplinks;  // devices of the flowtable, and the first is nvi0's own
    std::vector<std::string> missing;  // uplinks of gateway.toml that are not there
    // Metadata of tunnels is dropped in front of the flowtable, and why.
    bool drop_metadata = false;
    std::string why_drop;
};

Offload offload(const tenants::Gateway& gateway, const state::Machine& machine);

}  // namespace nvi::desired
