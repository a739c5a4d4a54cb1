// SPDX-License-Identifier: GPL-2.0-or-later
// What tenants sent and got.
#include "gateway/state/traffic.hpp"

#include <linux/if_link.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"
#include "gateway/state/kind.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;
using netlink::Message;
using netlink::MessageView;

constexpr netlink::Policy kLink{{IFLA_IFNAME, Kind::text},
                                {IFLA_MASTER, Kind::u32},
                                {IFLA_GROUP, Kind::u32},
                                {IFLA_IFALIAS, Kind::text},
                                {IFLA_STATS64, Kind::bytes}};
constexpr netlink::Policy kCounters{{CTA_COUNTERS_PACKETS, Kind::be64}, {CTA_COUNTERS_BYTES, Kind::be64}};
constexpr netlink::Policy kConnection{{CTA_STATUS, Kind::be32},
                                      {CTA_ZONE, Kind::be16},
                                      {CTA_COUNTERS_ORIG, Kind::nest, &kCounters},
                                      {CTA_COUNTERS_REPLY, Kind::nest, &kCounters}};

// As in the kernel's own header; that of the distribution may be older.
constexpr uint32_t kOffloaded = 1U << 14 | 1U << 15;  // IPS_OFFLOAD, IPS_HW_OFFLOAD

void add_tunnel(const MessageView& message, std::map<TenantId, TunnelTraffic>& to) {
    const auto attributes = message.attributes<ifinfomsg>(kLink);
    const auto named = kind_named(attributes.text(IFLA_IFNAME).value_or(""));
    if (!named || named->tenant == 0 || attributes.u32(IFLA_GROUP).value_or(0) != kLinkGroup) return;
    auto& tunnel = to[named->tenant];
    tunnel.alias = attributes.text(IFLA_IFALIAS).value_or("");
    // What is in a VRF is a tunnel, whatever its kind.
    if (attributes.u32(IFLA_MASTER).value_or(0) == 0) return;
    tunnel.own = true;
    // Newer kernels have more fields behind.
    rtnl_link_stats64 stats{};
    const auto bytes = attributes.bytes(IFLA_STATS64).value_or(std::span<const uint8_t>());
    std::memcpy(&stats, bytes.data(), std::min(bytes.size(), sizeof stats));
    tunnel.from_tenant += {stats.rx_packets, stats.rx_bytes};
    tunnel.to_tenant += {stats.tx_packets, stats.tx_bytes};
    tunnel.dropped += stats.rx_dropped + stats.tx_dropped;
    tunnel.errors += stats.rx_errors + stats.tx_errors;
}

Count count(const netlink::Attributes& connection, uint16_t direction) {
    const auto counters = connection.nest(direction);
    if (!counters) return {};
    return {counters->be64(CTA_COUNTERS_PACKETS).value_or(0), counters->be64(CTA_COUNTERS_BYTES).value_or(0)};
}

}  // namespace

std::map<TenantId, TunnelTraffic> tunnel_traffic(netlink::Socket& route, std::optional<TenantId> only) {
    std::map<TenantId, TunnelTraffic> traffic;
    if (!only) {
        Message request(RTM_GETLINK, 0, ifinfomsg{}, kLink);
        netlink::dump(
            route, request, [&](const MessageView& message) { add_tunnel(message, traffic); },
            [&] { traffic.clear(); });
        return traffic;
    }
    for (const DeviceKind* kind : kinds()) {
        if (kind->single) continue;
        Message request(RTM_GETLINK, 0, ifinfomsg{}, kLink);
        request.put_text(IFLA_IFNAME, kind->prefix + std::to_string(*only));
        const auto answer =
            netlink::ask(route, request, [&](const MessageView& message) { add_tunnel(message, traffic); });
        if (answer.code != 0 && answer.code != ENODEV)
            throw Error::system("statistics of links", answer.code, answer.words);
    }
    return traffic;
}

std::map<TenantId, ConnectionTraffic> connection_traffic(netlink::Socket& netfilter,
                                                         std::optional<TenantId> only) {
    std::map<TenantId, ConnectionTraffic> traffic;
    const nfgenmsg head{.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = 0};
    Message request(static_cast<uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET), 0, head,
                    kConnection);
    if (only) request.put_be16(CTA_ZONE, static_cast<uint16_t>(*only));
    try {
        netlink::dump(
            netfilter, request,
            [&](const MessageView& message) {
                const auto connection = message.attributes<nfgenmsg>(kConnection);
                const uint32_t zone = connection.be16(CTA_ZONE).value_or(0);
                if (zone == 0 || (only && zone != *only)) return;
                auto& of_zone = traffic[zone];
                ++of_zone.connections;
                if ((connection.be32(CTA_STATUS).value_or(0) & kOffloaded) != 0) ++of_zone.offloaded;
                of_zone.counted = of_zone.counted || connection.has(CTA_COUNTERS_ORIG);
                of_zone.original += count(connection, CTA_COUNTERS_ORIG);
                of_zone.reply += count(connection, CTA_COUNTERS_REPLY);
            },
            [&] { traffic.clear(); });
    } catch (const Error& error) {
        if (error.code() != EINVAL && error.code() != EOPNOTSUPP) throw;
    }
    return traffic;
}

}  // namespace nvi::state
