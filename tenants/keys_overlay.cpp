// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of [overlay].
#include "tenants/keys.hpp"

namespace nvi::tenants {

namespace {

constexpr Need kRequired = Need::required;
constexpr Need kOptional = Need::optional;

}  // namespace

Shape overlay_types(std::initializer_list<OverlayType> types) {
    std::vector<Choice> choices;
    for (const auto type : types) choices.push_back({name_of(type), static_cast<uint32_t>(type)});
    return one_of(std::move(choices));
}

const Table<Overlay>& overlay_keys() {
    static const Table<Overlay> table(
        "[overlay]", "How the tenant's hosts are reached.",
        {
            value(kRequired, "type", &Overlay::type, "The kind of tunnel.", R"("gretap")", {},
                  overlay_types(
                      {OverlayType::gretap, OverlayType::vxlan, OverlayType::gre, OverlayType::ipip})),
            // A VNI is shorter, and ipip has none; check.cpp looks at both keys.
            value(kOptional, "key", &Overlay::key,
                  "The GRE key, or the VNI (at most 16777215); none with ipip.", "1001", {},
                  integer_between(1, 4294967295)),
            value(kOptional, "port", &Overlay::port, "The UDP port of vxlan.", "4789", "4789",
                  integer_between(1, 65535)),
            value(
                kOptional, "listen-port", &Overlay::listen_port,
                "The UDP port at which the gateway receives this tenant's vxlan, where it is not that of the "
                "nodes (needs nvi-peerd).",
                "4790", {}, integer_between(1, 65535)),
            value(kOptional, "source-port", &Overlay::source_port,
                  "The UDP port that the gateway sends vxlan from: one of each flow's, or always the one it "
                  "receives at, as a node behind a strict firewall needs it (needs nvi-peerd).",
                  R"("fixed")", R"("flow")",
                  one_of({{"flow", static_cast<uint32_t>(SourcePort::flow)},
                          {"fixed", static_cast<uint32_t>(SourcePort::fixed)}})),
            value(kOptional, "destinations", &Overlay::destinations,
                  "Where the kernel looks a host's node up: a route for each host, or one BPF map, for many "
                  "hosts that change often (gretap and vxlan).",
                  R"("map")", R"("routes")",
                  one_of({{"routes", static_cast<uint32_t>(Destinations::routes)},
                          {"map", static_cast<uint32_t>(Destinations::map)}})),
            value(kOptional, "remote", &Overlay::remote,
                  "The one node of a plain site: who is no [[host]] is behind it (gretap and vxlan).",
                  R"("172.16.0.11")"),
            value(kOptional, "device", &Overlay::device,
                  "The tenant's own tunnel device, or the gateway's; by the latter nothing is offloaded.",
                  R"("shared")", R"("own")",
                  one_of({{"own", static_cast<uint32_t>(Device::own)},
                          {"shared", static_cast<uint32_t>(Device::shared)}})),
            value(kRequired, "gateway", &Overlay::gateway,
                  "The gateway's own addresses inside the tenant, each with its prefix length.",
                  R"(["10.0.0.1/24"])", {}, some_of<Prefix>()),
        });
    return table;
}

}  // namespace nvi::tenants
