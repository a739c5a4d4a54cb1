// SPDX-License-Identifier: GPL-2.0-or-later
// Link kind "vxlan", external and with a VNI filter: a tenant's tunnels. Its VNI is an object of its own
// (vni.hpp).
#include <linux/if_link.h>

#include "gateway/state/decode.hpp"
#include "gateway/state/kind.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;

constexpr netlink::Policy kData{
    {IFLA_VXLAN_COLLECT_METADATA, Kind::u8},
    {IFLA_VXLAN_VNIFILTER, Kind::u8},
    {IFLA_VXLAN_LOCAL, Kind::bytes},
    {IFLA_VXLAN_LOCAL6, Kind::bytes},
    {IFLA_VXLAN_LEARNING, Kind::u8},
    {IFLA_VXLAN_PORT, Kind::be16},
    {IFLA_VXLAN_ID, Kind::u32},
    {IFLA_VXLAN_GBP, Kind::flag},
    {IFLA_VXLAN_GPE, Kind::flag},
    {IFLA_VXLAN_UDP_ZERO_CSUM6_RX, Kind::u8},
};

// All that iproute2 sends, so that a device of ours and one made by hand are the same.
void encode(netlink::Message& message, const LinkKind& link, uint32_t) {
    const auto& vxlan = std::get<VxlanLink>(link);
    const auto data = message.nest(IFLA_INFO_DATA, kData);
    message.put_u8(IFLA_VXLAN_COLLECT_METADATA, 1);
    message.put_u8(IFLA_VXLAN_VNIFILTER, 1);
    message.put_bytes(vxlan.local.is_v4() ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, vxlan.local.bytes());
    message.put_u8(IFLA_VXLAN_LEARNING, 0);
    message.put_be16(IFLA_VXLAN_PORT, vxlan.port);
}

// What is not as ours are reads as port 0: no file asks for that, so the device is made anew.
LinkKind decode(const netlink::Attributes& info) {
    VxlanLink vxlan;
    const auto data = info.nest(IFLA_INFO_DATA, kData);
    if (!data) return vxlan;
    for (const auto& [family, type] :
         {std::pair(Family::v4, IFLA_VXLAN_LOCAL), std::pair(Family::v6, IFLA_VXLAN_LOCAL6)}) {
        if (const auto local = address_of(family, data->bytes(static_cast<uint16_t>(type)))) {
            vxlan.local = *local;
        }
    }
    const bool ours = data->u8(IFLA_VXLAN_COLLECT_METADATA).value_or(0) != 0 &&
                      data->u8(IFLA_VXLAN_VNIFILTER).value_or(0) != 0 &&
                      data->u32(IFLA_VXLAN_ID).value_or(0) == 0 && !data->has(IFLA_VXLAN_GBP) &&
                      !data->has(IFLA_VXLAN_GPE);
    if (ours) vxlan.port = data->be16(IFLA_VXLAN_PORT).value_or(0);
    return vxlan;
}

}  // namespace

const DeviceKind& vxlan_kind() {
    static constexpr DeviceKind kind{
        "vxlan", "vx",   false, [](const LinkKind& link) { return std::holds_alternative<VxlanLink>(link); },
        encode,  decode,
    };
    return kind;
}

}  // namespace nvi::state
