// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel of the calling thread's network namespace: its sockets, and what it has.
#pragma once

#include <span>

#include "gateway/desired/offload.hpp"
#include "gateway/netlink/socket.hpp"
#include "gateway/state/interfaces.hpp"
#include "gateway/state/objects.hpp"
#include "services/services.hpp"
#include "steering/steering.hpp"

namespace nvi::apply {

// What of offload is possible here. Needs no rights.
desired::Offload offload_here(const tenants::Gateway& gateway);

class Kernel {
  public:
    // Throws Error(EPERM) "needs CAP_NET_ADMIN".
    Kernel();
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;

    // Everything of ours. Sysctls: those that `desired` names.
    state::State observe(const state::State& desired);
    // What one tenant has, and what belongs to all; costs the same whatever the number of tenants. Of
    // nft's elements and of public routes, those that `desired` or `former` name.
    state::State observe_tenant(state::TenantId tenant, const state::State& desired,
                                const state::State& former);

    bool other_vrfs();
    bool has(const state::Rule& rule);

    // The nft part of the last observation, anew; and the generation of that.
    nft::Ruleset observe_nft();
    uint32_t generation() const { return generation_; }

    netlink::Socket& changes() { return changes_; }
    netlink::Socket& netfilter() { return netfilter_; }
    state::Interfaces& interfaces() { return interfaces_; }
    services::Services& services() { return services_; }
    steering::Steering& steering() { return steering_; }

  private:
    void add_unreachables(const state::State& desired, state::State& state);

    netlink::Socket changes_;    // rtnetlink: pipelines
    netlink::Socket questions_;  // rtnetlink: lookups while a pipeline is in flight
    netlink::Socket netfilter_;
    state::Interfaces interfaces_;
    services::Services services_;
    steering::Steering steering_;
    std::vector<nft::Element> wanted_;         // elements to observe, with only_wanted_
    std::vector<std::string> wanted_devices_;  // and devices of the flowtable
    bool only_wanted_ = false;
    uint32_t generation_ = 0;
};

}  // namespace nvi::apply
