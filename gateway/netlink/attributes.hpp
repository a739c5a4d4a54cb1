// SPDX-License-Identifier: GPL-2.0-or-later
// Reading of received messages. Every length is checked before a byte is read; what does not fit its
// type throws Error(EBADMSG). Views only: they live as long as the bytes that they were made from.
#pragma once

#include <linux/netlink.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "gateway/netlink/policy.hpp"

namespace nvi::netlink {

// The attributes of one level, by type; of several of one type, the last. Types that the policy does
// not have are passed over: newer kernels send more.
class Attributes {
  public:
    Attributes(std::span<const uint8_t> bytes, const Policy& policy);

    bool has(uint16_t type) const { return find(type).has_value(); }
    // Empty when absent. Asking for another type than the policy says throws.
    std::optional<uint8_t> u8(uint16_t type) const;
    std::optional<uint16_t> u16(uint16_t type) const;
    std::optional<uint32_t> u32(uint16_t type) const;
    std::optional<uint64_t> u64(uint16_t type) const;
    std::optional<uint16_t> be16(uint16_t type) const;
    std::optional<uint32_t> be32(uint16_t type) const;
    std::optional<uint64_t> be64(uint16_t type) const;
    std::optional<std::string_view> text(uint16_t type) const;
    std::optional<std::span<const uint8_t>> bytes(uint16_t type) const;
    std::optional<Attributes> nest(uint16_t type) const;
    std::optional<Attributes> nest(uint16_t type, const Policy& inside) const;

  private:
    std::optional<std::span<const uint8_t>> find(uint16_t type) const;
    std::optional<std::span<const uint8_t>> find(uint16_t type, Kind kind) const;
    template <typename Number>
    std::optional<Number> number(uint16_t type, Kind kind) const;

    const Policy* policy_;
    std::span<const uint8_t> bytes_;
    // Offset of the payload in bytes_; 0: absent (a payload never starts at 0).
    std::array<uint32_t, Policy::kTypes> start_{};
    std::array<uint16_t, Policy::kTypes> length_{};
};

// One received message. Its lengths were checked when it was made (see messages()).
class MessageView {
  public:
    explicit MessageView(std::span<const uint8_t> bytes) : bytes_(bytes) {}
    uint16_t type() const { return header().nlmsg_type; }
    uint16_t flags() const { return header().nlmsg_flags; }
    uint32_t sequence() const { return header().nlmsg_seq; }
    // As libnftnl and libmnl take it.
    const nlmsghdr& header() const { return *reinterpret_cast<const nlmsghdr*>(bytes_.data()); }
    std::span<const uint8_t> payload() const { return bytes_.subspan(NLMSG_HDRLEN); }

    // The header that follows nlmsghdr.
    template <typename Header>
    Header family() const {
        static_assert(std::is_trivially_copyable_v<Header>);
        Header header{};
        std::memcpy(&header, checked(sizeof(Header)).data(), sizeof(header));
        return header;
    }
    template <typename Header>
    Attributes attributes(const Policy& policy) const {
        return Attributes(checked(NLMSG_ALIGN(sizeof(Header))).subspan(NLMSG_ALIGN(sizeof(Header))), policy);
    }

  private:
    std::span<const uint8_t> checked(size_t least) const;  // the payload, of at least so many bytes
    std::span<const uint8_t> bytes_;
};

// Calls each() for the messages of a datagram in order until it returns false; false if it did.
// Throws Error(EBADMSG) for a datagram that is cut off within a message.
bool messages(std::span<const uint8_t> datagram, const std::function<bool(const MessageView&)>& each);

}  // namespace nvi::netlink
