// SPDX-License-Identifier: GPL-2.0-or-later
// Checks of what a tenant has by prefixes: public ones, and those of peerings.
#pragma once

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"
#include "tenants/prefix_set.hpp"

namespace nvi::tenants {

// `inside`: the gateway prefixes of the tenant's overlay; `outside`: the gateway's public prefixes. As in
// check_tenant(), `complete` says whether all of the file could be read.
void check_prefixes(const Tenant& tenant, const PrefixSet& inside, const PrefixSet& outside,
                    const Gateway& gateway, Diagnostics& diagnostics, bool complete);

// What one tenant says of a peering and the other does not: it is no error, and nothing passes.
std::vector<Diagnostic> one_sided(const Config& config);

}  // namespace nvi::tenants
