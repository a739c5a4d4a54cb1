// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses, prefixes and MACs: text to bytes and back, and the arithmetic on them.
#include "gateway/net/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "gateway/net/error.hpp"

namespace nvi {

namespace {

// inet_pton() wants a terminated string; longer texts than this are never an address.
constexpr size_t kLongestText = INET6_ADDRSTRLEN;

// Byte `index` of the mask of `length` leading ones.
uint8_t mask_byte(unsigned length, size_t index) {
    const size_t whole = length / 8;
    if (index < whole) return 0xff;
    if (index > whole) return 0;
    return static_cast<uint8_t>(0xff00U >> (length % 8));
}

// FNV-1a: short keys, no need for more.
size_t hash_bytes(std::span<const uint8_t> bytes, uint64_t seed) {
    uint64_t hash = 0xcbf29ce484222325ULL ^ seed;
    for (const uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3ULL;
    return static_cast<size_t>(hash ^ (hash >> 32));
}

std::optional<uint8_t> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
    return {};
}

}  // namespace

int af(Family family) {
    return family == Family::v4 ? AF_INET : AF_INET6;
}

std::optional<Address> Address::parse(std::string_view text) {
    if (text.empty() || text.size() >= kLongestText || text.find('\0') != std::string_view::npos) return {};
    std::array<char, kLongestText> terminated{};
    std::copy(text.begin(), text.end(), terminated.begin());
    Address address;
    address.family_ = text.find(':') == std::string_view::npos ? Family::v4 : Family::v6;
    if (inet_pton(af(address.family_), terminated.data(), address.bytes_.data()) != 1) return {};
    return address;
}

Address Address::from_bytes(Family family, std::span<const uint8_t> bytes) {
    Address address;
    address.family_ = family;
    if (bytes.size() != address.bits() / 8)
        throw Error("an address of " + std::to_string(bytes.size()) + " bytes", EINVAL);
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
    return address;
}

Address Address::v4(uint32_t host_order) {
    Address address;
    const uint32_t network_order = htonl(host_order);
    std::memcpy(address.bytes_.data(), &network_order, sizeof network_order);
    return address;
}

std::string Address::str() const {
    std::array<char, kLongestText> text{};
    inet_ntop(af(family_), bytes_.data(), text.data(), text.size());
    return text.data();
}

bool Address::is_unspecified() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t byte) { return byte == 0; });
}

bool Address::is_multicast() const {
    return is_v4() ? (bytes_[0] & 0xf0) == 0xe0 : bytes_[0] == 0xff;
}

bool Address::is_loopback() const {
    if (is_v4()) return bytes_[0] == 127;
    return bytes_[15] == 1 && std::all_of(bytes_.begin(), bytes_.end() - 1, [](uint8_t b) { return b == 0; });
}

bool Address::is_link_local() const {
    return is_v4() ? bytes_[0] == 169 && bytes_[1] == 254 : bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

Prefix Prefix::any(Family family) {
    const std::array<uint8_t, 16> zero{};
    const size_t size = family == Family::v4 ? 4 : 16;
    return {Address::from_bytes(family, std::span(zero).first(size)), 0};
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
    const size_t slash = text.find('/');
    const auto address = Address::parse(text.substr(0, slash));
    if (!address) return {};
    if (slash == std::string_view::npos) return host(*address);

    const std::string_view digits = text.substr(slash + 1);
    if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits[0] == '0')) return {};
    unsigned length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || end != digits.data() + digits.size() || length > address->bits()) return {};
    return Prefix(*address, length);
}

Prefix Prefix::network() const {
    std::array<uint8_t, 16> bytes{};
    const auto own = address_.bytes();
    for (size_t i = 0; i < own.size(); ++i) bytes[i] = own[i] & mask_byte(length_, i);
    return {Address::from_bytes(family(), std::span(bytes).first(own.size())), length_};
}

Address Prefix::last() const {
    std::array<uint8_t, 16> bytes{};
    const auto own = address_.bytes();
    for (size_t i = 0; i < own.size(); ++i)
        bytes[i] = static_cast<uint8_t>(own[i] | static_cast<uint8_t>(~mask_byte(length_, i)));
    return Address::from_bytes(family(), std::span(bytes).first(own.size()));
}

bool Prefix::contains(const Address& address) const {
    if (address.family() != family()) return false;
    const auto own = address_.bytes();
    const auto other = address.bytes();
    for (size_t i = 0; i < own.size(); ++i)
        if (((own[i] ^ other[i]) & mask_byte(length_, i)) != 0) return false;
    return true;
}

bool Prefix::contains(const Prefix& other) const {
    return other.length_ >= length_ && contains(other.address_);
}

std::string Prefix::str() const {
    return address_.str() + "/" + std::to_string(length_);
}

std::optional<Mac> Mac::parse(std::string_view text) {
    constexpr size_t kLength = 17;
    if (text.size() != kLength) return {};
    std::array<uint8_t, 6> bytes{};
    for (size_t i = 0; i < bytes.size(); ++i) {
        const auto high = hex_digit(text[3 * i]);
        const auto low = hex_digit(text[3 * i + 1]);
        if (!high || !low || (i > 0 && text[3 * i - 1] != ':')) return {};
        bytes[i] = static_cast<uint8_t>(*high << 4 | *low);
    }
    return Mac(bytes);
}

std::string Mac::str() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const uint8_t byte : bytes_) {
        if (!text.empty()) text += ':';
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

}  // namespace nvi

size_t std::hash<nvi::Address>::operator()(const nvi::Address& address) const noexcept {
    return nvi::hash_bytes(address.bytes(), 0);
}

size_t std::hash<nvi::Prefix>::operator()(const nvi::Prefix& prefix) const noexcept {
    return nvi::hash_bytes(prefix.address().bytes(), prefix.length() + 1);
}

size_t std::hash<nvi::Mac>::operator()(const nvi::Mac& mac) const noexcept {
    return nvi::hash_bytes(mac.bytes(), 0);
}
