// SPDX-License-Identifier: GPL-2.0-or-later
// What the kinds of overlays ask of a tenant's file.
#pragma once

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

// Keys, underlay and hosts against the kind of the overlay. `complete`: as for check_tenant().
void check_overlay(const Tenant& tenant, const Gateway& gateway, Diagnostics& diagnostics, bool complete);

// Of gateway.toml: each kind of shared tunnel once.
void check_shared_kinds(const Gateway& gateway, Diagnostics& diagnostics);

}  // namespace nvi::tenants
