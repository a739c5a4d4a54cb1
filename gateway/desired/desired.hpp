// SPDX-License-Identifier: GPL-2.0-or-later
// From what the operator wrote to the kernel objects that make it so. Pure functions of values.
#pragma once

#include "gateway/desired/offload.hpp"
#include "gateway/state/objects.hpp"
#include "tenants/model.hpp"

namespace nvi::desired {

// Every object of the gateway: its own (tenant 0) and those of all the tenants. Sorted.
state::State desired(const tenants::Config& config, const Offload& offload);

// The gateway's own objects only; the same whatever the tenants.
state::State frame(const tenants::Gateway& gateway, const Offload& offload);

// One tenant's objects only: none of them is shared with another tenant.
state::State tenant(const tenants::Gateway& gateway, const tenants::Tenant& tenant, const Offload& offload);

}  // namespace nvi::desired
