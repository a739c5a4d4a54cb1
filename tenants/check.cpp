// SPDX-License-Identifier: GPL-2.0-or-later
// Checks of the gateway, and of one tenant by itself.
#include "tenants/check.hpp"

#include <net/if.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "tenants/check_forward.hpp"
#include "tenants/check_overlay.hpp"
#include "tenants/check_prefixes.hpp"
#include "tenants/check_rules.hpp"
#include "tenants/check_snat.hpp"
#include "tenants/peers.hpp"
#include "tenants/prefix_set.hpp"
#include "tenants/text.hpp"

namespace nvi::tenants {

namespace {

std::string in_parentheses(const Place& place) {
    const std::string text = place.short_str();
    return text.empty() ? "" : " (" + text + ")";
}

// Why an address can be nobody's; empty when it can be somebody's.
std::string_view unusable(const Address& address) {
    if (address.is_multicast()) return "a multicast address";
    if (address.is_loopback()) return "a loopback address";
    if (address.is_unspecified()) return "the unspecified address";
    const auto bytes = address.bytes();
    if (address.is_v4()) {
        if (bytes[0] == 0) return "in 0.0.0.0/8, which no packet may come from";
        if (std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 255; }))
            return "the broadcast address";
        return {};
    }
    if (address.is_link_local()) return "link-local: it says nothing without a device";
    static const Prefix kMapped = *Prefix::parse("::ffff:0:0/96");
    if (kMapped.contains(address)) return "an IPv4 address written as IPv6";
    return {};
}

// The network's own or its broadcast address (IPv4, where the prefix has room for them).
bool is_edge(const Address& address, const Prefix& prefix) {
    return prefix.family() == Family::v4 && prefix.length() < 31 &&
           (address == prefix.first() || address == prefix.last());
}

class TenantCheck {
  public:
    TenantCheck(const Tenant& tenant, const Gateway& gateway, Diagnostics& diagnostics, bool complete)
        : tenant_(tenant),
          gateway_(gateway),
          diagnostics_(diagnostics),
          complete_(complete),
          inside_(tenant.overlay.gateway),
          public_(gateway.public_prefixes) {}

    void run() {
        check_identity();
        check_gateway_addresses();
        if (tenant_.overlay.remote) check_node(*tenant_.overlay.remote, "remote");
        for (const Host& host : tenant_.hosts) check_host(host);
        for (const Floating& floating : tenant_.floating) check_floating(floating);
        check_snat();
        for (const Forward& forward : tenant_.forwards) check_forward(forward);
        check_prefixes(tenant_, inside_, public_, gateway_, diagnostics_, complete_);
        check_rules(tenant_, inside_, public_, diagnostics_);
        for (const Service& service : tenant_.services) check_service(service);
    }

  private:
    void error(const Place& place, std::string message) { diagnostics_.add(place, std::move(message)); }

    bool check_usable(const At<Address>& address, std::string_view what) {
        const std::string_view why = unusable(address.value);
        if (!why.empty())
            error(address.place, std::string(what) + " " + address.value.str() + " is " + std::string(why));
        return why.empty();
    }

    void check_identity() {
        if (complete_ && !is_tenant_name(tenant_.name))
            error(tenant_.place,
                  "a tenant's name is a letter and then letters, digits and hyphens "
                  "([a-z][a-z0-9-]{0,30}): " +
                      in_quotes(tenant_.name));
        if (complete_ && (tenant_.id.value < kLowestId || tenant_.id.value > kHighestId))
            error(tenant_.id.place, "id must be between 256 and 65535: " + std::to_string(tenant_.id.value));
        check_overlay(tenant_, gateway_, diagnostics_, complete_);
    }

    void check_gateway_addresses() {
        for (const auto& own : tenant_.overlay.gateway) {
            const Prefix& prefix = own.value;
            const At<Address> address{prefix.address(), own.place};
            if (!check_usable(address, "gateway")) continue;
            if (prefix.length() == 0)
                error(own.place, "gateway " + prefix.str() + " would take every address there is");
            else if (prefix.is_host())
                error(own.place, "gateway " + prefix.str() +
                                     " has no room for hosts: give the tenant's prefix "
                                     "length, as in " +
                                     prefix.address().str() + (address.value.is_v4() ? "/24" : "/64"));
            else if (is_edge(address.value, prefix))
                error(own.place, "gateway " + prefix.str() + " is the prefix's " +
                                     (address.value == prefix.first() ? "own" : "broadcast") +
                                     " address, not one inside it");
        }
        for (const auto& [prefix, earlier] : inside_.overlaps())
            error(prefix->place, "gateway " + prefix->value.str() + " overlaps " + earlier->value.str() +
                                     in_parentheses(earlier->place));
    }

