// SPDX-License-Identifier: GPL-2.0-or-later
// Elements of the firewall and of the limits.
#include <array>

#include "nft/element_parts.hpp"
#include "nft/elements.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

namespace {

uint32_t firewall_mark(Zone tenant, uint16_t number) {
    return tenant << 16 | number;
}

// The chains are in frame.cpp.
Bytes verdict_data(Verdict verdict, bool log) {
    std::string_view chain;
    switch (verdict) {
        case Verdict::accept:
            chain = log ? "accepted_logged" : "";
            break;
        case Verdict::drop:
            chain = log ? "denied_logged" : "denied";
            break;
        case Verdict::reject:
            chain = log ? "rejected_logged" : "rejected";
            break;
    }
    std::array<uint8_t, kVerdictLength> bytes{};
    std::ranges::copy(chain, bytes.begin());
    return Bytes(bytes);
}

}  // namespace

std::vector<Element> firewall(Zone tenant, Verdict in, Verdict out, bool log) {
    Bytes zone;
    Bytes mark;
    const auto id = static_cast<uint16_t>(tenant);
    zone.append({reinterpret_cast<const uint8_t*>(&id), sizeof(id)});
    put(mark, firewall_mark(tenant, 0), 4, Order::host);
    return {{"firewall", tenant, zone, {}, mark},
            {"default_in", tenant, zone, {}, verdict_data(in, log && in != Verdict::accept)},
            {"default_out", tenant, zone, {}, verdict_data(out, log && out != Verdict::accept)}};
}

Element firewall_class(Zone tenant, const Address& first, const Address& last, uint16_t number) {
    same_family(first, last);
    Bytes mark;
    put(mark, firewall_mark(tenant, number), 4, Order::host);
    return {set_name("class", first.family()), tenant, zoned(tenant, first, Order::network),
            zoned(tenant, last, Order::network), mark};
}

Element firewall_rule(Zone tenant, bool in, const FirewallKey& key, Verdict verdict, bool log) {
    same_family(key.first_remote, key.last_remote);
    const auto bytes = [&](uint8_t protocol, const Address& remote, uint16_t port) {
        Bytes result;
        put(result, firewall_mark(tenant, key.number), 4, Order::network);
        put(result, protocol, 1, Order::network);
        result.append(remote.bytes());
        put(result, port, 2, Order::network);
        return result;
    };
    return {set_name(in ? "rules_in" : "rules_out", key.first_remote.family()), tenant,
            bytes(key.first_protocol, key.first_remote, key.first_port),
            bytes(key.last_protocol, key.last_remote, key.last_port), verdict_data(verdict, log)};
}

namespace {

Element limit(const char* set, Zone tenant, uint64_t number) {
    Bytes data;
    const auto id = static_cast<uint16_t>(tenant);
    put(data, number, 8, Order::host);
    return {set, tenant, Bytes({reinterpret_cast<const uint8_t*>(&id), sizeof(id)}), {}, data};
}

}  // namespace

Element most_connections(Zone tenant, uint32_t number) {
    return limit("connections", tenant, number);
}

Element most_new_connections(Zone tenant, uint32_t per_second) {
    return limit("too_fast", tenant, per_second);
}

Element most_fragments(Zone tenant, const std::string& device, uint32_t per_second) {
    Element element = limit("fragments", tenant, per_second);
    element.key = device_name(device);
    return element;
}

Element limited(Zone tenant) {
    Element element = limit("limited", tenant, 0);
    element.data = {};
    return element;
}

Element most_bytes(Zone tenant, bool in, uint64_t per_second) {
    return limit(in ? "bytes_in" : "bytes_out", tenant, per_second);
}

Element most_packets(Zone tenant, bool in, uint32_t per_second) {
    return limit(in ? "packets_in" : "packets_out", tenant, per_second);
}

bool is_accept(const Element& element) {
    return element.data == verdict_data(Verdict::accept, false) ||
           element.data == verdict_data(Verdict::accept, true);
}

}  // namespace nvi::nft
