// SPDX-License-Identifier: GPL-2.0-or-later
// Tables of attribute types. One table serves both ways: the builder refuses to write an attribute as
// another type than the table says, the parser refuses to read one that is shorter than its type.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

namespace nvi::netlink {

enum class Kind : uint8_t {
    none,  // not in the table: parsed over, never built
    flag,
    u8,
    u16,
    u32,
    u64,
    be16,  // network order
    be32,
    be64,
    text,  // NUL at the end when built; accepted without one when parsed
    bytes,
    nest,      // built with NLA_F_NESTED
    old_nest,  // older than NLA_F_NESTED: built without it, as iproute2 does
};

class Policy;

struct Attribute {
    uint16_t type{};
    Kind kind = Kind::none;
    const Policy* nested = nullptr;  // what is inside a nest, where it is always the same
    uint16_t least = 0;              // bytes: shortest payload, for Kind::bytes
};

class Policy {
  public:
    static constexpr uint16_t kTypes = 80;  // above every attribute type that the gateway reads

    constexpr Policy(std::initializer_list<Attribute> attributes) {
        for (const Attribute& attribute : attributes) table_.at(attribute.type) = attribute;
    }
    constexpr const Attribute& operator[](uint16_t type) const {
        return type < kTypes ? table_[type] : table_[0];
    }

  private:
    std::array<Attribute, kTypes> table_{};
};

}  // namespace nvi::netlink
