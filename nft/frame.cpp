// SPDX-License-Identifier: GPL-2.0-or-later
// The chains and rules of the table. Their number does not depend on the tenants: all that varies is
// in the sets. tests/reference/nvi.nft says the same by hand.
#include "nft/frame.hpp"

#include <linux/netfilter/nf_conntrack_common.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include "nft/frame_parts.hpp"
#include "nft/netfilter.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

namespace {

// gretap with a key and nothing else in its flags, and the protocol alone (RFC 2890, ETH_P_TEB).
constexpr uint32_t kKeyedGretap = 0x20006558;
constexpr uint32_t kGretap = 0x6558;
// The same of layer 3: IPv4 and IPv6.
constexpr uint32_t kKeyedGre4 = 0x20000800;
constexpr uint32_t kKeyedGre6 = 0x200086dd;
constexpr uint32_t kKeyFlag = 0x2000;
// The VNI bit and nothing else (RFC 7348).
constexpr uint32_t kVxlanFlags = 0x08000000;

Part gre() {
    return Compare{Field::l4proto, true, IPPROTO_GRE, "gre"};
}
Part ipip(Family inside) {
    return inside == Family::v4 ? Compare{Field::l4proto, true, IPPROTO_IPIP, "4"}
                                : Compare{Field::l4proto, true, IPPROTO_IPV6, "41"};
}
Part udp() {
    return Compare{Field::l4proto, true, IPPROTO_UDP, "udp"};
}

// The key as the map's definition has it: the rule loads the same fields.
Part translate(bool source, Family family, std::string_view map) {
    const SetDefinition& definition = *find_set(set_name(map, family));
    return Translate{source, family, definition.data, definition.key, definition.name};
}

// By what the gateway made: a tunnel, a VRF or nvi0.
ChainDefinition tenant_in() {
    ChainDefinition chain{"tenant_in", {}, {}};
    // The second time, by the VRF, a packet is tracked already.
    chain.rules.push_back({{state(kEstablished | kRelated | kNew, "established,related,new"), Accept{}}, ""});
    chain.rules.push_back({{in_nvi(true), Untrack{}, Accept{}}, ""});
    add_direct({Untrack{}, Accept{}}, chain.rules);
    chain.rules.push_back({{by_vrf(), by_shared(), Goto{"shared_in"}}, ""});
    chain.rules.push_back({{SetZone{Field::iifname, "zones"}, Accept{}}, ""});
    chain.rules.push_back({{Count{"no_zone"}, Drop{}}, ""});
    return chain;
}

// A key selects any VRF; but who has a tunnel of its own takes nothing from the shared one.
ChainDefinition shared_in() {
    return {"shared_in",
            {{{SetZone{Field::iifname, "shared_zones"}, Accept{}}, ""}, {{Count{"no_zone"}, Drop{}}, ""}},
            {}};
}

// Every packet of the machine passes here twice, once with its tunnel's header: one look at the device and
// one at the address tell most of them apart.
ChainDefinition prerouting_raw() {
    ChainDefinition chain{
        "prerouting_raw", {}, {"filter", "prerouting", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW, "raw"}};
    chain.rules = {
        {{group(), Goto{"tenant_in"}}, ""},
        {{in_set("underlay", {Field::ip_daddr}), Goto{"underlay_in"}}, ""},
        {{in_set("underlay6", {Field::ip6_daddr}), udp(), Goto{"vxlan_in"}}, ""},
    };
    for (const Family family : kFamilies) {
        chain.rules.push_back(
            {{in_set(set_name("public", family), {destination(family)}), Goto{"from_outside"}}, ""});
    }
    chain.rules.push_back({{of_set("public_prefix6"), Goto{"from_outside"}}, ""});
    return chain;
}

ChainDefinition underlay_in() {
    return {"underlay_in",
            {{{gre(), Goto{"tunnel_in"}}, ""},
             {{udp(), Goto{"vxlan_in"}}, ""},
             {{ipip(Family::v4), Goto{"ipip_in"}}, ""},
             {{ipip(Family::v6), Goto{"ipip_in"}}, ""}},
            {}};
}

// In front of conntrack's reassembly, whose memory all tenants share: fragments of a tenant that never become
// a packet would keep it from the others.
ChainDefinition before_reassembly() {
    return {"before_reassembly",
            {{{group(), Goto{"tenant_fragments"}}, ""}},
            {"filter", "prerouting", NF_INET_PRE_ROUTING, NF_IP_PRI_CONNTRACK_DEFRAG - 10, "-410"}};
}
ChainDefinition tenant_fragments() {
    ChainDefinition chain{"tenant_fragments", {}, {}};
    for (const Family family : kFamilies) {
        chain.rules.push_back(
            {{Fragment{family}, in_set("fragments", {Field::iifname}), Count{"fragments"}, Drop{}}, ""});
    }
    return chain;
}

// Who has a public address is behind nvi0: nobody else sends from it.
ChainDefinition from_outside() {
    ChainDefinition chain{"from_outside", {}, {}};
    for (const Family family : kFamilies) {
        chain.rules.push_back(
            {{in_set(set_name("public", family), {source(family)}), Count{"spoofed"}, Drop{}}, ""});
    }
    chain.rules.push_back(
        {{InSet{{{Field::ip6_saddr, Field::l4proto}, true}, "public_prefix6"}, Count{"spoofed"}, Drop{}},
         ""});
    chain.rules.push_back({{Untrack{}}, ""});
    return chain;
}

ChainDefinition output_raw() {
    // For what the gateway itself sends: tunnel packets, and errors to a tenant's packets, which belong
    // to the tenant's zone. Packets to VRFs pass here twice, first with the VRF as their device.
    return {"output_raw",
            {{{gre(), in_set("underlay", {Field::ip_saddr}), Goto{"tunnel_out"}}, ""},
             {{udp(), in_set("underlay", {Field::ip_saddr}), Goto{"vxlan_out"}}, ""},
             {{udp(), in_set("underlay6", {Field::ip6_saddr}), Goto{"vxlan_out"}}, ""},
             {{ipip(Family::v4), in_set("underlay", {Field::ip_saddr}), Goto{"ipip_out"}}, ""},
             {{ipip(Family::v6), in_set("underlay", {Field::ip_saddr}), Goto{"ipip_out"}}, ""},
             {{SetZone{Field::oifname, "zones"}, Accept{}}, ""},
             {{out_nvi(true), Untrack{}}, ""}},
            {"filter", "output", NF_INET_LOCAL_OUT, NF_IP_PRI_RAW, "raw"}};
}

ChainDefinition inbound() {
    ChainDefinition chain{"inbound", {}, {}};
    for (const Family family : kFamilies) {
        chain.rules.push_back({{translate(false, family, "floating_in")}, ""});
        chain.rules.push_back({{translate(false, family, "forward")}, ""});
        chain.rules.push_back({{of_set(set_name("peer_in", family)), Accept{}}, ""});
    }
    chain.rules.push_back({{of_set("routed6"), Accept{}}, ""});
    chain.rules.push_back({{Count{"unbound_in"}, Drop{}}, ""});
    return chain;
}

ChainDefinition outbound() {
    ChainDefinition chain{"outbound", {}, {}};
    for (const Family family : kFamilies) {
        chain.rules.push_back({{to_peer(family), Accept{}}, ""});
        chain.rules.push_back({{translate(true, family, "floating_out")}, ""});
        chain.rules.push_back({{translate(true, family, "snat_single")}, ""});
        chain.rules.push_back({{translate(true, family, "snat_slots")}, ""});
    }
    chain.rules.push_back({{translate(true, Family::v4, "snat_block")}, ""});
    chain.rules.push_back({{translate(true, Family::v4, "snat_ports")}, ""});
    return chain;
}

ChainDefinition leaving() {
    ChainDefinition chain{"leaving", {}, {}};
    for (const Family family : kFamilies) {
        chain.rules.push_back(
            {{in_set(set_name("bound", family), {Field::ct_zone, source(family)}), Accept{}}, ""});
    }
    chain.rules.push_back({{InSet{{{Field::ct_zone, Field::ip6_saddr}, true}, "routed6"}, Accept{}}, ""});
    for (const Family family : kFamilies) chain.rules.push_back({{to_peer(family), Accept{}}, ""});
    add_direct({Accept{}}, chain.rules);
    chain.rules.push_back({{Count{"unbound_out"}, Drop{}}, ""});
    return chain;
}

// What a tenant's rules say of a connection. "return" lets it go on.
ChainDefinition firewall(bool in) {
    ChainDefinition chain{in ? "firewall_in" : "firewall_out", {}, {}};
    for (const Family family : kFamilies) {
        const Field local = in ? destination(family) : source(family);
        chain.rules.push_back({{SetMark{{{Field::ct_zone, local}, true}, set_name("class", family)}}, ""});
    }
    for (const Family family : kFamilies) {
        const SetDefinition& rules = *find_set(set_name(in ? "rules_in" : "rules_out", family));
        chain.rules.push_back({{Decide{rules.key, rules.name}}, ""});
    }
    // A packet too short for ports was not looked up.
    chain.rules.push_back(
        {{Readable{Field::th_dport}, Decide{{{Field::ct_zone}}, in ? "default_in" : "default_out"}}, ""});
    chain.rules.push_back({{Goto{"denied"}}, ""});
    return chain;
}

// Of first packets: a tenant that has what it may have opens no more.
ChainDefinition limits() {
    return {"limits",
            {{{Confirmed{}, Return{}}, ""},
             {{in_set("too_fast", {Field::ct_zone}), Count{"too_fast"}, Drop{}}, ""},
             {{of_set("connections"), Count{"too_many"}, Drop{}}, ""}},
            {}};
}

// Of every packet of a tenant whose rate is limited. They are not offloaded, and so all come by here.
void add_limited(std::vector<ChainDefinition>& chains) {
    const auto direction = [](const char* name, const char* bytes, const char* packets) {
        return ChainDefinition{name,
                               {{{in_set(bytes, {Field::ct_zone}), Count{bytes}, Drop{}}, ""},
                                {{in_set(packets, {Field::ct_zone}), Count{packets}, Drop{}}, ""}},
                               {}};
    };
    chains.push_back(direction("limited_in", "bytes_in", "packets_in"));
    chains.push_back(direction("limited_out", "bytes_out", "packets_out"));
    chains.push_back({"limited",
                      {{{out_nvi(true), Goto{"limited_out"}}, ""},
                       {{by_shared(), Accept{}}, "between the tenant's own hosts"},
                       {{Compare{Field::sdifname, true, 0, "vrf*"}, Goto{"limited_in"}}, ""}},
                      {}});
}

void add_firewall(std::vector<ChainDefinition>& chains) {
    chains.push_back({"denied", {{{Count{"denied"}, Drop{}}, ""}}, {}});
    chains.push_back({"denied_logged", {{{Log{"nvi drop "}, Goto{"denied"}}, ""}}, {}});
    chains.push_back({"rejected", {{{Count{"denied"}, Reject{}}, ""}}, {}});
    chains.push_back({"rejected_logged", {{{Log{"nvi reject "}, Goto{"rejected"}}, ""}}, {}});
    chains.push_back({"accepted_logged", {{{Log{"nvi accept "}}, ""}}, {}});
    chains.push_back(firewall(true));
    chains.push_back(firewall(false));
    // What neither comes by nvi0 nor leaves by it is between the tenant's own hosts.
    chains.push_back({"firewall",
                      {{{out_nvi(true), Goto{"firewall_out"}}, ""},
                       {{by_shared(), Return{}}, "between the tenant's own hosts"},
                       {{Compare{Field::sdifname, true, 0, "vrf*"}, Goto{"firewall_in"}},
                        "came by nvi0: no tunnel's packet"}},
                      {}});
}

ChainDefinition tenant_input() {
    const auto icmp6 = [](uint32_t type, const char* text) {
        return RuleDefinition{{Compare{Field::icmpv6_type, true, type, text}, Accept{}}, ""};
    };
    return {"tenant_input",
            {{{state(kEstablished | kRelated, "established,related"), Accept{}}, ""},
             {{Jump{"limits"}}, ""},
             {{Compare{Field::icmp_type, true, ICMP_ECHO, "echo-request"}, Accept{}}, ""},
             icmp6(ICMP6_ECHO_REQUEST, "echo-request"),
             icmp6(ND_NEIGHBOR_SOLICIT, "nd-neighbor-solicit"),
             icmp6(ND_NEIGHBOR_ADVERT, "nd-neighbor-advert"),
             {{Count{"tenant_to_gateway"}, Drop{}}, ""}},
            {}};
}

// A vxlan device listens at every address of the machine, the outside's included, and an external gretap
// takes what no other does; what came to our tunnel address was judged in front of conntrack. Here and not
// there, as what passes through, to others, is not ours.
void add_elsewhere(std::vector<ChainDefinition>& chains) {
    chains.push_back(
        {"vxlan_elsewhere",
         {{{in_set("vxlan_vnis", {Field::th_dport, Field::vni}), Count{"forged_tunnel"}, Drop{}}, ""}},
         {}});
    // One with a checksum, whose key is elsewhere, the kernel drops (ip_tunnel_rcv()): the device has none.
    chains.push_back({"gre_elsewhere",
                      {{{Compare{Field::gre_protocol, true, kGretap, "0x6558"},
                         AnyBit{Field::gre_flags, kKeyFlag, "0x2000"},
                         in_set("shared_keys", {Field::gre_key}), Count{"forged_tunnel"}, Drop{}},
                        ""}},
                      {}});
}

Frame make(FrameOptions options) {
    Frame frame;
    frame.flowtable = options.offload;
    frame.counters = {"forged_tunnel", "no_zone",           "unbound_in",  "unbound_out",
                      "invalid",       "tenant_to_gateway", "not_outside", "denied",
                      "too_fast",      "too_many",          "bytes_in",    "bytes_out",
                      "packets_in",    "packets_out",       "fragments",   "spoofed"};
    auto& chains = frame.chains;

    // A tenant's own packets, by tunnel or handed over by nvi0: its zone, or nothing.
    chains.push_back(shared_in());
    chains.push_back(tenant_in());
    // Invariant I3. GRE without a key is the operator's, but for gretap.
    const auto gre_from_node = [](uint32_t header, const char* text, const char* nodes, const char* comment) {
        return RuleDefinition{{Compare{Field::gre_header, true, header, text},
                               in_set(nodes, {Field::ip_saddr, Field::gre_key}), Untrack{}, Accept{}},
                              comment};
    };
    const Part keyed = AnyBit{Field::gre_flags, kKeyFlag, "0x2000"};
    chains.push_back(
        {"tunnel_in",
         {gre_from_node(kKeyedGretap, "0x20006558", "nodes",
                        "gretap with a key and no checksum, from a node"),
          gre_from_node(kKeyedGre4, "0x20000800", "gre_nodes", "IPv4 likewise"),
          gre_from_node(kKeyedGre6, "0x200086dd", "gre_nodes", "IPv6 likewise"),
          {{Compare{Field::gre_protocol, true, kGretap, "0x6558"}, Count{"forged_tunnel"}, Drop{}},
           "any other gretap"},
          {{keyed, Count{"forged_tunnel"}, Drop{}}, "anything else with a key"}},
         {}});
    // The same of vxlan. A VNI that no tenant has finds no device.
    ChainDefinition vxlan_in{"vxlan_in", {}, {}};
    for (const Family family : kFamilies) {
        vxlan_in.rules.push_back(
            {{Compare{Field::vxlan_flags, true, kVxlanFlags, "0x08000000"},
              in_set(set_name("vxlan_nodes", family), {source(family), Field::th_dport, Field::vni}),
              Untrack{}, Accept{}},
             ""});
    }
    vxlan_in.rules.push_back(
        {{in_set("vxlan_vnis", {Field::th_dport, Field::vni}), Count{"forged_tunnel"}, Drop{}},
         "a tenant's VNI from elsewhere, or without the VNI bit"});
    chains.push_back(std::move(vxlan_in));
    add_elsewhere(chains);
    chains.push_back(
        {"vxlan_out", {{{in_set("vxlan_vnis", {Field::th_dport, Field::vni}), Untrack{}}, ""}}, {}});
    chains.push_back({"tunnel_out",
                      {{{Compare{Field::gre_protocol, true, kGretap, "0x6558"}, Untrack{}}, "gretap"},
                       {{keyed, Untrack{}}, "layer 3 with a key"}},
                      {}});
    // A tunnel that has a remote takes packets of no other: what is left is not to track them.
    chains.push_back({"ipip_in", {{{in_set("ipip_nodes", {Field::ip_saddr}), Untrack{}, Accept{}}, ""}}, {}});
    chains.push_back({"ipip_out", {{{in_set("ipip_nodes", {Field::ip_daddr}), Untrack{}}, ""}}, {}});
    chains.push_back(inbound());
    chains.push_back(limits());
    chains.push_back(tenant_input());
    chains.push_back(outbound());
    chains.push_back(leaving());

    add_firewall(chains);
    add_limited(chains);

    chains.push_back(underlay_in());
    chains.push_back(from_outside());
    chains.push_back(tenant_fragments());
    chains.push_back(before_reassembly());
    chains.push_back(prerouting_raw());
    chains.push_back(output_raw());
    // Only what nvi0 handed over enters first by the VRF itself. A tunnel's packet comes by gtN first,
    // is given no translation there, and keeps that: so a hairpin leaves before it comes in again.
    chains.push_back({"prerouting_nat",
                      {{{group(), by_shared(), Accept{}}, "nor that of a shared one"},
                       {{group(), by_vrf(), Goto{"inbound"}}, ""}},
                      {"nat", "prerouting", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST, "dstnat"}});
    chains.push_back({"input",
                      {{{group(), Goto{"tenant_input"}}, ""},
                       {{in_set("underlay", {Field::ip_daddr}), Accept{}}, ""},
                       {{in_set("underlay6", {Field::ip6_daddr}), Accept{}}, ""},
                       {{udp(), Goto{"vxlan_elsewhere"}}, ""},
                       {{gre(), Goto{"gre_elsewhere"}}, ""}},
                      {"filter", "input", NF_INET_LOCAL_IN, NF_IP_PRI_FILTER, "filter"}});
    add_forwarding(options, chains);
    chains.push_back({"postrouting_nat",
                      {{{out_nvi(true), Goto{"outbound"}}, ""}},
                      {"nat", "postrouting", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC, "srcnat"}});
    // Invariant I2, behind the translation. Packets that the outside hands to tenants leave by nvi0
    // too: they are not tracked.
    chains.push_back(
        {"postrouting_check",
         {{{out_nvi(false), Accept{}}, ""},
          {{group(), in_nvi(false), Goto{"leaving"}}, ""},
          {{state(kUntracked, "untracked"), Accept{}}, ""},
          {{Goto{"leaving"}}, ""}},
         {"filter", "postrouting", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC + 10, "srcnat + 10"}});
    return frame;
}

}  // namespace

const Frame& frame(FrameOptions options) {
    static const Frame plain = make({});
    static const Frame offloading = make({.offload = true});
    return options.offload ? offloading : plain;
}

}  // namespace nvi::nft
