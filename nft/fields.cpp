// SPDX-License-Identifier: GPL-2.0-or-later
// The packet fields that keys and data of sets are made of.
#include "nft/fields.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>

#include "gateway/net/address.hpp"
#include "gateway/net/error.hpp"
#include "nft/netfilter.hpp"

namespace nvi::nft {

namespace {

constexpr unsigned padded(unsigned length) {
    return (length + 3) & ~3U;
}

constexpr uint32_t kNetwork = NFT_PAYLOAD_NETWORK_HEADER;
constexpr uint32_t kTransport = NFT_PAYLOAD_TRANSPORT_HEADER;
constexpr auto kMeta = Load::From::meta;
constexpr auto kPayload = Load::From::payload;

// nft's numbers (enum expr_types, enum proto_desc_id, fields of its header descriptions).
constexpr uint32_t kVerdictExpression = 1;
constexpr uint32_t kPayloadExpression = 7;
constexpr uint32_t kExthdrExpression = 8;
constexpr uint32_t kMetaExpression = 9;
constexpr uint32_t kConntrackExpression = 12;
constexpr uint32_t kNumgenExpression = 23;
constexpr uint32_t kThDescription = 11;
constexpr uint32_t kIpDescription = 12;
constexpr uint32_t kIp6Description = 13;
constexpr uint32_t kNoDirection = UINT32_MAX;
constexpr uint32_t kTransportBase = 3;

// In the order of Field.
std::vector<FieldInfo> make() {
    using enum DataType;
    const TypeOf zone{kConntrackExpression, {NFT_CT_ZONE, kNoDirection}};
    // numgen stands for "a number below 256": nft 1.0.6 crashes when it lists a set whose type is made
    // with jhash.
    const TypeOf slot{kNumgenExpression, {0, kSlots, 0}};
    const auto ip = [](uint32_t field) { return TypeOf{kPayloadExpression, {kIpDescription, field}}; };
    const auto ip6 = [](uint32_t field) { return TypeOf{kPayloadExpression, {kIp6Description, field}}; };
    const auto meta = [](uint32_t key) { return TypeOf{kMetaExpression, {key}}; };
    constexpr auto kHost = Order::host;
    constexpr auto kNet = Order::network;
    return {
        {"iifname",
         "iifname",
         16,
         interface_name,
         kHost,
         {kMeta, NFT_META_IIFNAME},
         0,
         0,
         meta(NFT_META_IIFNAME)},
        {"oifname",
         "oifname",
         16,
         interface_name,
         kHost,
         {kMeta, NFT_META_OIFNAME},
         0,
         0,
         meta(NFT_META_OIFNAME)},
        {"ct zone", "ct zone", 2, integer, kHost, {Load::From::conntrack, NFT_CT_ZONE}, 0, 0, zone},
        {"ip saddr", "ip saddr", 4, ip_address, kNet, {kPayload, kNetwork, 12}, NFPROTO_IPV4, 0, ip(11)},
        {"ip daddr", "ip daddr", 4, ip_address, kNet, {kPayload, kNetwork, 16}, NFPROTO_IPV4, 0, ip(12)},
        {"ip6 saddr", "ip6 saddr", 16, ip6_address, kNet, {kPayload, kNetwork, 8}, NFPROTO_IPV6, 0, ip6(8)},
        {"ip6 daddr", "ip6 daddr", 16, ip6_address, kNet, {kPayload, kNetwork, 24}, NFPROTO_IPV6, 0, ip6(9)},
        {"meta l4proto",
         "meta l4proto",
         1,
         protocol,
         kNet,
         {kMeta, NFT_META_L4PROTO},
         0,
         0,
         meta(NFT_META_L4PROTO)},
        {"th dport",
         "th dport",
         2,
         service,
         kNet,
         {kPayload, kTransport, 2},
         0,
         0,
         {kPayloadExpression, {kThDescription, 2}}},
        {"@th,32,32",
         "@th,32,32",
         4,
         integer,
         kNet,
         {kPayload, kTransport, 4},
         0,
         0,
         {kPayloadExpression, {0, 0, kTransportBase, 32, 32}}},
        {"@th,96,24",
         "@th,96,24",
         3,
         integer,
         kNet,
         {kPayload, kTransport, 12},
         0,
         0,
         {kPayloadExpression, {0, 0, kTransportBase, 96, 24}}},
        {"jhash ip saddr mod 256 seed 0x6e766900",
         "numgen inc mod 256",
         4,
         integer,
         kHost,
         {Load::From::hash_of_payload, kNetwork, 12, 4},
         NFPROTO_IPV4,
         0,
         slot},
        {"jhash ip6 saddr mod 256 seed 0x6e766900",
         "numgen inc mod 256",
         4,
         integer,
         kHost,
         {Load::From::hash_of_payload, kNetwork, 8, 16},
         NFPROTO_IPV6,
         0,
         slot},
        {"ct mark",
         "ct mark",
         4,
         mark,
         kHost,
         {Load::From::conntrack, NFT_CT_MARK},
         0,
         0,
         {kConntrackExpression, {NFT_CT_MARK, kNoDirection}}},
        {"meta mark", "meta mark", 4, mark, kHost, {kMeta, NFT_META_MARK}, 0, 0, meta(NFT_META_MARK)},
        {"verdict", "verdict", kVerdictLength, DataType::verdict, kHost, {}, 0, 0, {kVerdictExpression, {}}},
        {"",
         "tcp option maxseg size",
         2,
         integer,
         kNet,
         {},
         0,
         0,
         {kExthdrExpression, {TCPOPT_MAXSEG, TCPOPT_MAXSEG, NFT_EXTHDR_OP_TCPOPT}, {1, 2, 0}}},
        {"ip protocol", "ip protocol", 1, protocol, kNet, {kPayload, kNetwork, 9}, NFPROTO_IPV4, 0, ip(9)},
        {"th sport",
         "th sport",
         2,
         service,
         kNet,
         {kPayload, kTransport, 0},
         0,
         0,
         {kPayloadExpression, {kThDescription, 1}}},
        {"iifgroup", "", 4, integer, kHost, {kMeta, NFT_META_IIFGROUP}},
        {"meta iifkind", "", 16, interface_name, kHost, {kMeta, NFT_META_IIFKIND}},
        {"meta sdifname", "", 16, interface_name, kHost, {kMeta, NFT_META_SDIFNAME}},
        {"meta nfproto", "", 1, integer, kHost, {kMeta, NFT_META_NFPROTO}},
        {"tcp flags", "", 1, integer, kNet, {kPayload, kTransport, 13}, 0, IPPROTO_TCP},
        {"@th,0,32", "", 4, integer, kNet, {kPayload, kTransport, 0}},
        {"@th,0,16", "", 2, integer, kNet, {kPayload, kTransport, 0}},
        {"@th,16,16", "", 2, integer, kNet, {kPayload, kTransport, 2}},
        {"@th,64,32", "", 4, integer, kNet, {kPayload, kTransport, 8}},
        {"icmp type", "", 1, integer, kNet, {kPayload, kTransport, 0}, NFPROTO_IPV4, IPPROTO_ICMP},
        {"icmpv6 type", "", 1, integer, kNet, {kPayload, kTransport, 0}, NFPROTO_IPV6, IPPROTO_ICMPV6},
        {"@ll,0,32", "", 4, integer, kNet, {kPayload, NFT_PAYLOAD_LL_HEADER, 0}},
    };
}

std::string joined(const Layout& layout, std::string_view FieldInfo::*text) {
    std::string result;
    for (const Field field : layout.fields) {
        if (!result.empty()) result += " . ";
        result += info(field).*text;
    }
    return result;
}

Order order(const Layout& layout, Field field) {
    return layout.interval ? Order::network : info(field).order;
}

uint64_t as_number(std::span<const uint8_t> bytes, Order order) {
    uint64_t value = 0;
    const bool reversed = order == Order::host && std::endian::native == std::endian::little;
    for (size_t i = 0; i < bytes.size(); ++i) {
        value = value << 8 | bytes[reversed ? bytes.size() - 1 - i : i];
    }
    return value;
}

std::string protocol_text(uint64_t protocol) {
    switch (protocol) {
        case IPPROTO_ICMP:
            return "icmp";
        case IPPROTO_TCP:
            return "tcp";
        case IPPROTO_UDP:
            return "udp";
        case IPPROTO_SCTP:
            return "sctp";
        default:
            return std::to_string(protocol);
    }
}

std::string plain_text(Field field, std::span<const uint8_t> bytes, Order order) {
    switch (info(field).data_type) {
        case DataType::ip_address:
            return Address::from_bytes(Family::v4, bytes).str();
        case DataType::ip6_address:
            return Address::from_bytes(Family::v6, bytes).str();
        case DataType::interface_name: {
            const auto* name = reinterpret_cast<const char*>(bytes.data());
            return std::string(name, strnlen(name, bytes.size()));
        }
        case DataType::protocol:
            return protocol_text(as_number(bytes, order));
        case DataType::mark:
            return fmt::format("0x{:08x}", as_number(bytes, order));
        case DataType::verdict: {
            const auto* chain = reinterpret_cast<const char*>(bytes.data());
            const std::string name(chain, strnlen(chain, bytes.size()));
            return name.empty() ? "return" : "goto " + name;
        }
        default:
            return std::to_string(as_number(bytes, order));
    }
}

// The length of the prefix that reaches from first to last exactly, if there is one.
std::optional<unsigned> prefix_length(std::span<const uint8_t> first, std::span<const uint8_t> last) {
    unsigned length = 0;
    const auto bit = [](std::span<const uint8_t> bytes, unsigned at) {
        return bytes[at / 8] >> (7 - at % 8) & 1;
    };
    const unsigned bits = static_cast<unsigned>(first.size()) * 8;
    while (length < bits && bit(first, length) == bit(last, length)) ++length;
    for (unsigned at = length; at < bits; ++at) {
        if (bit(first, at) != 0 || bit(last, at) != 1) return std::nullopt;
    }
    return length;
}

std::string range_text(Field field, std::span<const uint8_t> first, std::span<const uint8_t> last,
                       Order order) {
    const std::string text = plain_text(field, first, order);
    if (std::ranges::equal(first, last)) return text;
    const DataType type = info(field).data_type;
    if (type == DataType::ip_address || type == DataType::ip6_address) {
        if (const auto length = prefix_length(first, last)) return fmt::format("{}/{}", text, *length);
    }
    return text + "-" + plain_text(field, last, order);
}

}  // namespace

const FieldInfo& info(Field field) {
    static const std::vector<FieldInfo> all = make();
    return all[static_cast<size_t>(field)];
}

unsigned length(const Layout& layout) {
    const unsigned ends = layout.range ? 2 : 1;
    if (layout.fields.size() == 1) return ends * info(layout.fields.front()).length;
    unsigned sum = 0;
    for (const Field field : layout.fields) sum += padded(info(field).length);
    return ends * sum;
}

uint32_t data_type(const Layout& layout) {
    if (has(layout, Field::verdict)) return static_cast<uint32_t>(NFT_DATA_VERDICT);
    uint32_t type = 0;
    for (const Field field : layout.fields) type = type << 6 | static_cast<uint32_t>(info(field).data_type);
    return type;
}

std::string rule_text(const Layout& layout) {
    return joined(layout, &FieldInfo::rule);
}
std::string type_text(const Layout& layout) {
    return joined(layout, &FieldInfo::type);
}

std::string value_text(const Layout& layout, const Bytes& value, const Bytes& last) {
    const unsigned size = length(layout);
    if (layout.range && value.size() == size) {
        const auto half = size / 2;
        return value_text({layout.fields}, Bytes(value.span().first(half)), Bytes(value.span().last(half)));
    }
    if (value.size() != size || (!last.empty() && last.size() != size)) {
        throw Error::system(fmt::format("set element of {} bytes in place of {}", value.size(), size),
                            EBADMSG);
    }
    std::string result;
    size_t at = 0;
    for (const Field field : layout.fields) {
        if (at != 0) result += " . ";
        const unsigned bytes = info(field).length;
        const auto first = value.span().subspan(at, bytes);
        const Order stored = order(layout, field);
        result += last.empty() ? plain_text(field, first, stored)
                               : range_text(field, first, last.span().subspan(at, bytes), stored);
        at += padded(bytes);
    }
    return result;
}

uint32_t number(const Layout& layout, Field wanted, const Bytes& value) {
    size_t at = 0;
    for (const Field field : layout.fields) {
        const unsigned bytes = info(field).length;
        if (at + bytes > value.size()) break;
        if (field == wanted)
            return static_cast<uint32_t>(as_number(value.span().subspan(at, bytes), order(layout, field)));
        at += padded(bytes);
    }
    throw Error::system("set element without the field that was asked for", EBADMSG);
}

bool has(const Layout& layout, Field field) {
    return std::ranges::find(layout.fields, field) != layout.fields.end();
}

}  // namespace nvi::nft
