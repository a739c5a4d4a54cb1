// SPDX-License-Identifier: GPL-2.0-or-later
// The keepalive of a VXLAN peer: a gratuitous ARP (RFC 5227) of the peer's own address inside its tunnel,
// with an authenticated trailer behind it, which ordinary ARP does not read. docs/peers.md has the layout.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/net/address.hpp"

namespace nvi::peers {

// Of one peer, and nobody else's; the key of HMAC-SHA256 (RFC 2104, FIPS 198-1).
using Secret = std::array<uint8_t, 32>;
// 64 hexadecimal digits; white space around them is passed over. Empty when the text is none.
std::optional<Secret> parse_secret(std::string_view text);
std::string to_text(const Secret& secret);

// Where a peer's tunnel packets come from, as the gateway sees it: the outside of the peer's NAT.
struct Endpoint {
    Address address;  // IPv4
    uint16_t port{};  // host order; 0: none

    std::string str() const { return address.str() + ":" + std::to_string(port); }
    auto operator<=>(const Endpoint&) const = default;
};

enum class Kind : uint8_t {
    keepalive = 1,  // from the peer
    answer = 2,     // from the gateway, to the one that the timestamp names
};

struct Keepalive {
    Kind kind = Kind::keepalive;
    uint32_t vni{};
    Mac mac;               // the peer's inside its tunnel
    Address address;       // the peer's inside its tunnel, IPv4
    uint64_t timestamp{};  // nanoseconds since 1970 by the peer's clock; each is later than the one before
    Endpoint observed;     // answer: where the gateway saw the keepalive come from

    bool operator==(const Keepalive&) const = default;
};

// Bytes: Ethernet 14, ARP 28, trailer 22, HMAC 32.
inline constexpr size_t kFrameSize = 96;
using Frame = std::array<uint8_t, kFrameSize>;

// The Ethernet frame inside the tunnel.
Frame encode(const Keepalive& keepalive, const Secret& secret);

// What the frame says, whoever sent it. Empty for all that encode() does not make, the HMAC aside.
std::optional<Keepalive> decode(std::span<const uint8_t> frame, uint32_t vni);

// Whether the holder of the secret made the frame, for this VNI. Takes the same time wherever the HMACs
// differ.
bool verify(std::span<const uint8_t> frame, uint32_t vni, const Secret& secret);

}  // namespace nvi::peers
