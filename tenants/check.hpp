// SPDX-License-Identifier: GPL-2.0-or-later
// What must hold beyond the form of single values. Pure functions of the model.
#pragma once

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

void check_gateway(const Gateway& gateway, Diagnostics& diagnostics);

// One tenant against the gateway; what it shares with other tenants is the Registry's to check. Of a
// tenant that was read with errors, values are missing: `complete` is false then, and nothing is said
// of references to them.
void check_tenant(const Tenant& tenant, const Gateway& gateway, Diagnostics& diagnostics,
                  bool complete = true);

}  // namespace nvi::tenants
