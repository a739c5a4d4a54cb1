// SPDX-License-Identifier: GPL-2.0-or-later
// Checks of the ports of a tenant's pools.
#pragma once

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

// That the ports and blocks of the pool can be had, and are enough for its prefix.
void check_ports(const Snat& snat, Diagnostics& diagnostics);

}  // namespace nvi::tenants
