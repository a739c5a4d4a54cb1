// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with the network that the tunnels cross.
#include "gateway/cli/underlay.hpp"

#include <fmt/format.h>

#include <set>

#include "gateway/state/way.hpp"

namespace nvi::cli {

std::vector<std::string> underlay_warnings(apply::Kernel& kernel, const tenants::Config& config) {
    std::set<Address> nodes;
    for (const auto& [name, tenant] : config.tenants) {
        for (const auto& host : tenant.hosts) nodes.insert(host.node.value);
    }
    const std::vector<Address> machines(nodes.begin(), nodes.end());
    std::vector<std::string> warnings;
    for (const auto& way : state::ways(kernel.changes(), machines)) {
        if (way.mtu >= config.gateway.underlay_mtu) continue;
        warnings.push_back(fmt::format(
            "underlay: {}, by which node {} is reached, takes packets of {} bytes, and gateway.toml "
            "says {}: set mtu = {} in [underlay], or raise the device's",
            way.device, way.machine.str(), way.mtu, config.gateway.underlay_mtu, way.mtu));
    }
    return warnings;
}

}  // namespace nvi::cli
