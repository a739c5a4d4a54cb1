// SPDX-License-Identifier: GPL-2.0-or-later
// Checks of the ports of a tenant's pools.
#pragma once

#include <vector>

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

// That the ports and blocks of the pool can be had, and are enough for its prefix.
void check_ports(const Snat& snat, Diagnostics& diagnostics);
// That no port of a host's own block is another pool's of the tenant, too: whose it was could not be told.
void check_blocks(const std::vector<Snat>& pools, Diagnostics& diagnostics);

}  // namespace nvi::tenants
