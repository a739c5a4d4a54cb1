// SPDX-License-Identifier: GPL-2.0-or-later
// Connections that must end because what they go by was taken away.
#include "gateway/apply/connections.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <vector>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"
#include "nft/judge.hpp"
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
constexpr netlink::Policy kProtocol{
    {CTA_PROTO_NUM, Kind::u8}, {CTA_PROTO_SRC_PORT, Kind::be16}, {CTA_PROTO_DST_PORT, Kind::be16}};
constexpr netlink::Policy kTuple{{CTA_TUPLE_IP, Kind::nest, &kAddresses},
                                 {CTA_TUPLE_PROTO, Kind::nest, &kProtocol}};
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

// All addresses among the fields of a key.
std::vector<Address> addresses_in(const nft::Layout& layout, const nft::Bytes& value) {
    std::vector<Address> addresses;
    size_t at = 0;
    for (const nft::Field field : layout.fields) {
        const auto bytes = (nft::info(field).length + 3) / 4 * 4;
        if (at + bytes > value.size()) break;
        if (const auto address =
                address_in({{field}, layout.interval}, nft::Bytes(value.span().subspan(at, bytes))))
            addresses.push_back(*address);
        at += bytes;
    }
    return addresses;
}

// What passed only because the element was there.
std::optional<Ended::Between> between(const nft::Element& element) {
    const auto* set = nft::find_set(element.set);
    const bool routed = element.set == "routed6";
    if (set == nullptr || (!routed && !element.set.starts_with("peer_out"))) return std::nullopt;
    const auto first = addresses_in(set->key, element.key);
    const auto last = addresses_in(set->key, element.key_end);
    if (routed && first.size() == 1 && last.size() == 1) {
        const Prefix any = Prefix::any(first[0].family());
        return Ended::Between{element.tenant, first[0], last[0], any.first(), any.last()};
    }
    if (first.size() != 2 || last.size() != 2) return std::nullopt;
    return Ended::Between{element.tenant, first[0], last[0], first[1], last[1]};
}

// One direction of a connection: original, or the answers.
struct Tuple {
    Address source;
    Address destination;
    uint8_t protocol{};
    uint16_t source_port{};
    uint16_t destination_port{};
};

std::optional<Tuple> tuple(const netlink::Attributes& entry, uint16_t which) {
    const auto found = entry.nest(which);
    const auto addresses = found ? found->nest(CTA_TUPLE_IP) : std::nullopt;
    if (!addresses) return std::nullopt;
    const auto address = [&](uint16_t v4, uint16_t v6) -> std::optional<Address> {
        if (const auto bytes = addresses->bytes(v4); bytes && bytes->size() == 4)
            return Address::from_bytes(Family::v4, *bytes);
        if (const auto bytes = addresses->bytes(v6); bytes && bytes->size() == 16)
            return Address::from_bytes(Family::v6, *bytes);
        return std::nullopt;
    };
    const auto source = address(CTA_IP_V4_SRC, CTA_IP_V6_SRC);
    const auto destination = address(CTA_IP_V4_DST, CTA_IP_V6_DST);
    if (!source || !destination) return std::nullopt;
    Tuple result{.source = *source, .destination = *destination};
    if (const auto protocol = found->nest(CTA_TUPLE_PROTO)) {
        result.protocol = protocol->u8(CTA_PROTO_NUM).value_or(0);
        result.source_port = protocol->be16(CTA_PROTO_SRC_PORT).value_or(0);
        result.destination_port = protocol->be16(CTA_PROTO_DST_PORT).value_or(0);
    }
    return result;
}

// The hosts of the tenants that are judged, and what their firewalls say.
class Judges {
  public:
    Judges(const Ended& ended, const state::State& desired)
        : zones_(ended.judged.begin(), ended.judged.end()), judge_(desired.nft.elements, zones_) {
        for (const auto& route : desired.routes) {
            const bool host = route.table == route.tenant && route.encap && route.encap->node;
            if (host && ended.judged.contains(route.table)) hosts_[route.table].push_back(route.destination);
        }
    }
    bool denies(uint32_t zone, const Tuple& original, const Tuple& answer) const {
        const auto hosts = hosts_.find(zone);
        if (hosts == hosts_.end()) return false;
        const auto local = [&](const Address& address) {
            return std::ranges::any_of(hosts->second,
                                       [&](const Prefix& prefix) { return prefix.contains(address); });
        };
        const bool from = local(original.source);
        const bool to = local(answer.source);
        if (from == to) return false;  // between its own hosts, or with the gateway
        nft::Judge::Connection connection{.in = to, .protocol = original.protocol};
        connection.remote = from ? original.destination : original.source;
        connection.local = from ? original.source : answer.source;
        connection.port = from ? original.destination_port : answer.source_port;
        return judge_.denies(zone, connection);
    }

  private:
    std::vector<uint32_t> zones_;
    nft::Judge judge_;
    std::map<uint32_t, std::vector<Prefix>> hosts_;
};

bool ends(const MessageView& message, const Ended& ended, const Judges& judges) {
    const auto entry = message.attributes<nfgenmsg>(kEntry);
    const uint32_t zone = entry.be16(CTA_ZONE).value_or(0);
    if (zone == 0) return false;
    if (ended.zones.contains(zone)) return true;
    const auto original = tuple(entry, CTA_TUPLE_ORIG);
    const auto answer = tuple(entry, CTA_TUPLE_REPLY);
    // Where the first packet went, or where the answers go to.
    for (const auto* each : {&original, &answer}) {
        if (*each && ended.publics.contains({zone, (*each)->destination})) return true;
    }
    const auto is_between = [&](const Ended::Between& each) {
        const auto passes = [&](const Address& source, const Address& destination) {
            return source.family() == each.first_source.family() && each.first_source <= source &&
                   source <= each.last_source && each.first_destination <= destination &&
                   destination <= each.last_destination;
        };
        return each.zone == zone && original &&
               (passes(original->source, original->destination) ||
                passes(original->destination, original->source));
    };
    if (std::ranges::any_of(ended.between, is_between)) return true;
    return ended.judged.contains(zone) && original && answer && judges.denies(zone, *original, *answer);
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
        if (const auto range = between(*change.before)) result.between.push_back(*range);
        if (const auto address = public_address(*change.before)) {
            result.publics.insert({change.before->tenant, *address});
        }
    }
    for (const auto& change : changes) {
        if (nft::belongs_to_firewall(change.object())) result.judged.insert(change.object().tenant);
    }
    // Of a tenant that is new there are no connections.
    for (const auto& change : changes) {
        if (change.before == nullptr && change.after->set == "zones")
            result.judged.erase(change.after->tenant);
    }
    for (const uint32_t zone : result.zones) result.judged.erase(zone);
    return result;
}

size_t end_connections(netlink::Socket& netfilter, const Ended& ended, const state::State& desired) {
    if (ended.empty()) return 0;
    const Judges judges(ended, desired);
    std::vector<Message> deletions;
    Message request(message_type(IPCTNL_MSG_CT_GET), 0, header(AF_UNSPEC), kEntry);
    try {
        netlink::dump(
            netfilter, request,
            [&](const MessageView& message) {
                if (ends(message, ended, judges)) deletions.push_back(deletion(message));
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
