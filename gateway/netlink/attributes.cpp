// SPDX-License-Identifier: GPL-2.0-or-later
// Reading of received messages.
#include "gateway/netlink/attributes.hpp"

#include <endian.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "gateway/net/error.hpp"

namespace nvi::netlink {
namespace {

[[noreturn]] void malformed(const std::string& what) {
    throw Error::system("netlink: " + what, EBADMSG);
}

size_t least_length(const Attribute& attribute) {
    switch (attribute.kind) {
        case Kind::u8:
            return 1;
        case Kind::u16:
        case Kind::be16:
            return 2;
        case Kind::u32:
        case Kind::be32:
            return 4;
        case Kind::u64:
        case Kind::be64:
            return 8;
        case Kind::none:
        case Kind::flag:
        case Kind::text:
        case Kind::bytes:
        case Kind::nest:
        case Kind::old_nest:
            break;
    }
    return attribute.least;
}

}  // namespace

Attributes::Attributes(std::span<const uint8_t> bytes, const Policy& policy)
    : policy_(&policy), bytes_(bytes) {
    size_t at = 0;
    while (bytes.size() - at >= NLA_HDRLEN) {
        nlattr head{};
        std::memcpy(&head, bytes.data() + at, sizeof(head));
        if (head.nla_len < NLA_HDRLEN || head.nla_len > bytes.size() - at)
            malformed("attribute past its message");
        const auto type = static_cast<uint16_t>(head.nla_type & NLA_TYPE_MASK);
        const Attribute& attribute = policy[type];
        if (attribute.kind != Kind::none) {
            const size_t length = head.nla_len - size_t{NLA_HDRLEN};
            if (length < least_length(attribute))
                malformed("attribute " + std::to_string(type) + " is too short");
            start_[type] = static_cast<uint32_t>(at + NLA_HDRLEN);
            length_[type] = static_cast<uint16_t>(length);
        }
        // The last attribute may come without its padding.
        const size_t step = NLA_ALIGN(head.nla_len);
        if (step > bytes.size() - at) break;
        at += step;
    }
}

std::optional<std::span<const uint8_t>> Attributes::find(uint16_t type) const {
    if (type >= Policy::kTypes || start_[type] == 0) return std::nullopt;
    return bytes_.subspan(start_[type], length_[type]);
}

std::optional<std::span<const uint8_t>> Attributes::find(uint16_t type, Kind kind) const {
    if ((*policy_)[type].kind != kind)
        malformed("attribute " + std::to_string(type) + " read as another type");
    return find(type);
}

template <typename Number>
std::optional<Number> Attributes::number(uint16_t type, Kind kind) const {
    const auto payload = find(type, kind);
    if (!payload) return std::nullopt;
    Number value{};
    std::memcpy(&value, payload->data(), sizeof(value));
    return value;
}

std::optional<uint8_t> Attributes::u8(uint16_t type) const {
    return number<uint8_t>(type, Kind::u8);
}
std::optional<uint16_t> Attributes::u16(uint16_t type) const {
    return number<uint16_t>(type, Kind::u16);
}
std::optional<uint32_t> Attributes::u32(uint16_t type) const {
    return number<uint32_t>(type, Kind::u32);
}
std::optional<uint64_t> Attributes::u64(uint16_t type) const {
    return number<uint64_t>(type, Kind::u64);
}

std::optional<uint16_t> Attributes::be16(uint16_t type) const {
    const auto value = number<uint16_t>(type, Kind::be16);
    return value ? std::optional(static_cast<uint16_t>(be16toh(*value))) : std::nullopt;
}
std::optional<uint32_t> Attributes::be32(uint16_t type) const {
    const auto value = number<uint32_t>(type, Kind::be32);
    return value ? std::optional(be32toh(*value)) : std::nullopt;
}
std::optional<uint64_t> Attributes::be64(uint16_t type) const {
    const auto value = number<uint64_t>(type, Kind::be64);
    return value ? std::optional(be64toh(*value)) : std::nullopt;
}

std::optional<std::string_view> Attributes::text(uint16_t type) const {
    const auto payload = find(type, Kind::text);
    if (!payload) return std::nullopt;
    const std::string_view all(reinterpret_cast<const char*>(payload->data()), payload->size());
    return all.substr(0, all.find('\0'));
}

std::optional<std::span<const uint8_t>> Attributes::bytes(uint16_t type) const {
    return find(type, Kind::bytes);
}

std::optional<Attributes> Attributes::nest(uint16_t type) const {
    const Policy* inside = (*policy_)[type].nested;
    if (inside == nullptr) malformed("nest " + std::to_string(type) + " without a table");
    return nest(type, *inside);
}

std::optional<Attributes> Attributes::nest(uint16_t type, const Policy& inside) const {
    const Kind kind = (*policy_)[type].kind;
    const auto payload = find(type, kind == Kind::old_nest ? kind : Kind::nest);
    return payload ? std::optional<Attributes>(std::in_place, *payload, inside) : std::nullopt;
}

std::span<const uint8_t> MessageView::checked(size_t least) const {
    const auto all = payload();
    if (all.size() < least) malformed("message of type " + std::to_string(type()) + " is too short");
    return all;
}

bool messages(std::span<const uint8_t> datagram, const std::function<bool(const MessageView&)>& each) {
    while (!datagram.empty()) {
        nlmsghdr head{};
        if (datagram.size() < sizeof(head)) malformed("datagram cut off within a header");
        std::memcpy(&head, datagram.data(), sizeof(head));
        if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > datagram.size()) {
            malformed("datagram cut off within a message");
        }
        if (!each(MessageView(datagram.first(head.nlmsg_len)))) return false;
        datagram = datagram.subspan(std::min<size_t>(NLMSG_ALIGN(head.nlmsg_len), datagram.size()));
    }
    return true;
}

}  // namespace nvi::netlink