    // That the address is one that a host can have. False after an error, or when that cannot be said.
    bool check_inside(const At<Address>& address, std::string_view what) {
        if (!check_usable(address, what)) return false;
        const auto* prefix = inside_.find(address.value);
        const std::string named = std::string(what) + " " + address.value.str();
        if (prefix == nullptr) {
            if (complete_)
                error(address.place, named + " is in no gateway prefix of the overlay" + known_prefixes());
            return false;
        }
        if (address.value == prefix->value.address()) {
            error(address.place, named + " is the gateway's own address" + in_parentheses(prefix->place));
            return false;
        }
        if (is_edge(address.value, prefix->value)) {
            error(address.place, named + " is the first or the last address of " +
                                     prefix->value.network().str() + ", which no host can have");
            return false;
        }
        return true;
    }

    std::string known_prefixes() const {
        constexpr size_t kShown = 4;
        std::string list;
        for (size_t i = 0; i < std::min(kShown, tenant_.overlay.gateway.size()); ++i)
            list += (list.empty() ? " (" : ", ") + tenant_.overlay.gateway[i].value.network().str();
        if (tenant_.overlay.gateway.size() > kShown) list += ", …";
        return list.empty() ? list : list + ")";
    }

    void check_host(const Host& host) {
        const auto [other, is_new] = hosts_.try_emplace(host.address.value, host.address.place);
        if (!is_new)
            error(host.address.place,
                  "host " + host.address.value.str() + " is already listed" + in_parentheses(other->second));
        else
            check_inside(host.address, "host");

        check_node(host.node, "node");
        if (host.mac && (host.mac->value.is_multicast() || host.mac->value == Mac()))
            error(host.mac->place, "mac " + host.mac->value.str() + " cannot be a host's");
    }

    void check_node(const At<Address>& node, const std::string& what) {
        if (!check_usable(node, what)) return;
        const Address& underlay = gateway_.underlay.value;
        if (underlay.is_unspecified()) return;  // the gateway's file has an error of its own there
        const std::string named = what + " " + node.value.str();
        if (node.value.family() != underlay.family()) {
            error(node.place, named + " is not of the underlay's family: " + underlay.str() +
                                  in_parentheses(gateway_.underlay.place));
        } else if (node.value == underlay) {
            error(node.place,
                  named + " is the gateway's own underlay address" + in_parentheses(gateway_.underlay.place));
        }
    }

    // A binding to an address that is no host of the tenant would never carry a packet: the tenant's
    // table answers such an address with "unreachable". So it is refused, and not only warned about.
    void check_private(const At<Address>& address) {
        if (!check_inside(address, "private")) return;
        if (complete_ && !tenant_.overlay.remote && !hosts_.contains(address.value))
            error(address.place, "private " + address.value.str() + " is no host of " + tenant_.name +
                                     ": add a [[host]] with this address");
    }

    void check_family(const At<Address>& a, std::string_view a_name, const Address& b,
                      std::string_view b_name) {
        if (a.value.family() != b.family())
            error(a.place, std::string(a_name) + " " + a.value.str() + " and " + std::string(b_name) + " " +
                               b.str() + " are of different families");
    }

    void check_public(const At<Address>& address) {
        if (gateway_.public_prefixes.empty()) return;  // an error of the gateway's file
        if (public_.find(address.value) == nullptr)
            error(address.place, address.value.str() + " is not inside the gateway's public prefixes" +
                                     in_parentheses(gateway_.public_prefixes.front().place));
        else if (address.value == gateway_.underlay.value)
            error(address.place, address.value.str() + " is the gateway's own underlay address" +
                                     in_parentheses(gateway_.underlay.place));
    }

