// SPDX-License-Identifier: GPL-2.0-or-later
// The chains of the forward hook. A packet of an open connection meets four rules of tenant_forward; one of
// the outside that is no tenant's meets one.
#include <netinet/tcp.h>

#include "nft/frame_parts.hpp"

namespace nvi::nft {

namespace {

// What is in no connection: what nvi0 hands to the outside, and what conntrack does not know, which is not
// translated either, so that it would leave as it is.
ChainDefinition not_tracked() {
    ChainDefinition chain{"not_tracked", {}, {}};
    chain.rules.push_back({{in_nvi(true), Goto{"outward"}}, ""});
    add_direct({Accept{}}, chain.rules);
    chain.rules.push_back({{Count{"invalid"}, Drop{}}, ""});
    return chain;
}

ChainDefinition outward() {
    return {"outward",
            {{{out_nvi(true), Accept{}}, ""},
             {{in_set("outside", {Field::oifname}), Accept{}}, ""},
             {{Count{"not_outside"}, Drop{}}, "the underlay, other networks of the operator"}},
            {}};
}

// Segments of a host that knows nothing of the tunnel's MTU, in both directions.
ChainDefinition segments() {
    ChainDefinition chain{"segments", {}, {}};
    for (const Family family : kFamilies) {
        chain.rules.push_back(
            {{is_family(family), ClampSegments{{{Field::ct_zone}}, set_name("mss", family)}}, ""});
    }
    return chain;
}

// First packets only; a connection's others go by what became of the first.
ChainDefinition opening() {
    return {"opening",
            {{{SetMark{{{Field::ct_zone}}, "firewall"}, Jump{"firewall"}}, ""}, {{Jump{"limits"}}, ""}},
            {}};
}

ChainDefinition tenant_forward(FrameOptions options) {
    ChainDefinition chain{"tenant_forward",
                          {{{state(kInvalid | kUntracked, "invalid,untracked"), Goto{"not_tracked"}}, ""},
                           {{AnyBit{Field::tcp_flags, TH_SYN, "syn"}, Jump{"segments"}}, ""},
                           {{state(kNew, "new"), Jump{"opening"}}, ""},
                           {{in_set("limited", {Field::ct_zone}), Goto{"limited"}}, "and is not offloaded"}},
                          {}};
    // Between peerings they would pass by the marks.
    if (options.offload) chain.rules.push_back({{in_set("peered", {Field::ct_zone}), Jump{"peered"}}, ""});
    // TCP and UDP; the kernel itself passes over what it cannot offload.
    if (options.offload) chain.rules.push_back({{Offload{kFlowtable}}, ""});
    return chain;
}

// What is between peerings, in both directions, is not offloaded: "accept" ends the hook.
ChainDefinition peered() {
    ChainDefinition chain{"peered", {}, {}};
    for (const Family family : kFamilies) {
        chain.rules.push_back({{out_nvi(true), to_peer(family), Accept{}}, ""});
        chain.rules.push_back({{of_set(set_name("peer_in", family)), Accept{}}, ""});
    }
    return chain;
}

ChainDefinition forwarding() {
    return {"forwarding",
            {{{group(), Goto{"tenant_forward"}}, ""}},
            {"filter", "forward", NF_INET_FORWARD, NF_IP_PRI_FILTER, "filter"}};
}

}  // namespace

void add_forwarding(FrameOptions options, std::vector<ChainDefinition>& chains) {
    chains.push_back(outward());
    chains.push_back(not_tracked());
    chains.push_back(segments());
    chains.push_back(opening());
    if (options.offload) chains.push_back(peered());
    chains.push_back(tenant_forward(options));
    chains.push_back(forwarding());
}

}  // namespace nvi::nft
