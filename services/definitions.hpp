// SPDX-License-Identifier: GPL-2.0-or-later
// Services in the maps: what they are, and changing them between two packets.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "gateway/state/service.hpp"
#include "services/maps.hpp"

namespace nvi::services {

// Sorted. A service that was left half-way is there with whole = false; so is a port that belongs to none.
std::vector<state::Service> read_services(const Maps& maps);

// Makes the service as it is to be, new or changed; backends that stay keep their connections. Whenever it is
// stopped, each packet finds the old service or the new one, and read_services() tells that it is not whole.
// Throws Error.
void write_service(const Maps& maps, const state::Service& service);
void remove_service(const Maps& maps, const state::Service& service);

// Whether a backend was found dead: it keeps its weight and its connections, and gets no new ones while
// others are alive. Says whether that is a change.
bool mark_backend(const Maps& maps, const state::Service& service, const Address& backend, bool down);
std::vector<Address> read_down(const Maps& maps, const state::Service& service);

struct Traffic {
    uint64_t packets{};
    uint64_t bytes{};
};
struct ServiceTraffic {
    Traffic total;  // of the backends that it has
    std::map<Address, Traffic> backends;
};
ServiceTraffic read_traffic(const Maps& maps, const state::Service& service);

// By name: packets that were not sent to a backend, by reason.
std::vector<std::pair<std::string, uint64_t>> read_events(const Maps& maps);

}  // namespace nvi::services
