// SPDX-License-Identifier: GPL-2.0-or-later
// Encoding, reading and verifying keepalives.
#include "peers/keepalive.hpp"

#include <nettle/hmac.h>
#include <nettle/memops.h>

#include <algorithm>
#include <cstring>

namespace nvi::peers {

namespace {

constexpr size_t kMacSize = 6;
constexpr size_t kSource = 6;  // of the Ethernet header
constexpr size_t kArp = 14;
constexpr size_t kOperation = kArp + 6;
constexpr size_t kSenderMac = kArp + 8;
constexpr size_t kSenderAddress = kArp + 14;
constexpr size_t kTargetAddress = kArp + 24;
constexpr size_t kTrailer = kArp + 28;
constexpr size_t kKind = kTrailer + 5;
constexpr size_t kTimestamp = kTrailer + 8;
constexpr size_t kObserved = kTimestamp + 8;
constexpr size_t kHmac = kObserved + 6;
static_assert(kHmac + SHA256_DIGEST_SIZE == kFrameSize);

// Ethernet's type, then ARP for Ethernet and IPv4 (RFC 826).
constexpr uint8_t kArpHead[] = {0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0x00};
constexpr uint8_t kMagic[] = {'N', 'V', 'I', 'K', 1};
// The source of answers: no host's, and not the peer's own, which its vxlan device would drop.
constexpr uint8_t kGatewayMac[kMacSize] = {0x02, 0x6e, 0x76, 0, 0, 0};

void put(Frame& frame, size_t at, std::span<const uint8_t> bytes) {
    std::copy(bytes.begin(), bytes.end(), frame.begin() + static_cast<std::ptrdiff_t>(at));
}

void put_number(Frame& frame, size_t at, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) frame[at + i] = static_cast<uint8_t>(value >> (8 * (bytes - 1 - i)));
}

uint64_t number(std::span<const uint8_t> frame, size_t at, size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value = value << 8 | frame[at + i];
    return value;
}

Address address_at(std::span<const uint8_t> frame, size_t at) {
    return Address::from_bytes(Family::v4, frame.subspan(at, 4));
}

Mac mac_at(std::span<const uint8_t> frame, size_t at) {
    std::array<uint8_t, kMacSize> bytes{};
    std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(at), kMacSize, bytes.begin());
    return Mac(bytes);
}

// Over the VNI, four bytes, and all of the frame before the HMAC: a frame of one tenant is none of another's.
std::array<uint8_t, SHA256_DIGEST_SIZE> hmac(std::span<const uint8_t> frame, uint32_t vni,
                                             const Secret& secret) {
    hmac_sha256_ctx context;
    hmac_sha256_set_key(&context, secret.size(), secret.data());
    const uint8_t network[] = {static_cast<uint8_t>(vni >> 24), static_cast<uint8_t>(vni >> 16),
                               static_cast<uint8_t>(vni >> 8), static_cast<uint8_t>(vni)};
    hmac_sha256_update(&context, sizeof(network), network);
    hmac_sha256_update(&context, kHmac, frame.data());
    std::array<uint8_t, SHA256_DIGEST_SIZE> digest{};
    hmac_sha256_digest(&context, digest.size(), digest.data());
    return digest;
}

// All before the HMAC.
Frame body(const Keepalive& keepalive) {
    Frame frame{};
    if (keepalive.kind == Kind::keepalive) {
        std::fill_n(frame.begin(), kMacSize, uint8_t{0xff});
        put(frame, kSource, keepalive.mac.bytes());
    } else {
        put(frame, 0, keepalive.mac.bytes());
        put(frame, kSource, kGatewayMac);
    }
    put(frame, kSource + kMacSize, kArpHead);
    // Request and reply, as the two kinds are numbered.
    frame[kOperation + 1] = static_cast<uint8_t>(keepalive.kind);
    put(frame, kSenderMac, keepalive.mac.bytes());
    put(frame, kSenderAddress, keepalive.address.bytes());
    put(frame, kTargetAddress, keepalive.address.bytes());
    put(frame, kTrailer, kMagic);
    frame[kKind] = static_cast<uint8_t>(keepalive.kind);
    put_number(frame, kTimestamp, keepalive.timestamp, 8);
    put(frame, kObserved, keepalive.observed.address.bytes());
    put_number(frame, kObserved + 4, keepalive.observed.port, 2);
    return frame;
}

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<Secret> parse_secret(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    text = text.substr(first, text.find_last_not_of(kSpace) - first + 1);
    Secret secret{};
    if (text.size() != 2 * secret.size()) return {};
    for (size_t i = 0; i < secret.size(); ++i) {
        const int high = digit(text[2 * i]);
        const int low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0) return {};
        secret[i] = static_cast<uint8_t>(high << 4 | low);
    }
    return secret;
}

std::string to_text(const Secret& secret) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const uint8_t byte : secret) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

Frame encode(const Keepalive& keepalive, const Secret& secret) {
    Frame frame = body(keepalive);
    put(frame, kHmac, hmac(frame, keepalive.vni, secret));
    return frame;
}

std::optional<Keepalive> decode(std::span<const uint8_t> frame, uint32_t vni) {
    if (frame.size() != kFrameSize) return {};
    Keepalive keepalive{
        .kind = static_cast<Kind>(frame[kKind]),
        .vni = vni,
        .mac = mac_at(frame, kSenderMac),
        .address = address_at(frame, kSenderAddress),
        .timestamp = number(frame, kTimestamp, 8),
        .observed = {address_at(frame, kObserved), static_cast<uint16_t>(number(frame, kObserved + 4, 2))}};
    if (keepalive.kind != Kind::keepalive && keepalive.kind != Kind::answer) return {};
    if (keepalive.mac.is_multicast() || keepalive.mac == Mac()) return {};
    // What it was read as must be said by these bytes and no others.
    const Frame same = body(keepalive);
    if (!std::equal(same.begin(), same.begin() + kHmac, frame.begin())) return {};
    return keepalive;
}

bool verify(std::span<const uint8_t> frame, uint32_t vni, const Secret& secret) {
    if (frame.size() != kFrameSize) return false;
    const auto expected = hmac(frame, vni, secret);
    return memeql_sec(expected.data(), frame.data() + kHmac, expected.size()) != 0;
}

}  // namespace nvi::peers
