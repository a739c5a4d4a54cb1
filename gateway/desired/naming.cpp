// SPDX-License-Identifier: GPL-2.0-or-later
// What the gateway's devices are called and addressed by, beyond their names.
#include "gateway/desired/naming.hpp"

#include "gateway/net/error.hpp"
#include "gateway/state/names.hpp"

namespace nvi::desired {

std::string tunnel_device(const tenants::Tenant& tenant) {
    const auto id = tenant.id.value;
    switch (tenant.overlay.type.value) {
        case tenants::OverlayType::gretap:
            return state::gretap_name(id);
        case tenants::OverlayType::vxlan:
            return state::vxlan_name(id);
        case tenants::OverlayType::gre:
            return state::gre_name(id);
        case tenants::OverlayType::ipip:
            return state::sit_name(id);
    }
    throw Error("tenant " + tenant.name + ": an overlay of no known type");
}

uint32_t tunnel_mtu(const tenants::Gateway& gateway, const tenants::Tenant& tenant) {
    return gateway.underlay_mtu -
           tenants::overhead(tenant.overlay.type.value, gateway.underlay.value.family());
}

}  // namespace nvi::desired
