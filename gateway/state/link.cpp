// SPDX-License-Identifier: GPL-2.0-or-later
// Links as rtnetlink messages. Attributes stand in the order in which iproute2 sends them.
#include "gateway/state/link.hpp"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "gateway/state/kind.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;
using netlink::Message;
using netlink::MessageView;
using netlink::Policy;

// Empty: its content depends on the kind, which brings its own table.
constexpr Policy kInfo{{IFLA_INFO_KIND, Kind::text}, {IFLA_INFO_DATA, Kind::old_nest}};
constexpr Policy kInetConf{{IPV4_DEVCONF_ACCEPT_LOCAL, Kind::u32},
                           {IPV4_DEVCONF_RP_FILTER, Kind::u32},
                           {IPV4_DEVCONF_SEND_REDIRECTS, Kind::u32},
                           {IPV4_DEVCONF_PROMOTE_SECONDARIES, Kind::u32}};
// The kernel takes nested attributes here and gives an array of 32-bit values (net/ipv4/devinet.c).
constexpr Policy kInetSet{{IFLA_INET_CONF, Kind::old_nest, &kInetConf}};
constexpr Policy kInetRead{{IFLA_INET_CONF, Kind::bytes}};
constexpr Policy kInet6{{IFLA_INET6_ADDR_GEN_MODE, Kind::u8}, {IFLA_INET6_CONF, Kind::bytes}};
constexpr Policy kAfSpec{{AF_INET, Kind::old_nest}, {AF_INET6, Kind::old_nest, &kInet6}};
constexpr Policy kLink{
    {IFLA_IFNAME, Kind::text},  {IFLA_MASTER, Kind::u32},   {IFLA_ADDRESS, Kind::bytes},
    {IFLA_MTU, Kind::u32},      {IFLA_GROUP, Kind::u32},    {IFLA_LINKINFO, Kind::old_nest, &kInfo},
    {IFLA_IFALIAS, Kind::text}, {IFLA_EXT_MASK, Kind::u32}, {IFLA_AF_SPEC, Kind::old_nest, &kAfSpec},
    {IFLA_QDISC, Kind::text},   {IFLA_LINK, Kind::u32},
};
constexpr Policy kNoData{};
constexpr Policy kQdisc{{TCA_KIND, Kind::text}};

ifinfomsg header(uint32_t index) {
    ifinfomsg head{};
    head.ifi_index = static_cast<int>(index);
    return head;
}

Message change(uint32_t index) {
    return Message(RTM_NEWLINK, 0, header(index), kLink);
}

void put_common(Message& message, const Link& link, Interfaces& interfaces) {
    if (!link.master.empty()) message.put_u32(IFLA_MASTER, interfaces.index(link.master));
    if (link.mac) message.put_bytes(IFLA_ADDRESS, link.mac->bytes());
    if (link.mtu != 0) message.put_u32(IFLA_MTU, link.mtu);
    message.put_u32(IFLA_GROUP, kLinkGroup);
}

// 0: none.
uint32_t lower_index(const Link& link, Interfaces& interfaces) {
    const auto* lower = lower_device(link.kind);
    return lower == nullptr || lower->empty() ? 0 : interfaces.index(*lower);
}

// Of a new device `none` need not be said.
void put_uplink(Message& message, const Link& link, bool is_new, uint32_t uplink) {
    if (std::holds_alternative<NviLink>(link.kind) && !(is_new && uplink == 0))
        message.put_u32(IFLA_LINK, uplink);
}

// The kernel's own word for a device's setting, which is one of an array of them; 0: it has none.
uint32_t setting(std::span<const uint8_t> array, size_t index) {
    uint32_t value = 0;
    const size_t at = index * sizeof(value);
    if (at + sizeof(value) <= array.size()) std::memcpy(&value, array.data() + at, sizeof(value));
    return value;
}
// IPv4's are numbered from 1 in the request and from 0 in the answer.
uint32_t inet_setting(std::span<const uint8_t> array, size_t which) {
    return setting(array, which - 1);
}

}  // namespace

Message create(const Link& link, Interfaces& interfaces) {
    Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, header(0), kLink);
    put_common(message, link, interfaces);
    message.put_text(IFLA_IFNAME, link.name);
    const uint32_t lower = lower_index(link, interfaces);
    put_uplink(message, link, true, lower);
    const auto info = message.nest(IFLA_LINKINFO);
    const auto& kind = kind_of(link.kind);
    message.put_text_unterminated(IFLA_INFO_KIND, kind.name);
    kind.encode(message, link.kind, lower);
    return message;
}

