// SPDX-License-Identifier: GPL-2.0-or-later
// Names of our devices.
#include "gateway/state/names.hpp"

#include <charconv>

#include "gateway/state/kind.hpp"

namespace nvi::state {

std::string vrf_name(TenantId tenant) {
    return vrf_kind().prefix + std::to_string(tenant);
}
std::string gretap_name(TenantId tenant) {
    return gretap_kind().prefix + std::to_string(tenant);
}
std::string vxlan_name(TenantId tenant) {
    return vxlan_kind().prefix + std::to_string(tenant);
}
std::string gre_name(TenantId tenant) {
    return gre_kind().prefix + std::to_string(tenant);
}
std::string sit_name(TenantId tenant) {
    return sit_kind().prefix + std::to_string(tenant);
}

std::optional<TenantId> tenant_in(std::string_view prefix, std::string_view name) {
    if (!name.starts_with(prefix)) return std::nullopt;
    name.remove_prefix(prefix.size());
    TenantId tenant = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), tenant);
    if (error != std::errc() || end != name.data() + name.size() || name.front() == '0') return std::nullopt;
    if (tenant < kLeastTenant || tenant > kMostTenant) return std::nullopt;
    return tenant;
}

}  // namespace nvi::state
