// SPDX-License-Identifier: GPL-2.0-or-later
// Link kind "vrf": a tenant's routing domain.
#include <linux/if_link.h>

#include "gateway/state/kind.hpp"

namespace nvi::state {
namespace {

constexpr netlink::Policy kData{{IFLA_VRF_TABLE, netlink::Kind::u32}};

void encode(netlink::Message& message, const LinkKind& link, uint32_t) {
    const auto data = message.nest(IFLA_INFO_DATA, kData);
    message.put_u32(IFLA_VRF_TABLE, std::get<VrfLink>(link).table);
}

LinkKind decode(const netlink::Attributes& info) {
    const auto data = info.nest(IFLA_INFO_DATA, kData);
    return VrfLink{data ? data->u32(IFLA_VRF_TABLE).value_or(0) : 0};
}

}  // namespace

const DeviceKind& vrf_kind() {
    static constexpr DeviceKind kind{
        "vrf",  "vrf",  false, [](const LinkKind& link) { return std::holds_alternative<VrfLink>(link); },
        encode, decode,
    };
    return kind;
}

}  // namespace nvi::state
