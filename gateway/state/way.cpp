// SPDX-License-Identifier: GPL-2.0-or-later
// How the kernel would send to a machine.
#include "gateway/state/way.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <unordered_set>

#include "gateway/netlink/dump.hpp"
#include "gateway/netlink/pipeline.hpp"
#include "gateway/state/link.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;
using netlink::Message;
using netlink::MessageView;

constexpr netlink::Policy kRoute{{RTA_DST, Kind::bytes}, {RTA_OIF, Kind::u32}};
constexpr netlink::Policy kLink{{IFLA_MTU, Kind::u32}};

constexpr size_t kRouteReply = 256;  // bytes

Message get_way(const Address& machine) {
    rtmsg head{};
    head.rtm_family = static_cast<uint8_t>(machine.is_v4() ? AF_INET : AF_INET6);
    head.rtm_dst_len = static_cast<uint8_t>(machine.bits());
    Message request(RTM_GETROUTE, 0, head, kRoute);
    request.put_bytes(RTA_DST, machine.bytes());
    return request;
}

// The index of the device for each machine; 0: no way there.
std::vector<uint32_t> devices_to(netlink::Socket& socket, std::span<const Address> machines) {
    std::vector<uint32_t> indices(machines.size());
    netlink::Pipeline pipeline(socket, [&](size_t machine, const MessageView& message) {
        if (message.type() == RTM_NEWROUTE)
            indices[machine] = message.attributes<rtmsg>(kRoute).u32(RTA_OIF).value_or(0);
    });
    for (size_t i = 0; i < machines.size(); ++i) pipeline.submit(get_way(machines[i]), i, kRouteReply);
    pipeline.flush();
    return indices;
}

}  // namespace

std::vector<Way> ways(netlink::Socket& socket, std::span<const Address> machines) {
    const std::vector<uint32_t> indices = devices_to(socket, machines);
    std::vector<Way> found;
    std::unordered_set<uint32_t> devices;
    for (size_t i = 0; i < machines.size(); ++i) {
        if (indices[i] == 0 || !devices.insert(indices[i]).second) continue;
        Message request = get_link(indices[i]);
        netlink::ask(socket, request, [&](const MessageView& message) {
            if (message.type() != RTM_NEWLINK) return;
            const uint32_t mtu = message.attributes<ifinfomsg>(kLink).u32(IFLA_MTU).value_or(0);
            found.push_back({machines[i], link_identity(message).name, mtu});
        });
    }
    return found;
}

bool is_reachable(netlink::Socket& socket, const Address& machine) {
    return devices_to(socket, {&machine, 1}).front() != 0;
}

}  // namespace nvi::state
