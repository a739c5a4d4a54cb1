// SPDX-License-Identifier: GPL-2.0-or-later
// Builder of one netlink request. Attributes are checked against a Policy as they are written.
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "gateway/netlink/policy.hpp"

namespace nvi::netlink {

class Message {
  public:
    // Bytes. An attribute's length is 16 bits wide; the kernel's own limit for one request is the
    // socket's send buffer.
    static constexpr size_t kLimit = size_t{60} * 1024;

    // `family` is the header that follows nlmsghdr: ifinfomsg, rtmsg, nfgenmsg... NLM_F_REQUEST is
    // always set. The policy must outlive the message.
    template <typename Header>
    Message(uint16_t type, uint16_t flags, const Header& family, const Policy& policy)
        : Message(type, flags, policy) {
        static_assert(std::is_trivially_copyable_v<Header>);
        append(&family, sizeof(family));
    }

    void put_flag(uint16_t type);
    void put_u8(uint16_t type, uint8_t value);
    void put_u16(uint16_t type, uint16_t value);
    void put_u32(uint16_t type, uint32_t value);
    void put_u64(uint16_t type, uint64_t value);
    void put_be16(uint16_t type, uint16_t host_order);
    void put_be32(uint16_t type, uint32_t host_order);
    void put_be64(uint16_t type, uint64_t host_order);
    void put_text(uint16_t type, std::string_view text);
    void put_bytes(uint16_t type, std::span<const uint8_t> bytes);
    // A C struct whose layout is the kernel's (Kind::bytes).
    template <typename Struct>
    void put_struct(uint16_t type, const Struct& value) {
        static_assert(std::is_trivially_copyable_v<Struct>);
        put(type, Kind::bytes, &value, sizeof(value));
    }
    // Text without the closing NUL, for the few attributes that iproute2 sends so.
    void put_text_unterminated(uint16_t type, std::string_view text);

    // Open as long as the object lives; the attributes put meanwhile are inside. Nests close in
    // reverse order of opening, which scopes give for nothing.
    class Nest {
      public:
        ~Nest();
        Nest(const Nest&) = delete;
        Nest& operator=(const Nest&) = delete;

      private:
        friend class Message;
        Nest(Message& message, uint16_t type, const Policy* inside);
        Message& message_;
        size_t start_;
        const Policy* outer_;
    };
    [[nodiscard]] Nest nest(uint16_t type);
    // For a nest whose content depends on something else (IFLA_INFO_DATA on the link's kind).
    [[nodiscard]] Nest nest(uint16_t type, const Policy& inside);

    // Set by whoever sends it.
    void set_sequence(uint32_t sequence) { header().nlmsg_seq = sequence; }
    void add_flags(uint16_t flags) {
        header().nlmsg_flags = static_cast<uint16_t>(header().nlmsg_flags | flags);
    }

    uint16_t type() const { return header().nlmsg_type; }
    uint16_t flags() const { return header().nlmsg_flags; }
    // The whole request, padded to four bytes.
    std::span<const uint8_t> bytes() const { return data_; }

  private:
    Message(uint16_t type, uint16_t flags, const Policy& policy);
    nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(data_.data()); }
    const nlmsghdr& header() const { return *reinterpret_cast<const nlmsghdr*>(data_.data()); }
    const Attribute& checked(uint16_t type, Kind kind) const;
    void put(uint16_t type, Kind kind, const void* payload, size_t length);
    void append(const void* bytes, size_t length);

    std::vector<uint8_t> data_;
    const Policy* policy_;
};

}  // namespace nvi::netlink
