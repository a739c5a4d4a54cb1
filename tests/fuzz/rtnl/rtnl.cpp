// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a datagram of the kernel's: every reader takes it or throws nvi::Error. What a reader
// takes, the encoders can say again, and it reads the same.
#include <linux/rtnetlink.h>

#include <cstdlib>
#include <vector>

#include "gateway/net/error.hpp"
#include "gateway/netlink/answer.hpp"
#include "gateway/state/interface_address.hpp"
#include "gateway/state/link.hpp"
#include "gateway/state/neighbour.hpp"
#include "gateway/state/route.hpp"
#include "gateway/state/rule.hpp"
#include "gateway/state/vni.hpp"

namespace {

using nvi::netlink::Message;
using nvi::netlink::MessageView;

nvi::state::Interfaces& interfaces() {
    static nvi::state::Interfaces known = [] {
        nvi::state::Interfaces some;
        some.learn("nvi0", 10);
        some.learn("vrf1001", 11);
        some.learn("gt1001", 12);
        return some;
    }();
    return known;
}

template <typename Decode, typename Encode>
void round_trip(const MessageView& message, Decode decode, Encode encode) {
    const auto value = decode(message);
    if (!value) return;
    const Message again = encode(*value);
    const auto read = decode(MessageView(again.bytes()));
    if (!read || !(*read == *value)) std::abort();
}

void route(const MessageView& message) {
    using namespace nvi::state;
    const auto decode = [](const MessageView& view) { return decode_route(view, interfaces()); };
    const auto value = decode(message);
    if (!value) return;
    // What has no device that we know, or is told to be not as ours, cannot be said again.
    const bool on_device = value->type == RouteType::unicast || value->type == RouteType::local;
    if (!value->plain || (on_device && value->device.empty())) return;
    if (!(value->destination == value->destination.network())) return;
    round_trip(message, decode, [](const Route& object) { return add(object, interfaces()); });
}

void read(const MessageView& message) {
    using namespace nvi::state;
    nvi::netlink::answer(message);
    switch (message.type()) {
        case RTM_NEWLINK: {
            const auto link = decode_link(message, 0);
            if (const auto* ours = std::get_if<ObservedLink>(&link)) create(ours->link, interfaces());
            link_identity(message);
            break;
        }
        case RTM_NEWADDR:
            round_trip(
                message, [](const MessageView& view) { return decode_address(view, interfaces()); },
                [](const InterfaceAddress& object) { return add(object, interfaces()); });
            break;
        case RTM_NEWROUTE:
            route(message);
            break;
        case RTM_NEWNEIGH:
            round_trip(
                message, [](const MessageView& view) { return decode_neighbour(view, interfaces()); },
                [](const Neighbour& object) { return replace(object, interfaces()); });
            break;
        case RTM_NEWTUNNEL:
            decode_vni(message);
            break;
        case RTM_NEWRULE:
            decode_rule(message);
            break;
        default:
            break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    // As the socket's buffer: aligned, and of exactly this length for the address sanitizer.
    const std::vector<uint8_t> datagram(data, data + size);
    try {
        nvi::netlink::messages(datagram, [](const MessageView& message) {
            try {
                read(message);
            } catch (const nvi::Error&) {
            }
            return true;
        });
    } catch (const nvi::Error&) {
    }
    return 0;
}
