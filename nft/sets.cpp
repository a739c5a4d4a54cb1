// SPDX-License-Identifier: GPL-2.0-or-later
// The sets and maps of the table.
#include "nft/sets.hpp"

#include <algorithm>

namespace nvi::nft {

namespace {

void add_family(Family family, std::vector<SetDefinition>& to) {
    const bool v4 = family == Family::v4;
    const Field source = v4 ? Field::ip_saddr : Field::ip6_saddr;
    const Field destination = v4 ? Field::ip_daddr : Field::ip6_daddr;
    const Field slot = v4 ? Field::ip_slot : Field::ip6_slot;
    const Field zone = Field::ct_zone;
    const auto name = [family](std::string_view base) { return set_name(base, family); };

    to.push_back({name("public"),
                  "public addresses of tenants: packets of the outside to these are not tracked",
                  {{destination}},
                  {},
                  true});
    to.push_back(
        {name("bound"), "zone . public address that the tenant may send from", {{zone, source}}, {}});
    to.push_back({name("direct"),
                  "device of a tenant . virtual address: its servers answer by themselves, untracked",
                  {{Field::iifname, source}},
                  {},
                  true});
    to.push_back({name("floating_in"),
                  "zone . public address : private address",
                  {{zone, destination}},
                  {{destination}}});
    to.push_back(
        {name("floating_out"), "zone . private address : public address", {{zone, source}}, {{source}}});
    to.push_back({name("forward"),
                  "zone . public address . protocol . port : private address . port",
                  {{zone, destination, Field::l4proto, Field::th_dport}},
                  {{destination, Field::th_dport}}});
    to.push_back(
        {name("mss"), "zone : TCP segments that the tunnel takes, bytes", {{zone}}, {{Field::segment_size}}});
    to.push_back({name("snat_single"),
                  "zone . private prefix : public address, for prefixes with one",
                  {{zone, source}, true},
                  {{source}}});
    to.push_back({name("snat_slots"),
                  "zone . private prefix . slots : public address, for prefixes with several",
                  {{zone, source, slot}, true},
                  {{source}}});
    to.push_back(
        {name("peer_out"),
         "zone . own prefix . prefix of a peering : packet mark that tells the other tenant whose it is",
         {{zone, source, destination}, true},
         {{Field::packet_mark}}});
    to.push_back({name("peer_in"),
                  "zone . mark of the other tenant . its prefix . own prefix",
                  {{zone, Field::packet_mark, source, destination}, true},
                  {}});
    to.push_back({name("class"),
                  "zone . addresses of the tenant : mark of the rules that are about them",
                  {{zone, destination}, true},
                  {{Field::ct_mark}}});
    to.push_back({name("rules_in"),
                  "mark . protocol . source . destination port : what becomes of a connection from outside",
                  {{Field::ct_mark, Field::l4proto, source, Field::th_dport}, true},
                  {{Field::verdict}}});
    to.push_back({name("rules_out"),
                  "mark . protocol . destination . destination port : the same of a tenant's own",
                  {{Field::ct_mark, Field::l4proto, destination, Field::th_dport}, true},
                  {{Field::verdict}}});
}

std::vector<SetDefinition> make() {
    std::vector<SetDefinition> all;
    all.push_back({"zones", "device : conntrack zone", {{Field::iifname}}, {{Field::ct_zone}}});
    all.push_back({"shared_zones",
                   "the same for what comes by a tunnel that tenants share, and so by their VRF",
                   {{Field::iifname}},
                   {{Field::ct_zone}}});
    all.push_back({"underlay", "our tunnel addresses", {{Field::ip_daddr}}, {}});
    all.push_back({"nodes", "node . GRE key", {{Field::ip_saddr, Field::gre_key}}, {}, true});
    all.push_back({"shared_keys", "GRE key of tenants on the shared device", {{Field::gre_key}}, {}, true});
    all.push_back({"gre_nodes", "the same for layer 3 GRE", {{Field::ip_saddr, Field::gre_key}}, {}, true});
    all.push_back({"ipip_nodes", "nodes of tenants without a key", {{Field::ip_saddr}}, {}, true});
    all.push_back({"underlay6", "the same for IPv6", {{Field::ip6_daddr}}, {}});
    all.push_back({"vxlan_vnis", "UDP port . VNI of a tenant", {{Field::th_dport, Field::vni}}, {}, true});
    all.push_back(
        {"vxlan_nodes", "node . UDP port . VNI", {{Field::ip_saddr, Field::th_dport, Field::vni}}, {}, true});
    all.push_back(
        {"vxlan_nodes6", "the same for IPv6", {{Field::ip6_saddr, Field::th_dport, Field::vni}}, {}, true});
    all.push_back({"outside",
                   "uplinks: where a tenant's packet may leave to, once it is translated",
                   {{Field::oifname}},
                   {}});
    all.push_back({"firewall",
                   "zone of tenants that filter : mark of the rules about addresses that no rule names",
                   {{Field::ct_zone}},
                   {{Field::ct_mark}}});
    all.push_back({"default_in",
                   "zone : what becomes of a connection from outside that no rule decides",
                   {{Field::ct_zone}},
                   {{Field::verdict}}});
    all.push_back(
        {"default_out", "zone : the same of a tenant's own", {{Field::ct_zone}}, {{Field::verdict}}});
    all.push_back({"too_fast",
                   "zone of tenants that open as many connections a second as they may",
                   {{Field::ct_zone}},
                   {},
                   false,
                   Stateful::rate});
    const auto limit = [&](const char* name, const char* about, Stateful stateful) {
        all.push_back({name, about, {{Field::ct_zone}}, {}, false, stateful});
    };
    limit("connections", "zone of tenants that have as many connections as they may", Stateful::connections);
    limit("peered", "zone of tenants with a peering", Stateful::none);
    limit("limited", "zone of tenants with one of the limits below", Stateful::none);
    all.push_back(
        {"fragments",
         "tunnel device of tenants that send more fragments a second than may wait for their others",
         {{Field::iifname}},
         {},
         true,
         Stateful::rate});
    limit("bytes_in", "zone of tenants to which more comes from outside than may", Stateful::bytes);
    limit("bytes_out", "zone of tenants that send more than they may", Stateful::bytes);
    limit("packets_in", "the same in packets", Stateful::rate);
    limit("packets_out", "the same in packets", Stateful::rate);
    for (const Family family : {Family::v4, Family::v6}) add_family(family, all);
    // By device, not by zone, and in no pool's slots: nft lists such data only where all of the key's fields
    // have types with names. IPv4 alone: nft 1.0.6 makes a rule for IPv6 that the kernel refuses.
    const Layout ports{{Field::ip_saddr, Field::th_sport}, false, true};
    all.push_back({"snat_block",
                   "device of a tenant . protocol . private address : public address . its block of ports",
                   {{Field::iifname, Field::ip_protocol, Field::ip_saddr}},
                   ports,
                   true});
    all.push_back({"snat_ports",
                   "the same of prefixes : public address . ports that they share",
                   {{Field::iifname, Field::ip_protocol, Field::ip_saddr}, true},
                   ports,
                   true});
    // A set of one field has another form, so that protocols, all of them, are the second.
    all.push_back({"public_prefix6",
                   "public prefixes of tenants, as public6",
                   {{Field::ip6_daddr, Field::l4proto}, true},
                   {},
                   true});
    all.push_back({"routed6",
                   "zone . public prefix that the tenant's hosts have themselves",
                   {{Field::ct_zone, Field::ip6_daddr}, true},
                   {}});
    return all;
}

}  // namespace

const std::vector<SetDefinition>& sets() {
    static const std::vector<SetDefinition> all = make();
    return all;
}

const SetDefinition* find_set(std::string_view name) {
    const auto found = std::ranges::find(sets(), name, &SetDefinition::name);
    return found == sets().end() ? nullptr : &*found;
}

std::string set_name(std::string_view base, Family family) {
    return std::string(base) + (family == Family::v4 ? "" : "6");
}

}  // namespace nvi::nft
