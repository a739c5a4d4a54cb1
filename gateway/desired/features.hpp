// SPDX-License-Identifier: GPL-2.0-or-later
// The features, one function and one file each: they append a tenant's objects to a state.
#pragma once

#include "gateway/desired/offload.hpp"
#include "gateway/state/objects.hpp"
#include "tenants/model.hpp"

namespace nvi::desired {

void add_frame(const tenants::Gateway& gateway, const Offload& offload, state::State& to);
void add_overlay(const tenants::Gateway& gateway, const tenants::Tenant& tenant, state::State& to);
void add_floating(const tenants::Tenant& tenant, state::State& to);
void add_snat(const tenants::Tenant& tenant, state::State& to);
void add_services(const tenants::Gateway& gateway, const tenants::Tenant& tenant, state::State& to);
void add_forwards(const tenants::Tenant& tenant, state::State& to);
void add_prefixes(const tenants::Tenant& tenant, state::State& to);
void add_peerings(const tenants::Tenant& tenant, state::State& to);
void add_firewall(const tenants::Tenant& tenant, state::State& to);
void add_limits(const tenants::Tenant& tenant, state::State& to);

// A public address that the tenant uses: the route that brings it to the tenant, and the right to
// leave by it (invariant I2). Stating one address twice is harmless; the doubles are dropped.
void add_public_address(const tenants::Tenant& tenant, const Address& address, state::State& to);

void add_elements(const std::vector<nft::Element>& elements, state::State& to);

}  // namespace nvi::desired
