// SPDX-License-Identifier: GPL-2.0-or-later
// Routes as rtnetlink messages. Attributes stand in the order in which iproute2 sends them.
#include "gateway/state/route.hpp"

#include <linux/lwtunnel.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "gateway/net/error.hpp"
#include "gateway/state/decode.hpp"
#include "gateway/state/encap.hpp"
#include "gateway/state/names.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;
using netlink::Message;

constexpr netlink::Policy kRoute{
    {RTA_DST, Kind::bytes},     {RTA_OIF, Kind::u32},       {RTA_PRIORITY, Kind::u32},
    {RTA_GATEWAY, Kind::bytes}, {RTA_VIA, Kind::bytes},     {RTA_MULTIPATH, Kind::bytes},
    {RTA_NH_ID, Kind::u32},     {RTA_PREFSRC, Kind::bytes}, {RTA_METRICS, Kind::bytes},
    {RTA_TABLE, Kind::u32},     {RTA_ENCAP, Kind::nest},    {RTA_ENCAP_TYPE, Kind::u16},
};

// What IPv6 makes of metric 0 (IP6_RT_PRIO_USER).
constexpr uint32_t kDefaultMetric6 = 1024;

uint8_t type_of(RouteType type) {
    switch (type) {
        case RouteType::unicast:
            return RTN_UNICAST;
        case RouteType::unreachable:
            return RTN_UNREACHABLE;
        case RouteType::blackhole:
            return RTN_BLACKHOLE;
        case RouteType::local:
            return RTN_LOCAL;
    }
    throw Error("a route of no known type");
}

std::optional<RouteType> route_type(uint8_t type) {
    switch (type) {
        case RTN_UNICAST:
            return RouteType::unicast;
        case RTN_UNREACHABLE:
            return RouteType::unreachable;
        case RTN_BLACKHOLE:
            return RouteType::blackhole;
        case RTN_LOCAL:
            return RouteType::local;
        default:
            return std::nullopt;
    }
}

rtmsg header(const Route& route) {
    rtmsg head{};
    head.rtm_family = static_cast<uint8_t>(af(route.destination.family()));
    head.rtm_dst_len = static_cast<uint8_t>(route.destination.length());
    head.rtm_table = static_cast<uint8_t>(route.table < 256 ? route.table : RT_TABLE_UNSPEC);
    head.rtm_protocol = kProtocol;
    head.rtm_type = type_of(route.type);
    return head;
}

void put_destination(Message& message, const Prefix& destination) {
    // As iproute2: IPv6's default route is spelled out.
    if (destination.length() == 0 && destination.family() == Family::v4) return;
    message.put_bytes(RTA_DST, destination.first().bytes());
}

void put_table(Message& message, const Route& route) {
    if (route.table >= 256) message.put_u32(RTA_TABLE, route.table);
}

bool has_device(const Route& route) {
    return route.type == RouteType::unicast || route.type == RouteType::local;
}

// An IPv4 route's next hop of IPv6 has its family in front of it (struct rtvia).
void put_via(Message& message, Family family, const Address& via) {
    if (via.family() == family) {
        message.put_bytes(RTA_GATEWAY, via.bytes());
        return;
    }
    std::vector<uint8_t> value(sizeof(rtvia));
    const auto code = static_cast<uint16_t>(af(via.family()));
    std::memcpy(value.data(), &code, sizeof(code));
    value.insert(value.end(), via.bytes().begin(), via.bytes().end());
    message.put_bytes(RTA_VIA, value);
}

std::optional<Address> via_in(const netlink::Attributes& attributes, Family family) {
    if (const auto gateway = attributes.bytes(RTA_GATEWAY)) return address_of(family, gateway);
    const auto via = attributes.bytes(RTA_VIA);
    uint16_t code = 0;
    if (!via || via->size() < sizeof(rtvia)) return std::nullopt;
    std::memcpy(&code, via->data(), sizeof(code));
    const auto of = family_of(code);
    return of ? address_of(*of, via->subspan(sizeof(rtvia))) : std::nullopt;
}

Message make(const Route& route, uint16_t flags, Interfaces& interfaces) {
    rtmsg head = header(route);
    if (route.type == RouteType::unicast && route.destination.family() == Family::v4) {
        head.rtm_scope = route.via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    }
    if (route.type == RouteType::local) head.rtm_scope = RT_SCOPE_HOST;
    Message message(RTM_NEWROUTE, static_cast<uint16_t>(NLM_F_CREATE | flags), head, kRoute);
    put_destination(message, route.destination);
    if (route.encap) {
        {
            const auto nest = message.nest(RTA_ENCAP, encap_policy());
            put_encap(message, *route.encap);
        }
        message.put_u16(RTA_ENCAP_TYPE, encap_type(*route.encap));
    }
    if (route.via) put_via(message, route.destination.family(), *route.via);
    if (route.metric != 0) message.put_u32(RTA_PRIORITY, route.metric);
    put_table(message, route);
    if (has_device(route)) message.put_u32(RTA_OIF, interfaces.index(route.device));
    return message;
}

}  // namespace

