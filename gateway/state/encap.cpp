// SPDX-License-Identifier: GPL-2.0-or-later
// Lightweight-tunnel state of routes.
#include "gateway/state/encap.hpp"

#include <linux/lwtunnel.h>

#include "gateway/state/decode.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;

// Both families number these alike.
static_assert(int{LWTUNNEL_IP_ID} == int{LWTUNNEL_IP6_ID} && int{LWTUNNEL_IP_DST} == int{LWTUNNEL_IP6_DST} &&
              int{LWTUNNEL_IP_SRC} == int{LWTUNNEL_IP6_SRC} &&
              int{LWTUNNEL_IP_TTL} == int{LWTUNNEL_IP6_HOPLIMIT} &&
              int{LWTUNNEL_IP_FLAGS} == int{LWTUNNEL_IP6_FLAGS} &&
              int{LWTUNNEL_IP_OPTS} == int{LWTUNNEL_IP6_OPTS});

constexpr netlink::Policy kEncap{
    {LWTUNNEL_IP_ID, Kind::be64}, {LWTUNNEL_IP_DST, Kind::bytes},  {LWTUNNEL_IP_SRC, Kind::bytes},
    {LWTUNNEL_IP_TTL, Kind::u8},  {LWTUNNEL_IP_FLAGS, Kind::be16}, {LWTUNNEL_IP_OPTS, Kind::bytes},
};

// TUNNEL_CSUM and TUNNEL_KEY of include/net/ip_tunnels.h, which is not exported.
constexpr uint16_t kChecksum = 0x0001;
constexpr uint16_t kKey = 0x0004;

bool any_byte(std::optional<std::span<const uint8_t>> bytes) {
    if (!bytes) return false;
    for (const uint8_t byte : *bytes) {
        if (byte != 0) return true;
    }
    return false;
}

}  // namespace

const netlink::Policy& encap_policy() {
    return kEncap;
}

uint16_t encap_type(const Encap& encap) {
    const auto& underlay = encap.node ? encap.node : encap.source;
    return underlay && !underlay->is_v4() ? LWTUNNEL_ENCAP_IP6 : LWTUNNEL_ENCAP_IP;
}

void put_encap(netlink::Message& message, const Encap& encap) {
    message.put_be64(LWTUNNEL_IP_ID, encap.id);
    if (encap.node) message.put_bytes(LWTUNNEL_IP_DST, encap.node->bytes());
    if (encap.source) message.put_bytes(LWTUNNEL_IP_SRC, encap.source->bytes());
    const int flags = (encap.key_flag ? kKey : 0) | (encap.checksum ? kChecksum : 0);
    if (flags != 0) message.put_be16(LWTUNNEL_IP_FLAGS, static_cast<uint16_t>(flags));
}

std::optional<Encap> decode_encap(uint16_t type, const netlink::Attributes& attributes) {
    if (type != LWTUNNEL_ENCAP_IP && type != LWTUNNEL_ENCAP_IP6) return std::nullopt;
    const uint16_t flags = attributes.be16(LWTUNNEL_IP_FLAGS).value_or(0);
    if ((flags & ~(kKey | kChecksum)) != 0 || attributes.u8(LWTUNNEL_IP_TTL).value_or(0) != 0 ||
        any_byte(attributes.bytes(LWTUNNEL_IP_OPTS))) {
        return std::nullopt;
    }
    Encap encap;
    encap.id = attributes.be64(LWTUNNEL_IP_ID).value_or(0);
    encap.key_flag = (flags & kKey) != 0;
    encap.checksum = (flags & kChecksum) != 0;
    // The kernel answers with an address of zeroes where none was given.
    const auto family = type == LWTUNNEL_ENCAP_IP ? Family::v4 : Family::v6;
    for (const auto& [attribute, to] :
         {std::pair(LWTUNNEL_IP_DST, &encap.node), std::pair(LWTUNNEL_IP_SRC, &encap.source)}) {
        const auto bytes = attributes.bytes(static_cast<uint16_t>(attribute));
        if (!any_byte(bytes)) continue;
        *to = address_of(family, bytes);
        if (!*to) return std::nullopt;
    }
    return encap;
}

}  // namespace nvi::state
