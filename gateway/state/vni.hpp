// SPDX-License-Identifier: GPL-2.0-or-later
// The VNI filter of vxlan devices (drivers/net/vxlan/vxlan_vnifilter.c): "bridge vni".
#pragma once

#include <optional>

#include "gateway/netlink/attributes.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/state/interfaces.hpp"
#include "gateway/state/objects.hpp"

namespace nvi::state {

// The VNI that the device takes packets of. Refused with EEXIST where another device has it on the same
// UDP port.
netlink::Message add_vni(const Link& link, Interfaces& interfaces);
// For a dump of one device's VNIs, or of all devices' (index 0). Kernels below 5.18 refuse it with
// EOPNOTSUPP.
netlink::Message get_vnis(uint32_t index = 0);

struct ObservedVni {
    uint32_t index{};  // of the device
    uint32_t vni{};    // 0: not exactly one
};
std::optional<ObservedVni> decode_vni(const netlink::MessageView& message);

}  // namespace nvi::state
