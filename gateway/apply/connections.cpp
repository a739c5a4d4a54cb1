// SPDX-License-Identifier: GPL-2.0-or-later
// Connections that must end because what they go by was taken away.
#include "gateway/apply/connections.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"
#include "nft/sets.hpp"

namespace nvi::apply {

namespace {

using netlink::Kind;
using netlink::Message;
using netlink::MessageView;

constexpr netlink::Policy kAddresses{{CTA_IP_V4_SRC, Kind::bytes},
                                     {CTA_IP_V4_DST, Kind::bytes},
                                     {CTA_IP_V6_SRC, Kind::bytes},
                                     {CTA_IP_V6_DST, Kind::bytes}};
constexpr netlink::Policy kTuple{{CTA_TUPLE_IP, Kind::nest, &kAddresses}};
constexpr netlink::Policy kEntry{{CTA_TUPLE_ORIG, Kind::nest, &kTuple},
                                 {CTA_TUPLE_REPLY, Kind::nest, &kTuple},
                                 {CTA_ID, Kind::be32},
                                 {CTA_ZONE, Kind::be16}};
// The same, with the tuple as the kernel gave it.
constexpr netlink::Policy kEntryBytes{
    {CTA_TUPLE_ORIG, Kind::bytes}, {CTA_ID, Kind::be32}, {CTA_ZONE, Kind::be16}};

constexpr uint16_t message_type(unsigned message) {
    return static_cast<uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | message);
}

nfgenmsg header(uint8_t family) {
    return {.nfgen_family = family, .version = NFNETLINK_V0, .res_id = 0};
}

// The first address among the fields of a key or of data.
std::optional<Address> address_in(const nft::Layout& layout, const nft::Bytes& value) {
    size_t at = 0;
    for (const nft::Field field : layout.fields) {
        const auto length = nft::info(field).length;
        const bool v4 = field == nft::Field::ip_saddr || field == nft::Field::ip_daddr;
        const bool v6 = field == nft::Field::ip6_saddr || field == nft::Field::ip6_daddr;
        if ((v4 || v6) && at + length <= value.size()) {
            return Address::from_bytes(v4 ? Family::v4 : Family::v6, value.span().subspan(at, length));
        }
        at += (length + 3) / 4 * 4;
    }
    return std::nullopt;
}

// The public address that an element translates to or from.
std::optional<Address> public_address(const nft::Element& element) {
    const auto* set = nft::find_set(element.set);
    if (set == nullptr || !set->is_map()) return std::nullopt;
    if (element.set.starts_with("floating_in") || element.set.starts_with("forward")) {
        return address_in(set->key, element.key);
    }
    if (element.set.starts_with("floating_out") || element.set.starts_with("snat")) {
        return address_in(set->data, element.data);
    }
    return std::nullopt;
}

// Where the first packet went, or where the answers go to.
std::optional<Address> destination(const netlink::Attributes& entry, uint16_t tuple) {
    const auto found = entry.nest(tuple);
    const auto addresses = found ? found->nest(CTA_TUPLE_IP) : std::nullopt;
    if (!addresses) return std::nullopt;
    if (const auto v4 = addresses->bytes(CTA_IP_V4_DST); v4 && v4->size() == 4) {
        return Address::from_bytes(Family::v4, *v4);
    }
    if (const auto v6 = addresses->bytes(CTA_IP_V6_DST); v6 && v6->size() == 16) {
        return Address::from_bytes(Family::v6, *v6);
    }
    return std::nullopt;
}

bool ends(const MessageView& message, const Ended& ended) {
    const auto entry = message.attributes<nfgenmsg>(kEntry);
    const uint32_t zone = entry.be16(CTA_ZONE).value_or(0);
    if (zone == 0) return false;
    if (ended.zones.contains(zone)) return true;
    for (const uint16_t tuple : {CTA_TUPLE_ORIG, CTA_TUPLE_REPLY}) {
        const auto address = destination(entry, tuple);
        if (address && ended.publics.contains({zone, *address})) return true;
    }
    return false;
}

Message deletion(const MessageView& message) {
    const auto entry = message.attributes<nfgenmsg>(kEntryBytes);
    Message request(message_type(IPCTNL_MSG_CT_DELETE), 0, header(message.family<nfgenmsg>().nfgen_family),
                    kEntryBytes);
    if (const auto tuple = entry.bytes(CTA_TUPLE_ORIG)) request.put_bytes(CTA_TUPLE_ORIG, *tuple);
    if (const auto zone = entry.be16(CTA_ZONE)) request.put_be16(CTA_ZONE, *zone);
    // Another connection may have taken its place since.
    if (const auto id = entry.be32(CTA_ID)) request.put_be32(CTA_ID, *id);
    return request;
}

}  // namespace

Ended ended(const Changes<nft::Element>& changes) {
    Ended result;
    for (const auto& change : changes) {
        if (change.before == nullptr || change.before->tenant == 0) continue;
        if (change.after == nullptr && change.before->set == "zones")
            result.zones.insert(change.before->tenant);
        if (const auto address = public_address(*change.before)) {
            result.publics.insert({change.before->tenant, *address});
        }
    }
    return result;
}

size_t end_connections(netlink::Socket& netfilter, const Ended& ended) {
    if (ended.empty()) return 0;
    std::vector<Message> deletions;
    Message request(message_type(IPCTNL_MSG_CT_GET), 0, header(AF_UNSPEC), kEntry);
    try {
        netlink::dump(
            netfilter, request,
            [&](const MessageView& message) {
                if (ends(message, ended)) deletions.push_back(deletion(message));
            },
            [&] { deletions.clear(); });
    } catch (const Error& error) {
        // A kernel without conntrack over netlink: connections end by themselves.
        if (error.code() == EINVAL || error.code() == EOPNOTSUPP) return 0;
        throw;
    }
    // One by one: nfnetlink answers each request, and an entry may be gone already.
    for (auto& each : deletions) {
        const auto answer = netlink::ask(netfilter, each, [](const MessageView&) {});
        if (answer.code != 0 && answer.code != ENOENT) {
            throw Error::system("delete a connection", answer.code, answer.words);
        }
    }
    return deletions.size();
}

}  // namespace nvi::apply
