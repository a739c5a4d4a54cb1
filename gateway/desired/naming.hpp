// SPDX-License-Identifier: GPL-2.0-or-later
// What the gateway's devices are called and addressed by, beyond their names.
#pragma once

#include <string>

#include "gateway/net/address.hpp"
#include "gateway/state/objects.hpp"
#include "tenants/model.hpp"

namespace nvi::desired {

// The alias of a device: tells a person who made it, and for which tenant.
inline constexpr const char* kAlias = "nvi-gateway";
inline std::string alias(const std::string& tenant) {
    return std::string(kAlias) + ' ' + tenant;
}

// The same after every restart, so that the hosts' ARP entries for the gateway stay true: 02 (locally
// administered), "nv", 00 and the id. It need not be unknown elsewhere, only unique within a tenant.
inline Mac tunnel_mac(state::TenantId id) {
    return Mac({0x02, 0x6e, 0x76, 0x00, static_cast<uint8_t>(id >> 8), static_cast<uint8_t>(id)});
}

// Of the devices that tenants share. The table tells by the first four bytes what came by one of them
// (nft/frame_parts.hpp).
inline Mac shared_mac(bool vxlan) {
    return Mac({0x02, 0x6e, 0x76, 0x01, 0x00, static_cast<uint8_t>(vxlan ? 1 : 0)});
}

// The device that a tenant's packets come and go by, and its MTU in bytes.
std::string tunnel_device(const tenants::Tenant& tenant);
uint32_t tunnel_mtu(const tenants::Gateway& gateway, const tenants::Tenant& tenant);

}  // namespace nvi::desired
