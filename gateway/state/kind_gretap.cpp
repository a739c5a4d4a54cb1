// SPDX-License-Identifier: GPL-2.0-or-later
// Link kinds "gretap" and "gre" with a key and without a remote: a tenant's tunnels, over an IPv4 underlay.
// They differ in nothing but their name.
#include <linux/if_link.h>
#include <linux/if_tunnel.h>

#include "gateway/state/kind.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;

constexpr netlink::Policy kData{
    {IFLA_GRE_IFLAGS, Kind::be16},      {IFLA_GRE_OFLAGS, Kind::be16},
    {IFLA_GRE_IKEY, Kind::be32},        {IFLA_GRE_OKEY, Kind::be32},
    {IFLA_GRE_LOCAL, Kind::bytes},      {IFLA_GRE_REMOTE, Kind::bytes},
    {IFLA_GRE_TTL, Kind::u8},           {IFLA_GRE_TOS, Kind::u8},
    {IFLA_GRE_PMTUDISC, Kind::u8},      {IFLA_GRE_ENCAP_TYPE, Kind::u16},
    {IFLA_GRE_ENCAP_FLAGS, Kind::u16},  {IFLA_GRE_ENCAP_SPORT, Kind::be16},
    {IFLA_GRE_ENCAP_DPORT, Kind::be16}, {IFLA_GRE_COLLECT_METADATA, Kind::flag},
    {IFLA_GRE_FWMARK, Kind::u32},       {IFLA_GRE_LINK, Kind::u32},
};

constexpr uint16_t kKey = 0x2000;  // GRE_KEY, host order

// All that iproute2 sends, so that a device of ours and one made by hand are the same.
template <typename Keyed>
void encode(netlink::Message& message, const LinkKind& link, uint32_t lower) {
    const auto& tunnel = std::get<Keyed>(link);
    const auto data = message.nest(IFLA_INFO_DATA, kData);
    message.put_be32(IFLA_GRE_IKEY, tunnel.key);
    message.put_be32(IFLA_GRE_OKEY, tunnel.key);
    message.put_be16(IFLA_GRE_IFLAGS, kKey);
    message.put_be16(IFLA_GRE_OFLAGS, kKey);
    message.put_bytes(IFLA_GRE_LOCAL, tunnel.local.bytes());
    message.put_u8(IFLA_GRE_PMTUDISC, 1);
    message.put_u8(IFLA_GRE_TOS, 0);
    if (lower != 0) message.put_u32(IFLA_GRE_LINK, lower);
    message.put_u8(IFLA_GRE_TTL, 0);
    message.put_u32(IFLA_GRE_FWMARK, 0);
    message.put_u16(IFLA_GRE_ENCAP_TYPE, TUNNEL_ENCAP_NONE);
    message.put_u16(IFLA_GRE_ENCAP_FLAGS, 0);
    message.put_be16(IFLA_GRE_ENCAP_SPORT, 0);
    message.put_be16(IFLA_GRE_ENCAP_DPORT, 0);
}

// What is not as ours are (no key, two keys, a remote, external) reads as key 0: no file asks for that,
// so the device is made anew.
template <typename Keyed>
LinkKind decode(const netlink::Attributes& info) {
    Keyed tunnel;
    const auto data = info.nest(IFLA_INFO_DATA, kData);
    if (!data) return tunnel;
    if (const auto local = data->bytes(IFLA_GRE_LOCAL)) {
        if (local->size() == 4) tunnel.local = Address::from_bytes(Family::v4, *local);
    }
    const auto remote = data->bytes(IFLA_GRE_REMOTE);
    bool has_remote = false;
    for (const uint8_t byte : remote.value_or(std::span<const uint8_t>()))
        has_remote = has_remote || byte != 0;
    const bool keyed = (data->be16(IFLA_GRE_IFLAGS).value_or(0) & kKey) != 0 &&
                       (data->be16(IFLA_GRE_OFLAGS).value_or(0) & kKey) != 0;
    const uint32_t key = data->be32(IFLA_GRE_IKEY).value_or(0);
    if (keyed && !has_remote && !data->has(IFLA_GRE_COLLECT_METADATA) && key == data->be32(IFLA_GRE_OKEY)) {
        tunnel.key = key;
    }
    return tunnel;
}

}  // namespace

const DeviceKind& gretap_kind() {
    static constexpr DeviceKind kind{
        "gretap",
        "gt",
        false,
        [](const LinkKind& link) { return std::holds_alternative<GretapLink>(link); },
        encode<GretapLink>,
        decode<GretapLink>,
    };
    return kind;
}

const DeviceKind& gre_kind() {
    static constexpr DeviceKind kind{
        "gre",           "gr",
        false,           [](const LinkKind& link) { return std::holds_alternative<GreLink>(link); },
        encode<GreLink>, decode<GreLink>,
    };
    return kind;
}

}  // namespace nvi::state
