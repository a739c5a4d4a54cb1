// SPDX-License-Identifier: GPL-2.0-or-later
// Builder of one netlink request.
#include "gateway/netlink/message.hpp"

#include <endian.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "gateway/net/error.hpp"

namespace nvi::netlink {

Message::Message(uint16_t type, uint16_t flags, const Policy& policy) : policy_(&policy) {
    data_.reserve(256);  // more than any of the gateway's requests but the largest
    nlmsghdr head{};
    head.nlmsg_type = type;
    head.nlmsg_flags = static_cast<uint16_t>(flags | NLM_F_REQUEST);
    append(&head, sizeof(head));
}

void Message::append(const void* bytes, size_t length) {
    const size_t start = data_.size();
    const size_t size = start + NLMSG_ALIGN(length);
    if (size > kLimit) throw Error::system("netlink request of " + std::to_string(size) + " bytes", EMSGSIZE);
    data_.resize(size);  // the padding is zero
    if (length != 0) std::memcpy(data_.data() + start, bytes, length);
    header().nlmsg_len = static_cast<uint32_t>(size);
}

const Attribute& Message::checked(uint16_t type, Kind kind) const {
    const Attribute& attribute = (*policy_)[type];
    const bool same = attribute.kind == kind || (kind == Kind::nest && attribute.kind == Kind::old_nest);
    if (!same) {
        throw Error::system(
            "netlink attribute " + std::to_string(type) + " written as another type than its own", EINVAL);
    }
    return attribute;
}

void Message::put(uint16_t type, Kind kind, const void* payload, size_t length) {
    checked(type, kind);
    const nlattr head{static_cast<uint16_t>(NLA_HDRLEN + length), type};
    append(&head, sizeof(head));
    append(payload, length);
}

void Message::put_flag(uint16_t type) {
    put(type, Kind::flag, nullptr, 0);
}
void Message::put_u8(uint16_t type, uint8_t value) {
    put(type, Kind::u8, &value, sizeof(value));
}
void Message::put_u16(uint16_t type, uint16_t value) {
    put(type, Kind::u16, &value, sizeof(value));
}
void Message::put_u32(uint16_t type, uint32_t value) {
    put(type, Kind::u32, &value, sizeof(value));
}
void Message::put_u64(uint16_t type, uint64_t value) {
    put(type, Kind::u64, &value, sizeof(value));
}

void Message::put_be16(uint16_t type, uint16_t host_order) {
    const uint16_t value = htobe16(host_order);
    put(type, Kind::be16, &value, sizeof(value));
}
void Message::put_be32(uint16_t type, uint32_t host_order) {
    const uint32_t value = htobe32(host_order);
    put(type, Kind::be32, &value, sizeof(value));
}
void Message::put_be64(uint16_t type, uint64_t host_order) {
    const uint64_t value = htobe64(host_order);
    put(type, Kind::be64, &value, sizeof(value));
}

void Message::put_text(uint16_t type, std::string_view text) {
    const std::string terminated(text);
    put(type, Kind::text, terminated.c_str(), terminated.size() + 1);
}
void Message::put_text_unterminated(uint16_t type, std::string_view text) {
    put(type, Kind::text, text.data(), text.size());
}
void Message::put_bytes(uint16_t type, std::span<const uint8_t> bytes) {
    put(type, Kind::bytes, bytes.data(), bytes.size());
}

Message::Nest::Nest(Message& message, uint16_t type, const Policy* inside)
    : message_(message), start_(message.data_.size()), outer_(message.policy_) {
    const Attribute& attribute = message.checked(type, Kind::nest);
    if (inside == nullptr) inside = attribute.nested;
    if (inside == nullptr)
        throw Error::system("netlink nest " + std::to_string(type) + " without a table", EINVAL);
    const uint16_t mark = attribute.kind == Kind::old_nest ? 0 : NLA_F_NESTED;
    const nlattr head{NLA_HDRLEN, static_cast<uint16_t>(type | mark)};
    message.append(&head, sizeof(head));
    message.policy_ = inside;
}

Message::Nest::~Nest() {
    // Fits 16 bits: kLimit is below.
    auto* head = reinterpret_cast<nlattr*>(message_.data_.data() + start_);
    head->nla_len = static_cast<uint16_t>(message_.data_.size() - start_);
    message_.policy_ = outer_;
}

Message::Nest Message::nest(uint16_t type) {
    return Nest(*this, type, nullptr);
}
Message::Nest Message::nest(uint16_t type, const Policy& inside) {
    return Nest(*this, type, &inside);
}

}  // namespace nvi::netlink
