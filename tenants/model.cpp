// SPDX-License-Identifier: GPL-2.0-or-later
// Names and places of the model.
#include "tenants/model.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace nvi::tenants {

namespace {

std::string with_position(std::string text, const Place& place) {
    if (place.line == 0) return text;
    text += ':' + std::to_string(place.line);
    if (place.column != 0) text += ':' + std::to_string(place.column);
    return text;
}

}  // namespace

const std::string& FileName::str() const {
    static const std::string kNone;
    return path_ ? *path_ : kNone;
}

std::string_view FileName::base() const {
    const std::string_view path = str();
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string Place::str() const {
    return with_position(file.str(), *this);
}

std::string Place::short_str() const {
    return with_position(std::string(file.base()), *this);
}

std::string_view name_of(OverlayType type) {
    switch (type) {
        case OverlayType::gretap:
            return "gretap";
        case OverlayType::vxlan:
            return "vxlan";
        case OverlayType::gre:
            return "gre";
        case OverlayType::ipip:
            return "ipip";
    }
    return "unknown";
}

bool Gateway::shares(OverlayType type) const {
    return std::ranges::any_of(shared, [type](const auto& each) { return each.value == type; });
}

bool is_ethernet(OverlayType type) {
    return type == OverlayType::gretap || type == OverlayType::vxlan;
}

uint32_t overhead(OverlayType type, Family underlay) {
    constexpr uint32_t kEthernet = 14;  // the inner header
    constexpr uint32_t kKeyedGre = 8;   // RFC 2890
    constexpr uint32_t kUdpVxlan = 8 + 8;
    uint32_t bytes = underlay == Family::v4 ? 20 : 40;
    if (is_ethernet(type)) bytes += kEthernet;
    if (type == OverlayType::gretap || type == OverlayType::gre) bytes += kKeyedGre;
    if (type == OverlayType::vxlan) bytes += kUdpVxlan;
    return bytes;
}

PortRange Snat::shared_ports() const {
    return ports ? ports->value : PortRange{1024, 65535};
}

std::string PortRange::str() const {
    return first == last ? std::to_string(first) : std::to_string(first) + '-' + std::to_string(last);
}

std::string_view name_of(Scheduler scheduler) {
    switch (scheduler) {
        case Scheduler::round_robin:
            return "round-robin";
        case Scheduler::source_hash:
            return "source-hash";
        case Scheduler::maglev:
            break;
    }
    return "maglev";
}

std::string_view name_of(Action action) {
    switch (action) {
        case Action::accept:
            return "accept";
        case Action::drop:
            return "drop";
        case Action::reject:
            return "reject";
    }
    return "";
}

std::string_view name_of(Direction direction) {
    return direction == Direction::in ? "in" : "out";
}

std::optional<BitRate> BitRate::parse(std::string_view text) {
    constexpr uint64_t kMost = 1'000'000'000'000;
    uint64_t unit = 1;
    if (text.ends_with('k')) unit = 1'000;
    if (text.ends_with('M')) unit = 1'000'000;
    if (text.ends_with('G')) unit = 1'000'000'000;
    if (unit != 1) text.remove_suffix(1);
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (value > kMost / unit || value * unit < 8) return std::nullopt;
    return BitRate{value * unit};
}

std::string BitRate::str() const {
    uint64_t number = value;
    std::string unit;
    for (const char* next : {"k", "M", "G"}) {
        if (number % 1000 != 0) break;
        number /= 1000;
        unit = next;
    }
    return std::to_string(number) + unit;
}

std::string_view protocol_name(uint8_t protocol) {
    switch (protocol) {
        case IPPROTO_TCP:
            return "tcp";
        case IPPROTO_UDP:
            return "udp";
        case IPPROTO_SCTP:
            return "sctp";
        case IPPROTO_ICMP:
            return "icmp";
        case IPPROTO_GRE:
            return "gre";
        case IPPROTO_ESP:
            return "esp";
        default:
            return "unknown";
    }
}

bool operator==(const Tenant& a, const Tenant& b) {
    return a.name == b.name && a.id == b.id && a.overlay == b.overlay && a.hosts == b.hosts &&
           a.peers == b.peers && a.floating == b.floating && a.snat == b.snat && a.forwards == b.forwards &&
           a.prefixes == b.prefixes && a.peerings == b.peerings && a.firewall == b.firewall &&
           a.rules == b.rules && a.limits == b.limits && a.services == b.services;
}

bool is_tenant_name(std::string_view name) {
    constexpr size_t kLongest = 31;
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return !name.empty() && name.size() <= kLongest && letter(name[0]) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || digit(c) || c == '-'; });
}

}  // namespace nvi::tenants
