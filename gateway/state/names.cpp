// SPDX-License-Identifier: GPL-2.0-or-later
// Names of our devices.
#include "gateway/state/names.hpp"

#include <algorithm>
#include <array>
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

bool is_shared(std::string_view device) {
    return device == kSharedGretapName || device == kSharedVxlanName;
}

Address host_neighbour(TenantId tenant, const Mac& mac) {
    std::array<uint8_t, 16> bytes{0xfe, 0x80};
    bytes[8] = static_cast<uint8_t>(tenant >> 8);
    bytes[9] = static_cast<uint8_t>(tenant);
    std::ranges::copy(mac.bytes(), bytes.begin() + 10);
    return Address::from_bytes(Family::v6, bytes);
}

TenantId tenant_of_neighbour(const Address& address) {
    if (address.is_v4() || !address.is_link_local()) return 0;
    const auto bytes = address.bytes();
    return static_cast<TenantId>(bytes[8] << 8 | bytes[9]);
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