    void check_floating(const Floating& floating) {
        check_public(floating.public_address);
        check_family(floating.public_address, "public", floating.private_address.value, "private");
        check_private(floating.private_address);

        const auto [used, is_new] =
            floating_.try_emplace(floating.public_address.value, floating.public_address.place);
        if (!is_new)
            error(floating.public_address.place, floating.public_address.value.str() +
                                                     " is already a floating address" +
                                                     in_parentheses(used->second));
    }

    void check_not_floating(const At<Address>& address) {
        const auto floating = floating_.find(address.value);
        if (floating != floating_.end())
            error(address.place, address.value.str() + " is a floating address" +
                                     in_parentheses(floating->second) + ", which serves its host alone");
    }

    void check_snat() {
        std::vector<At<Prefix>> sources;
        for (const Snat& snat : tenant_.snat) {
            const Prefix& from = snat.from.value;
            sources.push_back(snat.from);
            if (from != from.network())
                error(snat.from.place, "from " + from.str() + " has host bits set: " + from.network().str() +
                                           " is the prefix");
            else if (complete_ && inside_.find(from) == nullptr)
                error(snat.from.place,
                      "from " + from.str() + " is in no gateway prefix of the overlay" + known_prefixes());
            check_ports(snat, diagnostics_);
            std::unordered_map<Address, Place> pool;
            for (const auto& address : snat.to) {
                const auto [used, is_new] = pool.try_emplace(address.value, address.place);
                if (!is_new) {
                    error(address.place,
                          address.value.str() + " is already in this pool" + in_parentheses(used->second));
                    continue;
                }
                check_public(address);
                check_family(address, "to", from.address(), "from");
                check_not_floating(address);
            }
        }
        check_blocks(tenant_.snat, diagnostics_);
        const PrefixSet set(sources);
        for (const auto& [prefix, earlier] : set.overlaps())
            error(prefix->place, "from " + prefix->value.str() + " overlaps " + earlier->value.str() +
                                     in_parentheses(earlier->place));
    }

    void check_forward(const Forward& forward) {
        check_public(forward.public_address);
        check_family(forward.public_address, "public", forward.private_address.value, "private");
        check_private(forward.private_address);
        check_not_floating(forward.public_address);
        forwarded_.check(forward, diagnostics_);
    }

    // What else the tenant uses the address for would not see the service's packets, or take them.
    void check_vip(const At<Address>& vip) {
        check_public(vip);
        check_not_floating(vip);
        const auto taken = [&](const At<Address>& by, const char* what) {
            if (by.value == vip.value)
                error(vip.place,
                      vip.value.str() + " is the public address of a " + what + in_parentheses(by.place));
        };
        for (const Snat& snat : tenant_.snat)
            for (const auto& address : snat.to) taken(address, "snat");
        for (const Forward& forward : tenant_.forwards) taken(forward.public_address, "forward");
    }

    void check_backend(const Backend& backend, const Service& service,
                       std::unordered_map<Address, Place>& seen) {
        const Address& address = backend.address.value;
        const auto [other, is_new] = seen.try_emplace(address, backend.address.place);
        if (!is_new)
            error(backend.address.place,
                  "backend " + address.str() + " is already listed" + in_parentheses(other->second));
        if (!check_usable(backend.address, "backend")) return;
        if (!service.vip.value.is_v4() && address.is_v4())
            error(backend.address.place, "backend " + address.str() + " is IPv4: packets to " +
                                             service.vip.value.str() + " need one with an IPv6 address");
        if (address == service.vip.value)
            error(backend.address.place, "backend " + address.str() + " is the service's own address");
        else if (public_.find(address) != nullptr)
            error(backend.address.place,
                  "backend " + address.str() + " is a public address of the gateway's");
        if (inside_.find(address) != nullptr) {
            if (check_inside(backend.address, "backend") && complete_ && !tenant_.overlay.remote &&
                !hosts_.contains(address))
                error(backend.address.place, "backend " + address.str() + " is no host of " + tenant_.name +
                                                 ": add a [[host]] with this address");
            if (gateway_.data_path == DataPath::ipvs)
                error(
                    backend.address.place,
                    "backend " + address.str() +
                        " is inside the tenant's network, where IPVS does not reach: it asks the main table "
                        "for a way, never a VRF (gateway.toml: [services] data-path = \"xdp\")");
        } else if (address.is_v4() && !gateway_.underlay.value.is_v4()) {
            error(backend.address.place,
                  "backend " + address.str() +
                      " is outside and IPv4, but the underlay's address, which packets "
                      "to it would come from, is IPv6");
        } else if (!address.is_v4() && gateway_.underlay.value.is_v4() && !gateway_.source6) {
            error(backend.address.place,
                  "backend " + address.str() +
                      " is outside and IPv6: gateway.toml must say which address packets "
                      "to it come from ([services] source6)");
        }
    }

