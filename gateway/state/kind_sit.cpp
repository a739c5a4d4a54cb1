// SPDX-License-Identifier: GPL-2.0-or-later
// Link kind "sit" that carries both families ("mode any") to one node: a tenant without a key.
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <netinet/in.h>

#include "gateway/state/decode.hpp"
#include "gateway/state/kind.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;

constexpr netlink::Policy kData{
    {IFLA_IPTUN_LOCAL, Kind::bytes},      {IFLA_IPTUN_REMOTE, Kind::bytes},
    {IFLA_IPTUN_TTL, Kind::u8},           {IFLA_IPTUN_TOS, Kind::u8},
    {IFLA_IPTUN_PMTUDISC, Kind::u8},      {IFLA_IPTUN_FLAGS, Kind::u16},
    {IFLA_IPTUN_PROTO, Kind::u8},         {IFLA_IPTUN_ENCAP_TYPE, Kind::u16},
    {IFLA_IPTUN_ENCAP_FLAGS, Kind::u16},  {IFLA_IPTUN_ENCAP_SPORT, Kind::be16},
    {IFLA_IPTUN_ENCAP_DPORT, Kind::be16}, {IFLA_IPTUN_FWMARK, Kind::u32},
    {IFLA_IPTUN_LINK, Kind::u32},
};

// All that iproute2 sends, so that a device of ours and one made by hand are the same.
void encode(netlink::Message& message, const LinkKind& link, uint32_t) {
    const auto& sit = std::get<SitLink>(link);
    const auto data = message.nest(IFLA_INFO_DATA, kData);
    message.put_u8(IFLA_IPTUN_PROTO, 0);  // any
    message.put_bytes(IFLA_IPTUN_LOCAL, sit.local.bytes());
    message.put_bytes(IFLA_IPTUN_REMOTE, sit.remote.bytes());
    message.put_u8(IFLA_IPTUN_PMTUDISC, 1);
    message.put_u8(IFLA_IPTUN_TOS, 0);
    message.put_u8(IFLA_IPTUN_TTL, 0);
    message.put_u32(IFLA_IPTUN_LINK, 0);
    message.put_u32(IFLA_IPTUN_FWMARK, 0);
    message.put_u16(IFLA_IPTUN_ENCAP_TYPE, TUNNEL_ENCAP_NONE);
    message.put_u16(IFLA_IPTUN_ENCAP_FLAGS, 0);
    message.put_be16(IFLA_IPTUN_ENCAP_SPORT, 0);
    message.put_be16(IFLA_IPTUN_ENCAP_DPORT, 0);
    message.put_u16(IFLA_IPTUN_FLAGS, 0);
}

// What carries one family only reads as a tunnel to nowhere, and is made anew.
LinkKind decode(const netlink::Attributes& info) {
    SitLink sit;
    const auto data = info.nest(IFLA_INFO_DATA, kData);
    if (!data) return sit;
    sit.local = address_of(Family::v4, data->bytes(IFLA_IPTUN_LOCAL)).value_or(Address());
    if (data->u8(IFLA_IPTUN_PROTO).value_or(IPPROTO_IPV6) == 0) {
        sit.remote = address_of(Family::v4, data->bytes(IFLA_IPTUN_REMOTE)).value_or(Address());
    }
    return sit;
}

}  // namespace

const DeviceKind& sit_kind() {
    static constexpr DeviceKind kind{
        "sit",  "si",   false, [](const LinkKind& link) { return std::holds_alternative<SitLink>(link); },
        encode, decode,
    };
    return kind;
}

}  // namespace nvi::state
