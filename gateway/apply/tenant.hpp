// SPDX-License-Identifier: GPL-2.0-or-later
// Changing one tenant without looking at the others.
#pragma once

#include "gateway/apply/apply.hpp"
#include "tenants/model.hpp"

namespace nvi::apply {

// Makes the kernel as `tenant` says, and what belongs to all if it is not there yet. `former`: what the
// tenant said before; its public addresses and nft elements are looked for too.
Outcome apply_tenant(Kernel& kernel, const tenants::Gateway& gateway, const tenants::Tenant& tenant,
                     const tenants::Tenant* former, const Progress& progress);

// Removes all that the tenant has. What belongs to all is left as it is.
Outcome remove_tenant(Kernel& kernel, const tenants::Gateway& gateway, const tenants::Tenant& tenant,
                      const Progress& progress);

// One tenant's part of an observed or a desired state; the nft frame stays.
state::State only(const state::State& state, state::TenantId tenant);

}  // namespace nvi::apply
