// SPDX-License-Identifier: GPL-2.0-or-later
// Checks of one tenant's firewall.
#include "tenants/check_rules.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "tenants/firewall.hpp"

namespace nvi::tenants {

namespace {

void check_prefixes(std::string_view name, const std::vector<At<Prefix>>& prefixes, bool local,
                    const PrefixSet& inside, const PrefixSet& publics, Diagnostics& diagnostics) {
    for (const auto& prefix : prefixes) {
        const std::string named = std::string(name) + " " + prefix.value.str();
        if (prefix.value != prefix.value.network())
            diagnostics.add(prefix.place,
                            named + " has host bits set: " + prefix.value.network().str() + " is the prefix");
        // The mistake to expect. IPv6 prefixes may be routed to a tenant as they are.
        else if (local && prefix.value.family() == Family::v4 && prefix.value.length() != 0 &&
                 publics.find(prefix.value.address()) != nullptr &&
                 inside.find(prefix.value.address()) == nullptr)
            diagnostics.add(prefix.place,
                            named + " is public: a rule names the tenant's hosts by their private addresses");
    }
}

}  // namespace

void check_rules(const Tenant& tenant, const PrefixSet& inside, const PrefixSet& publics,
                 Diagnostics& diagnostics) {
    const auto has = [](const std::vector<At<Prefix>>& prefixes, Family family) {
        return prefixes.empty() || std::ranges::any_of(prefixes, [family](const auto& prefix) {
                   return prefix.value.family() == family;
               });
    };
    for (const Rule& rule : tenant.rules) {
        const bool in = rule.direction.value == Direction::in;
        check_prefixes("from", rule.from, !in, inside, publics, diagnostics);
        check_prefixes("to", rule.to, in, inside, publics, diagnostics);
        const uint8_t protocol = rule.protocol.value;
        const bool with_ports =
            protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
        if (!rule.ports.empty() && !with_ports)
            diagnostics.add(rule.ports.front().place,
                            "ports need the protocol tcp, udp or sctp" +
                                (protocol == kAnyProtocol ? std::string(", and this rule names none")
                                                          : ", not " + std::string(protocol_name(protocol))));
        const auto both = [&](Family family) { return has(rule.from, family) && has(rule.to, family); };
        if (!both(Family::v4) && !both(Family::v6))
            diagnostics.add(rule.from.front().place,
                            "from " + rule.from.front().value.str() + " and to " +
                                rule.to.front().value.str() +
                                " are of different families: nothing would ever fit");
    }
    if (const auto rule = compile_firewall(tenant).too_many_from)
        diagnostics.add(
            tenant.rules[*rule].direction.place,
            "with this rule the tenant's rules overlap in so many ways that they need more than " +
                std::to_string(kMostBoxes) + " entries: put rules of the same action together");
}

}  // namespace nvi::tenants