Message settings(const Link& link, const Link* was, bool loosen, Interfaces& interfaces) {
    Message message = change(interfaces.index(link.name));
    if (was != nullptr) {
        // Only what differs: the kernel drops a device's neighbours, permanent ones too, when its address is
        // set, even to what it is (dev_set_mac_address(), neigh_changeaddr()).
        if (link.master != was->master) {
            message.put_u32(IFLA_MASTER, link.master.empty() ? 0 : interfaces.index(link.master));
        }
        if (link.mac && link.mac != was->mac) message.put_bytes(IFLA_ADDRESS, link.mac->bytes());
        if (link.mtu != 0 && link.mtu != was->mtu) message.put_u32(IFLA_MTU, link.mtu);
        message.put_u32(IFLA_GROUP, kLinkGroup);
    }
    message.put_text_unterminated(IFLA_IFALIAS, link.alias);
    const auto spec = message.nest(IFLA_AF_SPEC);
    {
        const auto inet = message.nest(AF_INET, kInetSet);
        const auto conf = message.nest(IFLA_INET_CONF);
        message.put_u32(IPV4_DEVCONF_SEND_REDIRECTS, link.redirects ? 1 : 0);
        // When an address is replaced by another of its prefix, the new one does not go with the old.
        message.put_u32(IPV4_DEVCONF_PROMOTE_SECONDARIES, 1);
        message.put_u32(IPV4_DEVCONF_ACCEPT_LOCAL, link.checks_source ? 0 : 1);
        // A new device has the system's default, which may be loose: that looks up sources, too.
        if (loosen || was == nullptr) message.put_u32(IPV4_DEVCONF_RP_FILTER, loosen ? 2 : 0);
    }
    const auto inet6 = message.nest(AF_INET6);
    message.put_u8(IFLA_INET6_ADDR_GEN_MODE,
                   link.ipv6_autoconf ? IN6_ADDR_GEN_MODE_EUI64 : IN6_ADDR_GEN_MODE_NONE);
    return message;
}

Message settings(const Link& link, bool loosen, Interfaces& interfaces) {
    const Link nothing;
    return settings(link, &nothing, loosen, interfaces);
}

Message change_kind(const Link& link, Interfaces& interfaces) {
    Message message = change(interfaces.index(link.name));
    const uint32_t lower = lower_index(link, interfaces);
    put_uplink(message, link, false, lower);
    const auto info = message.nest(IFLA_LINKINFO);
    const auto& kind = kind_of(link.kind);
    message.put_text(IFLA_INFO_KIND, kind.name);
    // Without data the kernel does not ask the driver (rtnl_changelink()); nvi has none to give.
    if (std::holds_alternative<NviLink>(link.kind)) {
        [[maybe_unused]] const auto none = message.nest(IFLA_INFO_DATA, kNoData);
    }
    kind.encode(message, link.kind, lower);
    return message;
}

Message set_noqueue(const Link& link, Interfaces& interfaces) {
    tcmsg head{};
    head.tcm_ifindex = static_cast<int>(interfaces.index(link.name));
    head.tcm_parent = TC_H_ROOT;
    Message message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, head, kQdisc);
    message.put_text(TCA_KIND, "noqueue");
    return message;
}

Message set_up(const Link& link, bool up, Interfaces& interfaces) {
    ifinfomsg head = header(interfaces.index(link.name));
    head.ifi_flags = up ? IFF_UP : 0;
    head.ifi_change = IFF_UP;
    return Message(RTM_NEWLINK, 0, head, kLink);
}

Message remove(const Link& link, Interfaces& interfaces) {
    return Message(RTM_DELLINK, 0, header(interfaces.index(link.name)), kLink);
}

Message move_to_victims(const Link& link, Interfaces& interfaces) {
    // Down as well: a VRF that goes lets its devices go first (vrf_dellink()), and one that were still up
    // would be routed by the main table until it is gone itself.
    ifinfomsg head = header(interfaces.index(link.name));
    head.ifi_change = IFF_UP;
    Message message(RTM_NEWLINK, 0, head, kLink);
    message.put_u32(IFLA_GROUP, kVictims);
    return message;
}

Message remove_victims() {
    Message message(RTM_DELLINK, 0, header(0), kLink);
    message.put_u32(IFLA_GROUP, kVictims);
    return message;
}

Message get_links() {
    Message message(RTM_GETLINK, 0, header(0), kLink);
    message.put_u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    return message;
}

