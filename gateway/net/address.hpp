// SPDX-License-Identifier: GPL-2.0-or-later
// IP and MAC addresses and prefixes as plain values: ordered, hashable by bytes, no sockets.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nvi {

enum class Family : uint8_t { v4 = 4, v6 = 6 };

// AF_INET or AF_INET6.
int af(Family family);

// An IPv4 or IPv6 address, bytes in network order; the bytes past the family's length are zero.
class Address {
  public:
    Address() = default;  // 0.0.0.0
    // Strict textual forms only (inet_pton): no octal, no host names. Empty when the text is none.
    static std::optional<Address> parse(std::string_view text);
    // Throws Error when the number of bytes is not the family's.
    static Address from_bytes(Family family, std::span<const uint8_t> bytes);
    static Address v4(uint32_t host_order);

    Family family() const { return family_; }
    bool is_v4() const { return family_ == Family::v4; }
    std::span<const uint8_t> bytes() const { return {bytes_.data(), is_v4() ? 4U : 16U}; }
    unsigned bits() const { return is_v4() ? 32 : 128; }
    std::string str() const;

    bool is_unspecified() const;
    bool is_multicast() const;
    bool is_loopback() const;    // 127.0.0.0/8, ::1
    bool is_link_local() const;  // 169.254.0.0/16, fe80::/10

    auto operator<=>(const Address&) const = default;

  private:
    Family family_ = Family::v4;
    std::array<uint8_t, 16> bytes_{};
};

// An address and a length. The host bits are kept (so "10.0.0.1/24" is an interface address);
// network() clears them.
class Prefix {
  public:
    Prefix() = default;  // 0.0.0.0/32
    Prefix(Address address, unsigned length) : address_(address), length_(static_cast<uint8_t>(length)) {}
    static Prefix host(Address address) { return {address, address.bits()}; }
    static Prefix any(Family family);  // 0.0.0.0/0 or ::/0
    // "ADDRESS/LENGTH", or "ADDRESS" alone for a host. Empty when the text is none.
    static std::optional<Prefix> parse(std::string_view text);

    const Address& address() const { return address_; }
    unsigned length() const { return length_; }
    Family family() const { return address_.family(); }
    bool is_host() const { return length_ == address_.bits(); }
    Prefix network() const;
    Address first() const { return network().address(); }
    Address last() const;
    bool contains(const Address& address) const;
    bool contains(const Prefix& other) const;
    bool overlaps(const Prefix& other) const { return contains(other) || other.contains(*this); }
    std::string str() const;  // always with the length

    auto operator<=>(const Prefix&) const = default;

  private:
    Address address_;
    uint8_t length_ = 32;
};

class Mac {
  public:
    Mac() = default;
    explicit Mac(std::array<uint8_t, 6> bytes) : bytes_(bytes) {}
    static std::optional<Mac> parse(std::string_view text);  // "02:00:00:00:00:07"
    std::span<const uint8_t, 6> bytes() const { return bytes_; }
    bool is_multicast() const { return (bytes_[0] & 1) != 0; }
    std::string str() const;
    auto operator<=>(const Mac&) const = default;

  private:
    std::array<uint8_t, 6> bytes_{};
};

}  // namespace nvi

template <>
struct std::hash<nvi::Address> {
    size_t operator()(const nvi::Address& address) const noexcept;
};
template <>
struct std::hash<nvi::Prefix> {
    size_t operator()(const nvi::Prefix& prefix) const noexcept;
};
template <>
struct std::hash<nvi::Mac> {
    size_t operator()(const nvi::Mac& mac) const noexcept;
};
