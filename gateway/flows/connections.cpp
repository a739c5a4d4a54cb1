// SPDX-License-Identifier: GPL-2.0-or-later
// Connections of tenants, as conntrack knows them.
#include "gateway/flows/connections.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"

namespace nvi::flows {

namespace {

constexpr uint32_t kOffloaded = 1U << 14;  // IPS_OFFLOAD (linux/netfilter/nf_conntrack_common.h)
// Nothing is read by it: libnetfilter_conntrack parses the answer.
constexpr netlink::Policy kNothing{};

struct Destroy {
    void operator()(nf_conntrack* entry) const { nfct_destroy(entry); }
};
using Entry = std::unique_ptr<nf_conntrack, Destroy>;

// The numbers of the four ends in libnetfilter_conntrack.
struct Attributes {
    nf_conntrack_attr v4, v6, port;
};
constexpr Attributes kSource{ATTR_ORIG_IPV4_SRC, ATTR_ORIG_IPV6_SRC, ATTR_ORIG_PORT_SRC};
constexpr Attributes kDestination{ATTR_ORIG_IPV4_DST, ATTR_ORIG_IPV6_DST, ATTR_ORIG_PORT_DST};
constexpr Attributes kReplySource{ATTR_REPL_IPV4_SRC, ATTR_REPL_IPV6_SRC, ATTR_REPL_PORT_SRC};
constexpr Attributes kReplyDestination{ATTR_REPL_IPV4_DST, ATTR_REPL_IPV6_DST, ATTR_REPL_PORT_DST};

Endpoint endpoint(const nf_conntrack* entry, bool v4, const Attributes& of) {
    Endpoint end;
    if (const auto* bytes = static_cast<const uint8_t*>(nfct_get_attr(entry, v4 ? of.v4 : of.v6))) {
        end.address = Address::from_bytes(v4 ? Family::v4 : Family::v6, {bytes, v4 ? size_t{4} : size_t{16}});
    }
    if (nfct_attr_is_set(entry, of.port) > 0) end.port = ntohs(nfct_get_attr_u16(entry, of.port));
    return end;
}

const char* tcp_state(uint8_t state) {
    switch (state) {
        case TCP_CONNTRACK_SYN_SENT:
            return "SYN_SENT";
        case TCP_CONNTRACK_SYN_RECV:
            return "SYN_RECV";
        case TCP_CONNTRACK_ESTABLISHED:
            return "ESTABLISHED";
        case TCP_CONNTRACK_FIN_WAIT:
            return "FIN_WAIT";
        case TCP_CONNTRACK_CLOSE_WAIT:
            return "CLOSE_WAIT";
        case TCP_CONNTRACK_LAST_ACK:
            return "LAST_ACK";
        case TCP_CONNTRACK_TIME_WAIT:
            return "TIME_WAIT";
        case TCP_CONNTRACK_CLOSE:
            return "CLOSE";
        case TCP_CONNTRACK_SYN_SENT2:
            return "SYN_SENT2";
        default:
            return "";
    }
}

uint64_t number(const nf_conntrack* entry, nf_conntrack_attr attribute) {
    return nfct_attr_is_set(entry, attribute) > 0 ? nfct_get_attr_u64(entry, attribute) : 0;
}

Connection connection(const nf_conntrack* entry) {
    Connection found;
    const bool v4 = nfct_get_attr_u8(entry, ATTR_ORIG_L3PROTO) == AF_INET;
    found.zone = nfct_get_attr_u16(entry, ATTR_ZONE);
    found.protocol = nfct_get_attr_u8(entry, ATTR_ORIG_L4PROTO);
    found.source = endpoint(entry, v4, kSource);
    found.destination = endpoint(entry, v4, kDestination);
    found.reply_source = endpoint(entry, v4, kReplySource);
    found.reply_destination = endpoint(entry, v4, kReplyDestination);
    if (nfct_attr_is_set(entry, ATTR_TCP_STATE) > 0) {
        found.state = tcp_state(nfct_get_attr_u8(entry, ATTR_TCP_STATE));
    }
    if (nfct_attr_is_set(entry, ATTR_TIMEOUT) > 0) found.timeout = nfct_get_attr_u32(entry, ATTR_TIMEOUT);
    found.offloaded = (nfct_get_attr_u32(entry, ATTR_STATUS) & kOffloaded) != 0;
    found.original = {number(entry, ATTR_ORIG_COUNTER_PACKETS), number(entry, ATTR_ORIG_COUNTER_BYTES)};
    found.reply = {number(entry, ATTR_REPL_COUNTER_PACKETS), number(entry, ATTR_REPL_COUNTER_BYTES)};
    return found;
}

}  // namespace

std::string Endpoint::str() const {
    if (port == 0) return address.str();
    return address.is_v4() ? fmt::format("{}:{}", address.str(), port)
                           : fmt::format("[{}]:{}", address.str(), port);
}

std::vector<Connection> connections(netlink::Socket& netfilter, std::optional<uint32_t> zone) {
    std::vector<Connection> found;
    nfgenmsg head{};
    head.version = NFNETLINK_V0;
    netlink::Message request(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, 0, head, kNothing);
    netlink::dump(
        netfilter, request,
        [&](const netlink::MessageView& message) {
            const Entry entry(nfct_new());
            if (!entry || nfct_nlmsg_parse(&message.header(), entry.get()) < 0) {
                throw Error::system("conntrack: dump", EBADMSG);
            }
            const uint32_t its = nfct_get_attr_u16(entry.get(), ATTR_ZONE);
            if (its == 0 || (zone && its != *zone)) return;
            found.push_back(connection(entry.get()));
        },
        [&] { found.clear(); });
    std::ranges::sort(found,
                      [](const Connection& one, const Connection& other) { return one.key() < other.key(); });
    return found;
}

}  // namespace nvi::flows
