// SPDX-License-Identifier: GPL-2.0-or-later
// Where ports are short.
#include "gateway/flows/crowded.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace nvi::flows {

std::vector<Crowd> crowded(std::span<const Connection> connections, size_t most) {
    std::map<std::tuple<uint32_t, uint8_t, Address, Endpoint>, size_t> found;
    for (const auto& each : connections) {
        if (each.reply_destination.address == each.source.address) continue;
        ++found[{each.zone, each.protocol, each.reply_destination.address, each.reply_source}];
    }
    std::vector<Crowd> crowds;
    for (const auto& [key, number] : found) {
        crowds.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key), number});
    }
    std::ranges::stable_sort(crowds, std::ranges::greater(), &Crowd::connections);
    crowds.resize(std::min(crowds.size(), most));
    return crowds;
}

}  // namespace nvi::flows
