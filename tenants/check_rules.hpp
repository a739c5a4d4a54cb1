// SPDX-License-Identifier: GPL-2.0-or-later
// Checks of one tenant's firewall.
#pragma once

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"
#include "tenants/prefix_set.hpp"

namespace nvi::tenants {

// `inside`: the tenant's own prefixes; `publics`: those that the gateway gives.
void check_rules(const Tenant& tenant, const PrefixSet& inside, const PrefixSet& publics,
                 Diagnostics& diagnostics);

}  // namespace nvi::tenants