Message get_link(const std::string& name) {
    Message message = get_links();
    message.put_text(IFLA_IFNAME, name);
    return message;
}

Message get_link(uint32_t index) {
    Message message(RTM_GETLINK, 0, header(index), kLink);
    message.put_u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    return message;
}

LinkIdentity link_identity(const MessageView& message) {
    const auto attributes = message.attributes<ifinfomsg>(kLink);
    return {std::string(attributes.text(IFLA_IFNAME).value_or("")),
            static_cast<uint32_t>(message.family<ifinfomsg>().ifi_index)};
}

bool is_other_vrf(const MessageView& message) {
    const auto attributes = message.attributes<ifinfomsg>(kLink);
    const auto info = attributes.nest(IFLA_LINKINFO);
    if (!info || info->text(IFLA_INFO_KIND).value_or("") != vrf_kind().name) return false;
    const uint32_t group = attributes.u32(IFLA_GROUP).value_or(0);
    return group != kLinkGroup && group != kVictims;
}

std::variant<std::monostate, ObservedLink, ForeignLink> decode_link(const MessageView& message,
                                                                    uint32_t rp_filter_all) {
    const auto attributes = message.attributes<ifinfomsg>(kLink);
    const std::string_view name = attributes.text(IFLA_IFNAME).value_or("");
    const auto named = kind_named(name);
    if (!named) return {};
    const auto info = attributes.nest(IFLA_LINKINFO);
    const std::string_view kind = info ? info->text(IFLA_INFO_KIND).value_or("") : "";
    const uint32_t group = attributes.u32(IFLA_GROUP).value_or(0);
    // A device on its way out (kVictims) is still ours: a deletion that was cut short is finished.
    if (kind != named->kind->name || (group != kLinkGroup && group != kVictims)) {
        return ForeignLink{std::string(name), std::string(kind), group};
    }

    ObservedLink observed;
    Link& link = observed.link;
    link.name = name;
    link.tenant = named->tenant;
    link.kind = named->kind->decode(*info);
    link.mtu = attributes.u32(IFLA_MTU).value_or(0);
    link.up = (message.family<ifinfomsg>().ifi_flags & IFF_UP) != 0;
    // Without its alias a wanted device that was about to be deleted differs, and so gets its group back.
    if (group == kLinkGroup) link.alias = attributes.text(IFLA_IFALIAS).value_or("");
    // A device without a queue of its own has this before it is first up.
    const std::string_view queue = attributes.text(IFLA_QDISC).value_or("");
    link.noqueue = queue == "noqueue" || (!link.up && queue == "noop");
    if (const auto mac = attributes.bytes(IFLA_ADDRESS); mac && mac->size() == 6) {
        std::array<uint8_t, 6> bytes{};
        std::ranges::copy(*mac, bytes.begin());
        link.mac = Mac(bytes);
    }
    if (const auto spec = attributes.nest(IFLA_AF_SPEC)) {
        if (const auto inet = spec->nest(AF_INET, kInetRead)) {
            const auto array = inet->bytes(IFLA_INET_CONF).value_or(std::span<const uint8_t>());
            // IN_DEV_RPFILTER() in include/linux/inetdevice.h
            link.strict_source = std::max(rp_filter_all, inet_setting(array, IPV4_DEVCONF_RP_FILTER)) == 1;
            link.checks_source = inet_setting(array, IPV4_DEVCONF_ACCEPT_LOCAL) == 0;
            link.redirects = inet_setting(array, IPV4_DEVCONF_SEND_REDIRECTS) != 0;
        }
        if (const auto inet6 = spec->nest(AF_INET6)) {
            link.ipv6_autoconf = inet6->u8(IFLA_INET6_ADDR_GEN_MODE).value_or(IN6_ADDR_GEN_MODE_NONE) !=
                                 IN6_ADDR_GEN_MODE_NONE;
            const auto array = inet6->bytes(IFLA_INET6_CONF).value_or(std::span<const uint8_t>());
            link.ipv6_disabled = setting(array, DEVCONF_DISABLE_IPV6) != 0;
        }
    }
    observed.master = attributes.u32(IFLA_MASTER).value_or(0);
    observed.index = static_cast<uint32_t>(message.family<ifinfomsg>().ifi_index);
    // The kernel tells what another device is named; nvi tells itself when there is none.
    const uint32_t lower = attributes.u32(IFLA_LINK).value_or(0);
    if (lower_device(link.kind) != nullptr && lower != observed.index) observed.lower = lower;
    return observed;
}

}  // namespace nvi::state
