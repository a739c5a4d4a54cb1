// SPDX-License-Identifier: GPL-2.0-or-later
// Bindings as JSON.
#include "peerd/state_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "gateway/net/error.hpp"
#include "tenants/file.hpp"

namespace nvi::daemon {

Known read_state(const std::string& path) {
    if (::access(path.c_str(), F_OK) != 0) return {};
    Known known;
    try {
        for (const auto& entry : nlohmann::json::parse(tenants::read_text(path))) {
            const auto vtep = Address::parse(entry.at("vtep").get<std::string>());
            const auto address = Address::parse(entry.at("address").get<std::string>());
            if (!vtep || !address) throw Error("state " + path + ": not an address", EINVAL);
            known[{entry.at("vni").get<uint32_t>(), *vtep}] = {
                .endpoint = {*address, entry.at("port").get<uint16_t>()},
                .listen = entry.at("listen").get<uint16_t>(),
                .ifindex = entry.at("ifindex").get<uint32_t>(),
                .rebindings = entry.at("rebindings").get<uint32_t>(),
                .timestamp = entry.at("timestamp").get<uint64_t>(),
                .heard = entry.at("heard").get<uint64_t>()};
        }
    } catch (const nlohmann::json::exception& error) {
        throw Error("state " + path + ": " + error.what(), EINVAL);
    }
    return known;
}

void write_state(const std::string& path, const Known& known) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& [peer, binding] : known) {
        list.push_back({{"vni", peer.vni},
                        {"vtep", peer.vtep.str()},
                        {"address", binding.endpoint.address.str()},
                        {"port", binding.endpoint.port},
                        {"listen", binding.listen},
                        {"ifindex", binding.ifindex},
                        {"rebindings", binding.rebindings},
                        {"timestamp", binding.timestamp},
                        {"heard", binding.heard}});
    }
    tenants::write_text(path, list.dump() + "\n", tenants::Existing::replace);
}

}  // namespace nvi::daemon
