// SPDX-License-Identifier: GPL-2.0-or-later
// Elements of the table's sets from typed values, and back to text.
#include "nft/elements.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "gateway/net/error.hpp"
#include "nft/element_parts.hpp"
#include "nft/jhash.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

namespace {

constexpr size_t kNameLength = 16;  // IFNAMSIZ
// With a tenant's id, of packets to another tenant that both let pass.
constexpr uint32_t kPeeringMark = 0x6e760000;

}  // namespace

void put(Bytes& to, uint64_t value, unsigned length, Order order) {
    uint8_t bytes[8];
    const bool reversed = order == Order::host && std::endian::native == std::endian::little;
    for (unsigned i = 0; i < length; ++i) {
        bytes[reversed ? i : length - 1 - i] = static_cast<uint8_t>(value >> (8 * i));
    }
    to.append({bytes, length});
    to.pad();
}

Bytes zoned(Zone tenant, const Address& address, Order order) {
    Bytes key;
    put(key, tenant, 2, order);
    key.append(address.bytes());
    return key;
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
    return {set_name("underlay", address.family()), 0, addressed(address), {}, {}};
}

Element outside(const std::string& device) {
    return {"outside", 0, device_name(device), {}, {}};
}

Element zone(const std::string& device, Zone tenant) {
    const auto id = static_cast<uint16_t>(tenant);
    const Bytes data({reinterpret_cast<const uint8_t*>(&id), sizeof(id)});
    return {"zones", tenant, device_name(device), {}, data};
}

Element shared_zone(const std::string& vrf, Zone tenant) {
    Element element = zone(vrf, tenant);
    element.set = "shared_zones";
    return element;
}

Element node(Zone tenant, const Address& node, uint32_t key) {
    Bytes bytes = addressed(node);
    put(bytes, key, 4, Order::network);
    return {"nodes", tenant, bytes, {}, {}};
}

Element shared_key(Zone tenant, uint32_t key) {
    Bytes bytes;
    put(bytes, key, 4, Order::network);
    return {"shared_keys", tenant, bytes, {}, {}};
}

Element gre_node(Zone tenant, const Address& node, uint32_t key) {
    Element element = nft::node(tenant, node, key);
    element.set = "gre_nodes";
    return element;
}

Element ipip_node(Zone tenant, const Address& node) {
    return {"ipip_nodes", tenant, addressed(node), {}, {}};
}

Element vxlan_vni(Zone tenant, uint16_t port, uint32_t vni) {
    Bytes bytes;
    put(bytes, port, 2, Order::network);
    put(bytes, vni, 3, Order::network);
    return {"vxlan_vnis", tenant, bytes, {}, {}};
}

Element vxlan_node(Zone tenant, const Address& node, uint16_t port, uint32_t vni) {
    Bytes bytes = addressed(node);
    put(bytes, port, 2, Order::network);
    put(bytes, vni, 3, Order::network);
    return {set_name("vxlan_nodes", node.family()), tenant, bytes, {}, {}};
}

Element mss(Zone tenant, Family family, uint16_t bytes) {
    Bytes key;
    Bytes data;
    const auto id = static_cast<uint16_t>(tenant);
    key.append({reinterpret_cast<const uint8_t*>(&id), sizeof(id)});
    const uint16_t ordered = htons(bytes);
    data.append({reinterpret_cast<const uint8_t*>(&ordered), sizeof(ordered)});
    return {set_name("mss", family), tenant, key, {}, data};
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

namespace {

// First and last, as the data of a range.
Bytes ports_of(const Address& address, uint16_t first, uint16_t last) {
    Bytes data;
    for (const uint16_t port : {first, last}) {
        data.append(address.bytes());
        put(data, port, 2, Order::network);
    }
    return data;
}

Bytes from_source(const std::string& device, uint8_t protocol, const Address& source) {
    Bytes key = device_name(device);
    put(key, protocol, 1, Order::network);
    key.append(source.bytes());
    return key;
}

}  // namespace

Element snat_ports(Zone tenant, const std::string& device, const Address& first, const Address& last,
                   const Address& outer, uint16_t first_port, uint16_t last_port) {
    constexpr uint8_t kLastProtocol = 255;
    same_family(first, outer);
    return {"snat_ports", tenant, from_source(device, 0, first), from_source(device, kLastProtocol, last),
            ports_of(outer, first_port, last_port)};
}

std::vector<Element> snat_block(Zone tenant, const std::string& device, const Address& source,
                                const Address& outer, uint16_t first_port, uint16_t last_port) {
    same_family(source, outer);
    std::vector<Element> elements;
    for (const uint8_t protocol : {IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP}) {
        elements.push_back({"snat_block",
                            tenant,
                            from_source(device, protocol, source),
                            {},
                            ports_of(outer, first_port, last_port)});
    }
    return elements;
}

Element snat_portless(Zone tenant, const std::string& device, const Address& first, const Address& last,
                      const Address& outer) {
    // What is below and above has protocols with ports that have no block: TCP's and UDP's relatives.
    constexpr uint8_t kFirstProtocol = 34;
    constexpr uint8_t kLastProtocol = 135;
    same_family(first, outer);
    return {"snat_ports", tenant, from_source(device, kFirstProtocol, first),
            from_source(device, kLastProtocol, last), ports_of(outer, 1, UINT16_MAX)};
}

std::vector<Element> peering(Zone tenant, Zone other, const Prefix& local, const Prefix& remote) {
    same_family(local.address(), remote.address());
    const auto family = local.family();
    const auto out = [&](const Address& source, const Address& destination) {
        Bytes key = zoned(tenant, source, Order::network);
        key.append(destination.bytes());
        return key;
    };
    const auto in = [&](const Address& source, const Address& destination) {
        Bytes key;
        put(key, tenant, 2, Order::network);
        put(key, kPeeringMark | other, 4, Order::network);
        key.append(source.bytes());
        key.append(destination.bytes());
        return key;
    };
    Bytes mark;
    put(mark, kPeeringMark | tenant, 4, Order::host);
    const auto id = static_cast<uint16_t>(tenant);
    const Bytes zone({reinterpret_cast<const uint8_t*>(&id), sizeof(id)});
    return {{"peered", tenant, zone, {}, {}},
            {set_name("peer_out", family), tenant, out(local.first(), remote.first()),
             out(local.last(), remote.last()), mark},
            {set_name("peer_in", family),
             tenant,
             in(remote.first(), local.first()),
             in(remote.last(), local.last()),
             {}}};
}

std::vector<Element> routed(Zone tenant, const Prefix& prefix) {
    if (prefix.family() != Family::v6) throw Error(prefix.str() + " is not IPv6", EINVAL);
    constexpr uint32_t kLastProtocol = 255;
    Bytes first = addressed(prefix.first());
    Bytes last = addressed(prefix.last());
    put(first, 0, 1, Order::network);
    put(last, kLastProtocol, 1, Order::network);
    return {{"public_prefix6", tenant, first, last, {}},
            {"routed6",
             tenant,
             zoned(tenant, prefix.first(), Order::network),
             zoned(tenant, prefix.last(), Order::network),
             {}}};
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

}  // namespace nvi::nft
