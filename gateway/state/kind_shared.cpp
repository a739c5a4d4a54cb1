// SPDX-License-Identifier: GPL-2.0-or-later
// Link kinds "gretap" and "vxlan", external: one of each for all tenants without a device of their own. Keys,
// nodes and sources are the routes'.
#include <linux/if_link.h>
#include <linux/if_tunnel.h>

#include "gateway/state/decode.hpp"
#include "gateway/state/kind.hpp"
#include "gateway/state/names.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;

constexpr netlink::Policy kGretap{{IFLA_GRE_COLLECT_METADATA, Kind::flag}};
constexpr netlink::Policy kVxlan{
    {IFLA_VXLAN_COLLECT_METADATA, Kind::u8},
    {IFLA_VXLAN_VNIFILTER, Kind::u8},
    {IFLA_VXLAN_LOCAL, Kind::bytes},
    {IFLA_VXLAN_LOCAL6, Kind::bytes},
    {IFLA_VXLAN_LEARNING, Kind::u8},
    {IFLA_VXLAN_PORT, Kind::be16},
    {IFLA_VXLAN_ID, Kind::u32},
    {IFLA_VXLAN_GBP, Kind::flag},
    {IFLA_VXLAN_GPE, Kind::flag},
};

void encode_gretap(netlink::Message& message, const LinkKind&, uint32_t) {
    const auto data = message.nest(IFLA_INFO_DATA, kGretap);
    message.put_flag(IFLA_GRE_COLLECT_METADATA);
}

LinkKind decode_gretap(const netlink::Attributes& info) {
    const auto data = info.nest(IFLA_INFO_DATA, kGretap);
    return SharedGretapLink{data && data->has(IFLA_GRE_COLLECT_METADATA)};
}

void encode_vxlan(netlink::Message& message, const LinkKind& link, uint32_t) {
    const auto& vxlan = std::get<SharedVxlanLink>(link);
    const auto data = message.nest(IFLA_INFO_DATA, kVxlan);
    message.put_u8(IFLA_VXLAN_COLLECT_METADATA, 1);
    message.put_bytes(vxlan.local.is_v4() ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, vxlan.local.bytes());
    message.put_u8(IFLA_VXLAN_LEARNING, 0);
    message.put_be16(IFLA_VXLAN_PORT, vxlan.port);
}

// What is not as ours is reads as port 0.
LinkKind decode_vxlan(const netlink::Attributes& info) {
    SharedVxlanLink vxlan;
    const auto data = info.nest(IFLA_INFO_DATA, kVxlan);
    if (!data) return vxlan;
    if (const auto local = address_of(Family::v4, data->bytes(IFLA_VXLAN_LOCAL))) vxlan.local = *local;
    if (const auto local = address_of(Family::v6, data->bytes(IFLA_VXLAN_LOCAL6))) vxlan.local = *local;
    const bool ours = data->u8(IFLA_VXLAN_COLLECT_METADATA).value_or(0) != 0 &&
                      data->u8(IFLA_VXLAN_VNIFILTER).value_or(0) == 0 &&
                      data->u32(IFLA_VXLAN_ID).value_or(0) == 0 && !data->has(IFLA_VXLAN_GBP) &&
                      !data->has(IFLA_VXLAN_GPE);
    if (ours) vxlan.port = data->be16(IFLA_VXLAN_PORT).value_or(0);
    return vxlan;
}

}  // namespace

const DeviceKind& shared_gretap_kind() {
    static constexpr DeviceKind kind{
        "gretap",      kSharedGretapName,
        true,          [](const LinkKind& link) { return std::holds_alternative<SharedGretapLink>(link); },
        encode_gretap, decode_gretap,
    };
    return kind;
}

const DeviceKind& shared_vxlan_kind() {
    static constexpr DeviceKind kind{
        "vxlan",      kSharedVxlanName,
        true,         [](const LinkKind& link) { return std::holds_alternative<SharedVxlanLink>(link); },
        encode_vxlan, decode_vxlan,
    };
    return kind;
}

}  // namespace nvi::state
