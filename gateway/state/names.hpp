// SPDX-License-Identifier: GPL-2.0-or-later
// Names of our devices: nvi0, and one of each kind a tenant: a prefix and the tenant's id.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/state/objects.hpp"

namespace nvi::state {

inline constexpr const char* kNviName = "nvi0";
inline constexpr TenantId kLeastTenant = 256;
inline constexpr TenantId kMostTenant = 65535;

std::string vrf_name(TenantId tenant);     // "vrf1001"
std::string gretap_name(TenantId tenant);  // "gt1001"
std::string vxlan_name(TenantId tenant);   // "vx1001"
std::string gre_name(TenantId tenant);     // "gr1001"
std::string sit_name(TenantId tenant);     // "si1001"
inline constexpr const char* kSharedGretapName = "gtshared";
inline constexpr const char* kSharedVxlanName = "vxshared";
bool is_shared(std::string_view device);

// A host on a shared device, which has one neighbour table for all tenants: fe80::, the tenant's id and the
// host's MAC, so that the addresses of two tenants never meet there.
Address host_neighbour(TenantId tenant, const Mac& mac);
// Whose it is; 0 when it is none.
TenantId tenant_of_neighbour(const Address& address);

// The tenant whose device of this prefix has this name; empty for other names ("vrf", "vrf7", "vrf01001").
std::optional<TenantId> tenant_in(std::string_view prefix, std::string_view name);

}  // namespace nvi::state
