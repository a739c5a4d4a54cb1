// SPDX-License-Identifier: GPL-2.0-or-later
// The firewall of a tenant: its ordered rules as elements that do not overlap.
#include "tenants/firewall.hpp"

#include "gateway/desired/features.hpp"
#include "nft/elements.hpp"

namespace nvi::desired {

namespace {

nft::Verdict verdict(tenants::Action action) {
    switch (action) {
        case tenants::Action::accept:
            return nft::Verdict::accept;
        case tenants::Action::drop:
            return nft::Verdict::drop;
        case tenants::Action::reject:
            return nft::Verdict::reject;
    }
    return nft::Verdict::drop;
}

}  // namespace

void add_firewall(const tenants::Tenant& tenant, state::State& to) {
    if (!tenant.filtered()) return;
    const auto id = tenant.id.value;
    const auto policy = tenant.firewall.value_or(tenants::Firewall());
    add_elements(nft::firewall(id, verdict(policy.in), verdict(policy.out), policy.log), to);

    const auto compiled = tenants::compile_firewall(tenant);
    for (const auto& each : compiled.classes) {
        to.nft.elements.push_back(nft::firewall_class(id, each.first, each.last, each.number));
    }
    for (const auto& box : compiled.boxes) {
        const nft::FirewallKey key{.number = box.number,
                                   .first_protocol = box.first_protocol,
                                   .last_protocol = box.last_protocol,
                                   .first_remote = box.first_remote,
                                   .last_remote = box.last_remote,
                                   .first_port = box.first_port,
                                   .last_port = box.last_port};
        to.nft.elements.push_back(nft::firewall_rule(id, box.direction == tenants::Direction::in, key,
                                                     verdict(box.action), box.log));
    }
}

}  // namespace nvi::desired
