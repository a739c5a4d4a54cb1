// SPDX-License-Identifier: GPL-2.0-or-later
// Permanent neighbours as rtnetlink messages.
#include "gateway/state/neighbour.hpp"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

#include "gateway/state/decode.hpp"
#include "gateway/state/kind.hpp"
#include "gateway/state/names.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;
using netlink::Message;

constexpr netlink::Policy kNeighbour{
    {NDA_DST, Kind::bytes}, {NDA_LLADDR, Kind::bytes}, {NDA_IFINDEX, Kind::u32}, {NDA_PROTOCOL, Kind::u8}};

ndmsg header(const Neighbour& neighbour, Interfaces& interfaces) {
    ndmsg head{};
    head.ndm_family = static_cast<uint8_t>(af(neighbour.address.family()));
    head.ndm_ifindex = static_cast<int>(interfaces.index(neighbour.device));
    head.ndm_state = NUD_PERMANENT;
    return head;
}

}  // namespace

Message replace(const Neighbour& neighbour, Interfaces& interfaces) {
    Message message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, header(neighbour, interfaces), kNeighbour);
    message.put_u8(NDA_PROTOCOL, kProtocol);
    message.put_bytes(NDA_DST, neighbour.address.bytes());
    message.put_bytes(NDA_LLADDR, neighbour.node ? neighbour.node->bytes() : neighbour.mac.bytes());
    return message;
}

Message remove(const Neighbour& neighbour, Interfaces& interfaces) {
    Message message(RTM_DELNEIGH, 0, header(neighbour, interfaces), kNeighbour);
    message.put_bytes(NDA_DST, neighbour.address.bytes());
    return message;
}

Message get_neighbours(Family family, uint32_t index) {
    ndmsg head{};
    head.ndm_family = static_cast<uint8_t>(af(family));
    Message message(RTM_GETNEIGH, 0, head, kNeighbour);
    // Strict checking wants the filter here, not in the header.
    if (index != 0) message.put_u32(NDA_IFINDEX, index);
    return message;
}

Message get_neighbour(const Neighbour& neighbour, Interfaces& interfaces) {
    ndmsg head = header(neighbour, interfaces);
    head.ndm_state = 0;  // the kernel refuses a question with a state
    Message message(RTM_GETNEIGH, 0, head, kNeighbour);
    message.put_bytes(NDA_DST, neighbour.address.bytes());
    return message;
}

std::optional<Neighbour> decode_neighbour(const netlink::MessageView& message, Interfaces& interfaces) {
    const auto head = message.family<ndmsg>();
    const auto family = family_of(head.ndm_family);
    if (message.type() != RTM_NEWNEIGH || !family || (head.ndm_state & NUD_PERMANENT) == 0)
        return std::nullopt;
    const auto attributes = message.attributes<ndmsg>(kNeighbour);
    if (attributes.u8(NDA_PROTOCOL) != kProtocol) return std::nullopt;
    const auto address = address_of(*family, attributes.bytes(NDA_DST));
    const auto link_layer = attributes.bytes(NDA_LLADDR);
    const auto device = interfaces.name(static_cast<uint32_t>(head.ndm_ifindex));
    const auto node = address_of(Family::v4, link_layer);
    if (!address || !device || !link_layer || (!node && link_layer->size() != 6)) return std::nullopt;
    Neighbour result;
    result.device = *device;
    if (const auto named = kind_named(*device)) result.tenant = named->tenant;
    result.address = *address;
    if (is_shared(*device)) result.tenant = tenant_of_neighbour(*address);
    result.node = node;
    if (!node) {
        std::array<uint8_t, 6> bytes{};
        std::ranges::copy(*link_layer, bytes.begin());
        result.mac = Mac(bytes);
    }
    return result;
}

}  // namespace nvi::state
