// SPDX-License-Identifier: GPL-2.0-or-later
// rtnetlink requests for peers' devices.
#include "peers/links.hpp"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>

#include "gateway/net/error.hpp"
#include "gateway/netlink/pipeline.hpp"

namespace nvi::peers {

namespace {

using netlink::Kind;
using netlink::Message;
using netlink::Policy;

constexpr Policy kVxlan{{IFLA_VXLAN_ID, Kind::u32},
                        {IFLA_VXLAN_PORT, Kind::be16},
                        {IFLA_VXLAN_LEARNING, Kind::u8},
                        {IFLA_VXLAN_PORT_RANGE, Kind::bytes},
                        {IFLA_VXLAN_UDP_CSUM, Kind::u8}};
constexpr Policy kInfo{{IFLA_INFO_KIND, Kind::text}, {IFLA_INFO_DATA, Kind::nest}};
constexpr Policy kInet6{{IFLA_INET6_ADDR_GEN_MODE, Kind::u8}};
constexpr Policy kFamilies{{AF_INET6, Kind::old_nest, &kInet6}};
constexpr Policy kLink{{IFLA_IFNAME, Kind::text},
                       {IFLA_ADDRESS, Kind::bytes},
                       {IFLA_MTU, Kind::u32},
                       {IFLA_LINKINFO, Kind::nest, &kInfo},
                       {IFLA_AF_SPEC, Kind::old_nest, &kFamilies}};
constexpr Policy kAddress{{IFA_LOCAL, Kind::bytes}, {IFA_ADDRESS, Kind::bytes}, {IFA_FLAGS, Kind::u32}};
constexpr Policy kRoute{
    {RTA_DST, Kind::bytes}, {RTA_OIF, Kind::u32}, {RTA_GATEWAY, Kind::bytes}, {RTA_PREFSRC, Kind::bytes}};
constexpr Policy kForwarding{{NDA_DST, Kind::bytes}, {NDA_LLADDR, Kind::bytes}, {NDA_PORT, Kind::be16}};

ifinfomsg link(uint32_t index = 0) {
    ifinfomsg head{};
    head.ifi_index = static_cast<int>(index);
    return head;
}

// As the vxlan driver takes it (IFLA_VXLAN_PORT_RANGE): both in network order.
struct Range {
    uint8_t low[2];
    uint8_t high[2];
};

// The kernel takes low <= port < high; with low = high it takes the local port range (udp_flow_src_port()).
// Since 7.2 high may be taken as well: gwpeer rewrites it then.
Range only(uint16_t port) {
    const auto next = static_cast<uint16_t>(port + 1);
    return {{static_cast<uint8_t>(port >> 8), static_cast<uint8_t>(port)},
            {static_cast<uint8_t>(next >> 8), static_cast<uint8_t>(next)}};
}

Message forwarding(uint16_t type, uint16_t flags, const std::string& device, const Address& remote,
                   uint16_t port) {
    ndmsg head{};
    head.ndm_family = AF_BRIDGE;
    head.ndm_ifindex = static_cast<int>(index_of(device));
    head.ndm_state = NUD_PERMANENT | NUD_NOARP;
    head.ndm_flags = NTF_SELF;
    Message message(type, flags, head, kForwarding);
    // All zeros: every destination that has no entry of its own.
    message.put_bytes(NDA_LLADDR, Mac().bytes());
    message.put_bytes(NDA_DST, remote.bytes());
    message.put_be16(NDA_PORT, port);
    return message;
}

}  // namespace

Links::Links() : socket_(netlink::Socket::open(NETLINK_ROUTE)) {}

int Links::request(const Message& message, const std::string& what, int allowed) {
    netlink::Pipeline pipeline(socket_);
    pipeline.submit(message, 0);
    const auto failures = pipeline.flush();
    if (failures.empty()) return 0;
    if (allowed != 0 && failures.front().code == allowed) return allowed;
    throw Error::system(what, failures.front().code, failures.front().words);
}

void Links::make(const VxlanDevice& device) {
    Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link(), kLink);
    message.put_text(IFLA_IFNAME, device.name);
    message.put_bytes(IFLA_ADDRESS, device.mac.bytes());
    message.put_u32(IFLA_MTU, device.mtu);
    {
        const auto info = message.nest(IFLA_LINKINFO);
        message.put_text(IFLA_INFO_KIND, "vxlan");
        const auto data = message.nest(IFLA_INFO_DATA, kVxlan);
        message.put_u32(IFLA_VXLAN_ID, device.vni);
        message.put_be16(IFLA_VXLAN_PORT, device.port);
        message.put_u8(IFLA_VXLAN_LEARNING, 0);
        message.put_struct(IFLA_VXLAN_PORT_RANGE, only(device.port));
        // The gateway rewrites addresses and ports.
        message.put_u8(IFLA_VXLAN_UDP_CSUM, 0);
    }
    request(message, "make the vxlan device " + device.name);
    if (device.ipv6) return;
    // Else it would ask for routers, and the gateway would refuse that.
    Message quiet(RTM_NEWLINK, 0, link(index_of(device.name)), kLink);
    {
        const auto families = quiet.nest(IFLA_AF_SPEC);
        const auto inet6 = quiet.nest(AF_INET6);
        quiet.put_u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    }
    // A kernel without IPv6 has nothing to keep quiet.
    request(quiet, "no link-local address for " + device.name, EAFNOSUPPORT);
}

