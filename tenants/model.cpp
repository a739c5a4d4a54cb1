// SPDX-License-Identifier: GPL-2.0-or-later
// Names and places of the model.
#include "tenants/model.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
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
    return type == OverlayType::gretap ? "gretap" : "vxlan";
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

std::string_view protocol_name(uint8_t protocol) {
    switch (protocol) {
        case IPPROTO_TCP:
            return "tcp";
        case IPPROTO_UDP:
            return "udp";
        case IPPROTO_SCTP:
            return "sctp";
        default:
            return "unknown";
    }
}

bool operator==(const Tenant& a, const Tenant& b) {
    return a.name == b.name && a.id == b.id && a.overlay == b.overlay && a.hosts == b.hosts &&
           a.floating == b.floating && a.snat == b.snat && a.forwards == b.forwards &&
           a.services == b.services;
}

bool is_tenant_name(std::string_view name) {
    constexpr size_t kLongest = 31;
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return !name.empty() && name.size() <= kLongest && letter(name[0]) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || digit(c) || c == '-'; });
}

}  // namespace nvi::tenants
