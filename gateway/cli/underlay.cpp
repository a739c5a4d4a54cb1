// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with the network that the tunnels cross.
#include "gateway/cli/underlay.hpp"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <set>

#include "gateway/cli/files.hpp"
#include "gateway/state/way.hpp"
#include "peers/path.hpp"
#include "tenants/peers.hpp"

namespace nvi::cli {

namespace {

// A backend inside a tenant is one of its hosts, whose node is asked for.
void add_backends(apply::Kernel& kernel, const tenants::Config& config, const state::State& desired,
                  std::vector<std::string>& warnings) {
    std::set<std::pair<Address, Address>> seen;  // a service of IPVS is there once for each port
    const auto names = names_of(config);
    for (const auto& service : desired.services) {
        for (const auto& backend : service.backends) {
            if (backend.inside || !seen.emplace(service.vip, backend.address).second) continue;
            if (state::is_reachable(kernel.changes(), backend.address)) continue;
            warnings.push_back(fmt::format(
                "tenant {}: no route leads to backend {} of {}: packets that it is chosen for are dropped",
                names.at(service.tenant), backend.address.str(), service.vip.str()));
        }
    }
}

}  // namespace

std::vector<std::string> underlay_warnings(apply::Kernel& kernel, const tenants::Config& config,
                                           const state::State& desired) {
    std::set<Address> nodes;
    for (const auto& [name, tenant] : config.tenants) {
        for (const auto& host : tenant.hosts) nodes.insert(host.node.value);
        if (tenant.overlay.remote) nodes.insert(tenant.overlay.remote->value);
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
    add_backends(kernel, config, desired, warnings);
    const bool needed = std::ranges::any_of(
        config.tenants, [](const auto& entry) { return tenants::needs_peerd(entry.second); });
    if (needed && if_nametoindex(peers::kVtepDevice) == 0)
        warnings.push_back(
            fmt::format("peers, and nodes with ports of their own, are reached by nvi-peerd, and there is no "
                        "device {} of its: systemctl enable --now nvi-peerd",
                        peers::kVtepDevice));
    return warnings;
}

}  // namespace nvi::cli