bool Links::make_dummy(const std::string& name, uint32_t mtu) {
    Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link(), kLink);
    message.put_text(IFLA_IFNAME, name);
    message.put_u32(IFLA_MTU, mtu);
    {
        const auto info = message.nest(IFLA_LINKINFO);
        message.put_text(IFLA_INFO_KIND, "dummy");
    }
    return request(message, "make the dummy device " + name, EEXIST) == 0;
}

void Links::set_up(const std::string& name) {
    ifinfomsg head = link(index_of(name));
    head.ifi_flags = IFF_UP;
    head.ifi_change = IFF_UP;
    request(Message(RTM_NEWLINK, 0, head, kLink), "set up " + name);
}

void Links::remove(const std::string& name) {
    const uint32_t index = if_nametoindex(name.c_str());
    if (index == 0) return;
    request(Message(RTM_DELLINK, 0, link(index), kLink), "delete " + name, ENODEV);
}

void Links::add_address(const std::string& device, const Prefix& address) {
    ifaddrmsg head{};
    head.ifa_family = static_cast<uint8_t>(af(address.family()));
    head.ifa_prefixlen = static_cast<uint8_t>(address.length());
    head.ifa_index = index_of(device);
    Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, head, kAddress);
    message.put_bytes(IFA_LOCAL, address.address().bytes());
    message.put_bytes(IFA_ADDRESS, address.address().bytes());
    if (address.family() == Family::v6) message.put_u32(IFA_FLAGS, IFA_F_NODAD);
    request(message, "address " + address.str() + " of " + device);
}

void Links::set_route(const Prefix& to, const std::string& device, const std::optional<Address>& via,
                      const std::optional<Address>& source) {
    rtmsg head{};
    head.rtm_family = static_cast<uint8_t>(af(to.family()));
    head.rtm_dst_len = static_cast<uint8_t>(to.length());
    head.rtm_table = RT_TABLE_MAIN;
    head.rtm_protocol = RTPROT_STATIC;
    head.rtm_scope = via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    head.rtm_type = RTN_UNICAST;
    if (via) head.rtm_flags = RTNH_F_ONLINK;
    Message message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, head, kRoute);
    message.put_bytes(RTA_DST, to.network().address().bytes());
    message.put_u32(RTA_OIF, index_of(device));
    if (via) message.put_bytes(RTA_GATEWAY, via->bytes());
    if (source) message.put_bytes(RTA_PREFSRC, source->bytes());
    request(message, "route to " + to.str() + " by " + device);
}

void Links::set_remote(const std::string& device, const Address& remote, uint16_t port) {
    // Appended: replacing is refused for an address of zeros that has several (vxlan_fdb_update()).
    request(forwarding(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_APPEND, device, remote, port),
            "remote " + remote.str() + " of " + device, EEXIST);
}

void Links::remove_remote(const std::string& device, const Address& remote, uint16_t port) {
    request(forwarding(RTM_DELNEIGH, 0, device, remote, port), "remote " + remote.str() + " of " + device,
            ENOENT);
}

uint32_t index_of(const std::string& device) {
    const uint32_t index = if_nametoindex(device.c_str());
    if (index == 0) throw Error::system("device " + device, errno);
    return index;
}

}  // namespace nvi::peers
