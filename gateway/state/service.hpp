// SPDX-License-Identifier: GPL-2.0-or-later
// Virtual services as values: what answers at a public address and port, and the program that sends their
// packets there.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "gateway/net/address.hpp"

namespace nvi::state {

enum class Scheduler : uint8_t { maglev, round_robin, source_hash };
enum class DataPath : uint8_t { xdp, ipvs };

struct Backend {
    Address address;
    uint32_t weight{};  // 0: keeps the connections that it has, and gets no others
    bool inside{};      // in its tenant's network; false: where the main table says
    Address source;     // of the outer header
    uint32_t mtu{};     // bytes, of the outer packet; 0: as the route says
    auto operator<=>(const Backend&) const = default;
};

struct Service {
    Address vip;
    uint8_t protocol{};  // IPPROTO_TCP, IPPROTO_UDP
    uint16_t first_port{};
    uint16_t last_port{};
    DataPath path = DataPath::xdp;  // with ipvs, a service for each port
    uint32_t tenant{};
    Scheduler scheduler = Scheduler::maglev;
    std::vector<Backend> backends;  // sorted
    bool whole = true;              // observed: false when a change of it was not finished
    auto key() const { return std::tie(vip, protocol, first_port, path); }
    auto operator<=>(const Service&) const = default;
};

// The XDP program of an uplink, and the classifier behind it.
struct Program {
    std::string device;
    uint64_t version{};  // of what is in this gwctl; observed: 0 when a part is missing
    const std::string& key() const { return device; }
    auto operator<=>(const Program&) const = default;
};

}  // namespace nvi::state
