// SPDX-License-Identifier: GPL-2.0-or-later
// Elements of the table's sets from typed values, and back to text.
#include "nft/elements.hpp"

#include <fmt/format.h>

#include <bit>
#include <cerrno>
#include <charconv>

#include "gateway/net/error.hpp"
#include "nft/jhash.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

namespace {

constexpr size_t kNameLength = 16;  // IFNAMSIZ
constexpr std::string_view kComment = "tenant ";

void put(Bytes& to, uint64_t value, unsigned length, Order order) {
    uint8_t bytes[8];
    const bool reversed = order == Order::host && std::endian::native == std::endian::little;
    for (unsigned i = 0; i < length; ++i) {
        bytes[reversed ? i : length - 1 - i] = static_cast<uint8_t>(value >> (8 * i));
    }
    to.append({bytes, length});
    to.pad();
}

// A concatenation's zone: host order in hashed sets, network order in interval sets (Layout).
Bytes zoned(Zone tenant, const Address& address, Order order = Order::host) {
    Bytes key;
    put(key, tenant, 2, order);
    key.append(address.bytes());
    return key;
}

Bytes addressed(const Address& address) {
    return Bytes(address.bytes());
}

Bytes device_name(const std::string& device) {
    if (device.size() >= kNameLength) throw Error("device name too long: " + device, EINVAL);
    std::array<uint8_t, kNameLength> name{};
    std::ranges::copy(device, name.begin());
    return Bytes(name);
}

void same_family(const Address& one, const Address& other) {
    if (one.family() == other.family()) return;
    throw Error(fmt::format("{} and {} are of different address families", one.str(), other.str()), EINVAL);
}

}  // namespace

void Bytes::append(std::span<const uint8_t> bytes) {
    if (size_ + bytes.size() > kCapacity) {
        throw Error::system(fmt::format("set element of {} bytes", size_ + bytes.size()), EMSGSIZE);
    }
    std::ranges::copy(bytes, bytes_.begin() + size_);
    size_ = static_cast<uint8_t>(size_ + bytes.size());
}

void Bytes::pad() {
    constexpr uint8_t zeros[3]{};
    append({zeros, (4 - size_ % 4U) % 4U});
}

Element underlay(const Address& address) {
    return {"underlay", 0, addressed(address), {}, {}};
}

Element outside(const std::string& device) {
    return {"outside", 0, device_name(device), {}, {}};
}

Element zone(const std::string& device, Zone tenant) {
    const auto id = static_cast<uint16_t>(tenant);
    const Bytes data({reinterpret_cast<const uint8_t*>(&id), sizeof(id)});
    return {"zones", tenant, device_name(device), {}, data};
}

Element node(Zone tenant, const Address& node, uint32_t key) {
    Bytes bytes = addressed(node);
    put(bytes, key, 4, Order::network);
    return {"nodes", tenant, bytes, {}, {}};
}

std::vector<Element> bound(Zone tenant, const Address& address) {
    return {{set_name("public", address.family()), tenant, addressed(address), {}, {}},
            {set_name("bound", address.family()), tenant, zoned(tenant, address), {}, {}}};
}

Element direct(Zone tenant, const std::string& device, const Address& vip) {
    Bytes key = device_name(device);
    key.append(vip.bytes());
    return {set_name("direct", vip.family()), tenant, key, {}, {}};
}

Element floating_in(Zone tenant, const Address& outer, const Address& inner) {
    same_family(outer, inner);
    return {set_name("floating_in", outer.family()), tenant, zoned(tenant, outer), {}, addressed(inner)};
}

Element floating_out(Zone tenant, const Address& inner, const Address& outer) {
    same_family(inner, outer);
    return {set_name("floating_out", inner.family()), tenant, zoned(tenant, inner), {}, addressed(outer)};
}

Element forward(Zone tenant, uint8_t protocol, const Address& outer, uint16_t outer_port,
                const Address& inner, uint16_t inner_port) {
    same_family(outer, inner);
    Bytes key = zoned(tenant, outer);
    put(key, protocol, 1, Order::network);
    put(key, outer_port, 2, Order::network);
    Bytes data = addressed(inner);
    put(data, inner_port, 2, Order::network);
    return {set_name("forward", outer.family()), tenant, key, {}, data};
}

std::vector<Element> snat(Zone tenant, const Prefix& from, const std::vector<Address>& pool) {
    if (pool.empty() || pool.size() > kSlots) {
        throw Error(fmt::format("SNAT pool of {} has {} addresses; 1 to {} are possible", from.str(),
                                pool.size(), kSlots),
                    EINVAL);
    }
    const bool single = pool.size() == 1;
    const std::string set = set_name(single ? "snat_single" : "snat_slots", from.family());
    std::vector<Element> elements;
    for (size_t i = 0; i < pool.size(); ++i) {
        same_family(from.address(), pool[i]);
        Bytes first = zoned(tenant, from.first(), Order::network);
        Bytes last = zoned(tenant, from.last(), Order::network);
        if (!single) {
            put(first, i * kSlots / pool.size(), 4, Order::network);
            put(last, (i + 1) * kSlots / pool.size() - 1, 4, Order::network);
        }
        elements.push_back({set, tenant, first, last, addressed(pool[i])});
    }
    return elements;
}

uint32_t slot(const Address& source) {
    // The kernel's mod is reciprocal_scale(): the upper part of a multiplication.
    return static_cast<uint32_t>(static_cast<uint64_t>(jhash(source.bytes(), kJhashSeed)) * kSlots >> 32);
}

size_t pool_index(const Address& source, size_t pool_size) {
    const uint32_t wanted = slot(source);
    size_t index = 0;
    while ((index + 1) * kSlots / pool_size <= wanted) ++index;
    return index;
}

std::string comment(const Element& element) {
    const SetDefinition* set = find_set(element.set);
    if (set == nullptr || !set->commented) return {};
    return fmt::format("{}{}", kComment, element.tenant);
}

std::string text(const Element& element) {
    const SetDefinition* set = find_set(element.set);
    if (set == nullptr) throw Error("no set of the table: " + element.set, EINVAL);
    std::string result = value_text(set->key, element.key, element.key_end);
    if (const std::string words = comment(element); !words.empty())
        result += fmt::format(" comment \"{}\"", words);
    if (!element.data.empty()) result += " : " + value_text(set->data, element.data);
    return result;
}

void recognise(Element& element, std::string_view comment) {
    element.tenant = 0;
    const SetDefinition* set = find_set(element.set);
    if (set == nullptr) return;
    if (has(set->key, Field::ct_zone)) {
        element.tenant = number(set->key, Field::ct_zone, element.key);
    } else if (has(set->data, Field::ct_zone) && !element.data.empty()) {
        element.tenant = number(set->data, Field::ct_zone, element.data);
    } else if (comment.starts_with(kComment)) {
        const auto digits = comment.substr(kComment.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), element.tenant);
    }
}

}  // namespace nvi::nft
