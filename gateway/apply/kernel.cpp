// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel of the calling thread's network namespace.
#include "gateway/apply/kernel.hpp"

#include <linux/capability.h>
#include <linux/netlink.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"
#include "gateway/state/kind.hpp"
#include "gateway/state/names.hpp"
#include "gateway/state/observe.hpp"
#include "gateway/state/rule.hpp"
#include "nft/elements.hpp"
#include "nft/observe.hpp"

namespace nvi::apply {

namespace {

// Asked for beforehand: the kernel lets anybody list links and routes, but not nftables, and would
// refuse in the middle.
void require_right() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
    if (syscall(SYS_capget, &header, data.data()) != 0) return;
    if ((data[0].effective & (1U << CAP_NET_ADMIN)) == 0) throw Error("needs CAP_NET_ADMIN", EPERM);
}

std::vector<std::string> paths_of(const std::vector<state::Sysctl>& sysctls) {
    std::vector<std::string> paths;
    for (const auto& sysctl : sysctls) paths.push_back(sysctl.path);
    return paths;
}

void add_publics(const state::State& state, std::vector<Prefix>& to) {
    for (const auto& route : state.routes) {
        if (state::is_outside(route.table)) to.push_back(route.destination);
    }
}

void add_shared(const state::State& state, std::vector<state::Neighbour>& to) {
    for (const auto& neighbour : state.neighbours) {
        if (state::is_shared(neighbour.device)) to.push_back(neighbour);
    }
}

// An IPVS service has no mark of its own: ours are those at addresses that we made local.
std::vector<services::Owned> owned(const state::State& state) {
    std::vector<services::Owned> vips;
    for (const auto& route : state.routes) {
        if (route.type == state::RouteType::local)
            vips.push_back({route.destination.address(), route.tenant});
    }
    return vips;
}

// Where the kernel does not tell what is in the flowtable: a tenant's device is there when its zone is, which
// comes in the same transaction, unless the device is gone, which takes it out. What belongs to all came
// with the table.
void presume_flow_devices(const state::State& desired, state::State& state) {
    auto& devices = state.nft.flow_devices;
    for (const auto& device : desired.nft.flow_devices) {
        const auto named = state::kind_named(device);
        const bool of_tenant = named && named->tenant != 0;
        const bool there =
            !of_tenant || (std::ranges::find(state.links, device, &state::Link::name) != state.links.end() &&
                           std::ranges::find(state.nft.elements, nft::zone(device, named->tenant)) !=
                               state.nft.elements.end());
        if (there) devices.push_back(device);
    }
    state.nft.flow_devices_known = true;
}

template <typename T>
void unique(std::vector<T>& values) {
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

desired::Offload offload_here(const tenants::Gateway& gateway) {
    std::vector<std::string> uplinks;
    for (const auto& uplink : gateway.outside) uplinks.push_back(uplink.value);
    return desired::offload(gateway, state::observe_machine(uplinks));
}

Kernel::Kernel()
    : changes_((require_right(), netlink::Socket::open(NETLINK_ROUTE))),
      questions_(netlink::Socket::open(NETLINK_ROUTE)),
      netfilter_(netlink::Socket::open(NETLINK_NETFILTER)),
      interfaces_(questions_) {}

state::State Kernel::observe(const state::State& desired) {
    auto state = state::observe(changes_, interfaces_, paths_of(desired.sysctls));
    state.services = services_.services(owned(state));
    state.programs = services_.programs();
    state.steerings = steering_.devices();
    state.destinations = steering_.destinations();
    only_wanted_ = false;
    wanted_devices_ = desired.nft.flow_devices;
    state.nft = observe_nft();
    if (!state.nft.flow_devices_known) presume_flow_devices(desired, state);
    return state;
}

state::State Kernel::observe_tenant(state::TenantId tenant, const state::State& desired,
                                    const state::State& former) {
    std::vector<Prefix> publics;
    add_publics(desired, publics);
    add_publics(former, publics);
    unique(publics);
    std::vector<state::Neighbour> shared;
    add_shared(desired, shared);
    add_shared(former, shared);
    unique(shared);
    auto state =
        state::observe_tenant(changes_, interfaces_, paths_of(desired.sysctls), tenant, publics, shared);
    state.services = services_.services(owned(state));
    std::erase_if(state.services, [&](const auto& service) { return service.tenant != tenant; });
    state.steerings = steering_.devices(tenant);
    state.destinations = steering_.destinations(tenant);
    // Programs are for all tenants: others may need those that this one does not.
    for (const auto& program : services_.programs()) {
        if (std::ranges::find(desired.programs, program.device, &state::Program::device) !=
            desired.programs.end())
            state.programs.push_back(program);
    }
    wanted_ = desired.nft.elements;
    wanted_.insert(wanted_.end(), former.nft.elements.begin(), former.nft.elements.end());
    unique(wanted_);
    wanted_devices_ = desired.nft.flow_devices;
    wanted_devices_.insert(wanted_devices_.end(), former.nft.flow_devices.begin(),
                           former.nft.flow_devices.end());
    unique(wanted_devices_);
    only_wanted_ = true;
    state.nft = observe_nft();
    add_unreachables(desired, state);
    state.sort();
    if (!state.nft.flow_devices_known) presume_flow_devices(desired, state);
    return state;
}

// Those of the public prefixes cannot be asked for by a key. They are made before the table is: where that is
// as it shall be, they are taken to be there, and `apply` and `status` look.
void Kernel::add_unreachables(const state::State& desired, state::State& state) {
    const auto is_fallback = [](const state::Route& route) {
        return route.tenant == 0 && route.type == state::RouteType::unreachable;
    };
    const bool made = !desired.nft.frame.empty() && state.nft.frame == desired.nft.frame;
    auto routes = made ? desired.routes : state::observe_unreachables(changes_, interfaces_);
    std::ranges::copy_if(routes, std::back_inserter(state.routes), is_fallback);
}

bool Kernel::has(const state::Rule& rule) {
    auto request = state::get_rules(rule.family);
    const auto rules = netlink::dump<state::Rule>(questions_, request, state::decode_rule);
    return std::ranges::find(rules, rule) != rules.end();
}

bool Kernel::other_vrfs() {
    return state::other_vrfs(changes_);
}

nft::Ruleset Kernel::observe_nft() {
    auto observed = only_wanted_ ? nft::observe_elements(netfilter_, wanted_, wanted_devices_)
                                 : nft::observe(netfilter_, wanted_devices_);
    generation_ = observed.generation;
    return std::move(observed.ruleset);
}

}  // namespace nvi::apply
