// SPDX-License-Identifier: GPL-2.0-or-later
// The VNI filter of vxlan devices as rtnetlink messages.
#include "gateway/state/vni.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace nvi::state {
namespace {

using netlink::Kind;
using netlink::Message;

constexpr netlink::Policy kEntry{{VXLAN_VNIFILTER_ENTRY_START, Kind::u32},
                                 {VXLAN_VNIFILTER_ENTRY_END, Kind::u32}};
constexpr netlink::Policy kFilter{{VXLAN_VNIFILTER_ENTRY, Kind::nest, &kEntry}};

tunnel_msg header(uint32_t index) {
    tunnel_msg head{};
    head.family = PF_BRIDGE;
    head.ifindex = index;
    return head;
}

}  // namespace

Message add_vni(const Link& link, Interfaces& interfaces) {
    Message message(RTM_NEWTUNNEL, 0, header(interfaces.index(link.name)), kFilter);
    const auto entry = message.nest(VXLAN_VNIFILTER_ENTRY);
    message.put_u32(VXLAN_VNIFILTER_ENTRY_START, std::get<VxlanLink>(link.kind).vni);
    return message;
}

Message get_vnis(uint32_t index) {
    return Message(RTM_GETTUNNEL, 0, header(index), kFilter);
}

std::optional<ObservedVni> decode_vni(const netlink::MessageView& message) {
    // One entry, with nothing in it but its VNI: several are several attributes of one type.
    constexpr size_t kOne = NLMSG_ALIGN(sizeof(tunnel_msg)) + 2 * NLA_HDRLEN + sizeof(uint32_t);
    const auto head = message.family<tunnel_msg>();
    if (message.type() != RTM_NEWTUNNEL) return std::nullopt;
    ObservedVni observed{head.ifindex, 0};
    const auto entry = message.attributes<tunnel_msg>(kFilter).nest(VXLAN_VNIFILTER_ENTRY);
    if (entry && message.payload().size() == kOne) {
        observed.vni = entry->u32(VXLAN_VNIFILTER_ENTRY_START).value_or(0);
    }
    return observed;
}

}  // namespace nvi::state