Message add(const Route& route, Interfaces& interfaces) {
    return make(route, NLM_F_EXCL, interfaces);
}
Message replace(const Route& route, Interfaces& interfaces) {
    return make(route, NLM_F_REPLACE, interfaces);
}

Message remove(const Route& route, Interfaces& interfaces) {
    rtmsg head = header(route);
    head.rtm_scope = RT_SCOPE_NOWHERE;  // any
    Message message(RTM_DELROUTE, 0, head, kRoute);
    put_destination(message, route.destination);
    // Metric 0 would mean any metric: what the route has, then.
    uint32_t metric = route.metric;
    if (metric == 0 && route.destination.family() == Family::v6) metric = kDefaultMetric6;
    if (metric != 0) message.put_u32(RTA_PRIORITY, metric);
    put_table(message, route);
    // A route that is not plain may have no device of its own.
    if (has_device(route) && !route.device.empty()) {
        message.put_u32(RTA_OIF, interfaces.index(route.device));
    }
    return message;
}

Message get_routes(Family family, uint32_t table) {
    rtmsg head{};
    head.rtm_family = static_cast<uint8_t>(af(family));
    head.rtm_protocol = kProtocol;
    if (table < 256) head.rtm_table = static_cast<uint8_t>(table);
    Message message(RTM_GETROUTE, 0, head, kRoute);
    if (table >= 256) message.put_u32(RTA_TABLE, table);
    return message;
}

Message get_unreachables(Family family) {
    rtmsg head{};
    head.rtm_family = static_cast<uint8_t>(af(family));
    head.rtm_protocol = kProtocol;
    head.rtm_table = kMainTable;
    head.rtm_type = RTN_UNREACHABLE;
    return Message(RTM_GETROUTE, 0, head, kRoute);
}

Message get_route(const Prefix& destination) {
    rtmsg head{};
    head.rtm_family = static_cast<uint8_t>(af(destination.family()));
    head.rtm_dst_len = static_cast<uint8_t>(destination.address().bits());
    head.rtm_flags = RTM_F_FIB_MATCH;
    Message message(RTM_GETROUTE, 0, head, kRoute);
    message.put_bytes(RTA_DST, destination.first().bytes());
    return message;
}

std::optional<Route> decode_route(const netlink::MessageView& message, Interfaces& interfaces) {
    const auto head = message.family<rtmsg>();
    const auto family = family_of(head.rtm_family);
    const auto type = route_type(head.rtm_type);
    // Cloned: an IPv6 cache entry. Another protocol: not ours, whatever the kernel's filter let through.
    if (message.type() != RTM_NEWROUTE || !family || !type || head.rtm_protocol != kProtocol ||
        (head.rtm_flags & RTM_F_CLONED) != 0) {
        return std::nullopt;
    }
    const auto attributes = message.attributes<rtmsg>(kRoute);
    Route route;
    route.table = attributes.u32(RTA_TABLE).value_or(head.rtm_table);
    route.type = *type;
    route.metric = attributes.u32(RTA_PRIORITY).value_or(0);
    if (*family == Family::v6 && route.metric == kDefaultMetric6) route.metric = 0;
    const Prefix any = Prefix::any(*family);
    const auto destination =
        attributes.has(RTA_DST) ? address_of(*family, attributes.bytes(RTA_DST)) : any.address();
    if (!destination || head.rtm_dst_len > destination->bits()) return std::nullopt;
    route.destination = Prefix(*destination, head.rtm_dst_len);
    if (has_device(route)) {
        if (const auto index = attributes.u32(RTA_OIF)) route.device = interfaces.name(*index).value_or("");
        if (const auto nest = attributes.nest(RTA_ENCAP, encap_policy())) {
            route.encap = decode_encap(attributes.u16(RTA_ENCAP_TYPE).value_or(LWTUNNEL_ENCAP_NONE), *nest);
            route.plain = route.encap.has_value();
        }
        for (const uint16_t other : {RTA_MULTIPATH, RTA_NH_ID, RTA_PREFSRC, RTA_METRICS}) {
            route.plain = route.plain && !attributes.has(other);
        }
        route.via = via_in(attributes, *family);
        if ((attributes.has(RTA_GATEWAY) || attributes.has(RTA_VIA)) && !route.via) route.plain = false;
    }
    if (route.table >= kLeastTenant && route.table <= kMostTenant) {
        route.tenant = route.table;
    } else if (route.encap && route.encap->id >= kLeastTenant && route.encap->id <= kMostTenant) {
        route.tenant = static_cast<TenantId>(route.encap->id);
    } else if (route.type == RouteType::local) {
        route.tenant = route.metric;
    }
    return route;
}

}  // namespace nvi::state
