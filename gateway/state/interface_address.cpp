// SPDX-License-Identifier: GPL-2.0-or-later
// Interface addresses as rtnetlink messages.
#include "gateway/state/interface_address.hpp"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "gateway/state/decode.hpp"
#include "gateway/state/kind.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;
using netlink::Message;

constexpr netlink::Policy kAddress{
    {IFA_LOCAL, Kind::bytes}, {IFA_ADDRESS, Kind::bytes}, {IFA_FLAGS, Kind::u32}, {IFA_PROTO, Kind::u8}};

ifaddrmsg header(const InterfaceAddress& address, Interfaces& interfaces) {
    ifaddrmsg head{};
    head.ifa_family = static_cast<uint8_t>(af(address.address.family()));
    head.ifa_prefixlen = static_cast<uint8_t>(address.address.length());
    head.ifa_index = interfaces.index(address.device);
    return head;
}

}  // namespace

Message add(const InterfaceAddress& address, Interfaces& interfaces) {
    Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header(address, interfaces), kAddress);
    const auto bytes = address.address.address().bytes();
    const bool v4 = address.address.family() == Family::v4;
    message.put_bytes(IFA_LOCAL, bytes);
    message.put_u32(IFA_FLAGS, IFA_F_NOPREFIXROUTE | (v4 ? 0U : IFA_F_NODAD));
    message.put_bytes(IFA_ADDRESS, bytes);
    message.put_u8(IFA_PROTO, kProtocol);
    return message;
}

Message remove(const InterfaceAddress& address, Interfaces& interfaces) {
    Message message(RTM_DELADDR, 0, header(address, interfaces), kAddress);
    const auto bytes = address.address.address().bytes();
    message.put_bytes(IFA_LOCAL, bytes);
    message.put_bytes(IFA_ADDRESS, bytes);
    return message;
}

Message get_addresses(Family family, uint32_t index) {
    ifaddrmsg head{};
    head.ifa_family = static_cast<uint8_t>(af(family));
    head.ifa_index = index;
    return Message(RTM_GETADDR, 0, head, kAddress);
}

std::optional<InterfaceAddress> decode_address(const netlink::MessageView& message, Interfaces& interfaces) {
    const auto head = message.family<ifaddrmsg>();
    const auto family = family_of(head.ifa_family);
    if (message.type() != RTM_NEWADDR || !family) return std::nullopt;
    const auto attributes = message.attributes<ifaddrmsg>(kAddress);
    if (attributes.u8(IFA_PROTO) != kProtocol) return std::nullopt;
    const auto local = attributes.bytes(IFA_LOCAL);
    const auto address = address_of(*family, local ? local : attributes.bytes(IFA_ADDRESS));
    const auto device = interfaces.name(head.ifa_index);
    if (!address || !device || head.ifa_prefixlen > address->bits()) return std::nullopt;
    InterfaceAddress result;
    result.device = *device;
    if (const auto named = kind_named(*device)) result.tenant = named->tenant;
    result.address = Prefix(*address, head.ifa_prefixlen);
    return result;
}

}  // namespace nvi::state