    void check_service(const Service& service) {
        constexpr unsigned kMostPorts = 4096;
        check_vip(service.vip);
        const PortRange& ports = service.ports.value;
        if (ports.last - ports.first >= static_cast<int>(kMostPorts))
            error(service.ports.place,
                  "port " + ports.str() + " is more than " + std::to_string(kMostPorts) + " ports");
        for (const Service& other : tenant_.services) {
            if (&other == &service) break;
            if (other.vip == service.vip && other.protocol == service.protocol &&
                other.ports.value.first <= ports.last && ports.first <= other.ports.value.last)
                error(service.ports.place, "port " + ports.str() + " overlaps " + other.ports.value.str() +
                                               in_parentheses(other.ports.place));
        }
        if (service.backends.empty() && complete_)
            error(service.vip.place,
                  "the service of " + service.vip.value.str() + " needs a [[service.backend]]");
        if (service.check && !service.check->path.starts_with('/'))
            error(service.vip.place, "the path of a check begins with /: " + in_quotes(service.check->path));
        std::unordered_map<Address, Place> seen;
        for (const Backend& backend : service.backends) check_backend(backend, service, seen);
    }

    const Tenant& tenant_;
    const Gateway& gateway_;
    Diagnostics& diagnostics_;
    const bool complete_;
    const PrefixSet inside_;
    const PrefixSet public_;
    std::unordered_map<Address, Place> hosts_;
    std::unordered_map<Address, Place> floating_;
    ForwardedPorts forwarded_;
};

// As the kernel's dev_valid_name() has it.
bool is_device_name(const std::string& name) {
    return !name.empty() && name.size() < IFNAMSIZ && name != "." && name != ".." &&
           name.find_first_of("/: \t\n\v\f\r") == std::string::npos;
}

}  // namespace

void check_gateway(const Gateway& gateway, Diagnostics& diagnostics) {
    std::set<std::string_view> names;
    for (const auto& uplink : gateway.outside) {
        const std::string& name = uplink.value;
        if (!is_device_name(name))
            diagnostics.add(uplink.place, "outside is not a device name: " + in_quotes(name));
        else if (!names.insert(name).second)
            diagnostics.add(uplink.place, "outside names " + in_quotes(name) + " twice");
    }

    for (const auto& prefix : gateway.public_prefixes) {
        const std::string_view why = unusable(prefix.value.address());
        if (prefix.value != prefix.value.network())
            diagnostics.add(prefix.place, "public " + prefix.value.str() + " has host bits set: " +
                                              prefix.value.network().str() + " is the prefix");
        else if (!why.empty())
            diagnostics.add(prefix.place, "public " + prefix.value.str() + " is " + std::string(why));
    }
    const PrefixSet set(gateway.public_prefixes);
    for (const auto& [prefix, earlier] : set.overlaps())
        diagnostics.add(prefix->place, "public " + prefix->value.str() + " overlaps " + earlier->value.str() +
                                           in_parentheses(earlier->place));

    if (gateway.underlay_device && !is_device_name(gateway.underlay_device->value))
        diagnostics.add(gateway.underlay_device->place,
                        "device is not a device name: " + in_quotes(gateway.underlay_device->value));
    check_shared_kinds(gateway, diagnostics);
    check_peer_range(gateway, diagnostics);
    const Address& underlay = gateway.underlay.value;
    if (gateway.underlay.place.line == 0 && underlay.is_unspecified()) return;  // missing: said already
    if (const std::string_view why = unusable(underlay); !why.empty())
        diagnostics.add(gateway.underlay.place, "address " + underlay.str() + " is " + std::string(why));
}

void check_tenant(const Tenant& tenant, const Gateway& gateway, Diagnostics& diagnostics, bool complete) {
    TenantCheck(tenant, gateway, diagnostics, complete).run();
}

}  // namespace nvi::tenants
