// SPDX-License-Identifier: GPL-2.0-or-later
// Checks of what a tenant has by prefixes: public ones, and those of peerings.
#include "tenants/check_prefixes.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace nvi::tenants {

namespace {

std::string at(const Place& place) {
    const std::string text = place.short_str();
    return text.empty() ? "" : " (" + text + ")";
}

class PrefixCheck {
  public:
    PrefixCheck(const Tenant& tenant, const PrefixSet& inside, const PrefixSet& outside,
                const Gateway& gateway, Diagnostics& diagnostics, bool complete)
        : tenant_(tenant),
          inside_(inside),
          outside_(outside),
          gateway_(gateway),
          diagnostics_(diagnostics),
          complete_(complete) {}

    void run() {
        std::vector<At<Prefix>> publics;
        for (const PublicPrefix& prefix : tenant_.prefixes) {
            check_public(prefix.prefix);
            publics.push_back(prefix.prefix);
        }
        const PrefixSet whole(publics);
        report_overlaps(whole);
        check_single(whole);

        std::vector<At<Prefix>> remote;
        for (const Peering& peering : tenant_.peerings) {
            check_peering(peering);
            remote.insert(remote.end(), peering.remote.begin(), peering.remote.end());
        }
        const PrefixSet remotes(remote);
        report_overlaps(remotes);
    }

  private:
    void error(const Place& place, std::string message) { diagnostics_.add(place, std::move(message)); }

    bool check_network(const At<Prefix>& prefix, const std::string& what) {
        if (prefix.value == prefix.value.network()) return true;
        error(prefix.place, what + " " + prefix.value.str() +
                                " has host bits set: " + prefix.value.network().str() + " is the prefix");
        return false;
    }

    void check_inside(const At<Prefix>& prefix, const std::string& what) {
        if (complete_ && inside_.find(prefix.value) == nullptr)
            error(prefix.place, what + " " + prefix.value.str() + " is in no gateway prefix of the overlay");
    }

    void check_public(const At<Prefix>& prefix) {
        if (!check_network(prefix, "public")) return;
        if (prefix.value.family() == Family::v4) {
            error(prefix.place,
                  "public " + prefix.value.str() + " is IPv4: give its addresses as [[floating]]");
            return;
        }
        if (!gateway_.public_prefixes.empty() && outside_.find(prefix.value) == nullptr)
            error(prefix.place, prefix.value.str() + " is not inside the gateway's public prefixes" +
                                    at(gateway_.public_prefixes.front().place));
        check_inside(prefix, "public");
    }

    // An address that something else of the tenant uses as well.
    void check_single(const PrefixSet& whole) {
        const auto single = [&](const At<Address>& address) {
            if (const auto* prefix = whole.find(address.value))
                error(address.place, address.value.str() + " is inside of " + prefix->value.str() +
                                         at(prefix->place) + ", which is the hosts' own");
        };
        for (const Floating& floating : tenant_.floating) single(floating.public_address);
        for (const Snat& snat : tenant_.snat) std::ranges::for_each(snat.to, single);
        for (const Forward& forward : tenant_.forwards) single(forward.public_address);
        for (const Service& service : tenant_.services) single(service.vip);
    }

    void report_overlaps(const PrefixSet& set) {
        for (const auto& [prefix, earlier] : set.overlaps())
            error(prefix->place,
                  prefix->value.str() + " overlaps " + earlier->value.str() + at(earlier->place));
    }

    void check_peering(const Peering& peering) {
        if (complete_ && peering.id.value == tenant_.id.value)
            error(peering.id.place, "id " + std::to_string(peering.id.value) + " is the tenant's own");
        const auto [earlier, is_new] = ids_.try_emplace(peering.id.value, peering.id.place);
        if (!is_new)
            error(peering.id.place, "the peering with " + std::to_string(peering.id.value) +
                                        " is already there" + at(earlier->second));
        for (const auto& prefix : peering.local) {
            if (check_network(prefix, "local")) check_inside(prefix, "local");
        }
        for (const auto& prefix : peering.remote) {
            if (check_network(prefix, "remote")) check_remote(prefix);
        }
        for (const Family family : {Family::v4, Family::v6}) {
            const auto is = [family](const At<Prefix>& prefix) { return prefix.value.family() == family; };
            if (std::ranges::any_of(peering.local, is) == std::ranges::any_of(peering.remote, is)) continue;
            error(peering.id.place, "the peering with " + std::to_string(peering.id.value) + " has " +
                                        (family == Family::v4 ? "IPv4" : "IPv6") +
                                        " prefixes on one side only");
        }
    }

    void check_remote(const At<Prefix>& remote) {
        for (const auto& own : tenant_.overlay.gateway)
            if (own.value.network().overlaps(remote.value))
                error(remote.place, "remote " + remote.value.str() + " overlaps the tenant's own " +
                                        own.value.network().str() + at(own.place) +
                                        ": without NAT no address can be on both sides");
        for (const auto& prefix : gateway_.public_prefixes)
            if (prefix.value.overlaps(remote.value))
                error(remote.place, "remote " + remote.value.str() + " overlaps the public " +
                                        prefix.value.str() + at(prefix.place));
    }

    const Tenant& tenant_;
    const PrefixSet& inside_;
    const PrefixSet& outside_;
    const Gateway& gateway_;
    Diagnostics& diagnostics_;
    const bool complete_;
    std::unordered_map<uint32_t, Place> ids_;
};

bool meet(const std::vector<At<Prefix>>& some, const std::vector<At<Prefix>>& others) {
    return std::ranges::any_of(some, [&](const At<Prefix>& one) {
        return std::ranges::any_of(others,
                                   [&](const At<Prefix>& other) { return one.value.overlaps(other.value); });
    });
}

}  // namespace

void check_prefixes(const Tenant& tenant, const PrefixSet& inside, const PrefixSet& outside,
                    const Gateway& gateway, Diagnostics& diagnostics, bool complete) {
    PrefixCheck(tenant, inside, outside, gateway, diagnostics, complete).run();
}

std::vector<Diagnostic> one_sided(const Config& config) {
    std::unordered_map<uint32_t, const Tenant*> by_id;
    for (const auto& [name, tenant] : config.tenants) by_id.emplace(tenant.id.value, &tenant);
    std::vector<Diagnostic> result;
    for (const auto& entry : config.tenants) {
        const Tenant& tenant = entry.second;  // by a name: clang 14 lets no lambda have a structured binding
        for (const Peering& peering : tenant.peerings) {
            const auto say = [&](const std::string& words) {
                result.push_back({peering.id.place,
                                  "nothing passes between " + tenant.name + " and " +
                                      std::to_string(peering.id.value) + ": " + words,
                                  {}});
            };
            const auto found = by_id.find(peering.id.value);
            if (found == by_id.end()) {
                say("there is no tenant of that id");
                continue;
            }
            const Tenant& other = *found->second;
            const auto answer = std::ranges::find_if(
                other.peerings, [&](const Peering& each) { return each.id.value == tenant.id.value; });
            if (answer == other.peerings.end()) {
                say(other.name + "'s file has no [[peering]] with " + std::to_string(tenant.id.value));
            } else if (!meet(peering.local, answer->remote) || !meet(peering.remote, answer->local)) {
                say("their prefixes do not meet those of " + other.name + at(answer->id.place));
            }
        }
    }
    return result;
}

}  // namespace nvi::tenants
