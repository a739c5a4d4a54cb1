// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of keys of gateway.toml.
#include "tenants/keys.hpp"

namespace nvi::tenants {

namespace {

constexpr Need kRequired = Need::required;
constexpr Need kOptional = Need::optional;

const Table<Gateway>& outside_keys() {
    static const Table<Gateway> table("[gateway]", "The gateway as the outside sees it.",
                                      {
                                          value(kRequired, "outside", &Gateway::outside,
                                                "The uplinks: devices by which public addresses are reached. "
                                                "Their addresses and routes stay yours.",
                                                R"(["eth0"])", {}, some_of<std::string>()),
                                          value(kRequired, "public", &Gateway::public_prefixes,
                                                "The public prefixes that tenants may be given addresses of.",
                                                R"(["203.0.113.0/24"])", {}, some_of<Prefix>()),
                                          value(kOptional, "tenants", &Gateway::tenants,
                                                "The folder of the tenants' files, relative to this file.",
                                                R"("tenants.d")", R"("tenants.d")"),
                                          value(kOptional, "state", &Gateway::state,
                                                "The folder where gwctl keeps what it applied, for rollback; "
                                                "relative to this file.",
                                                R"("/var/lib/nvi-gateway")", R"("/var/lib/nvi-gateway")"),
                                      });
    return table;
}

const Table<Gateway>& underlay_keys() {
    static const Table<Gateway> table(
        "[underlay]", "The network that joins the gateway and the nodes.",
        {
            value(kRequired, "address", &Gateway::underlay,
                  "The gateway's own address there: the tunnels' source.", R"("172.16.0.1")"),
            value(kOptional, "device", &Gateway::underlay_device,
                  "The device by which all nodes are reached, where it is one: tunnels of gretap and gre "
                  "send by "
                  "no other, and a packet need not be copied to make room for their headers.",
                  R"("eth1")"),
            value(kOptional, "mtu", &Gateway::underlay_mtu, "The largest packet of the underlay, in bytes.",
                  "1500", "1500", integer_between(576, 65535)),
            value(kOptional, "peers", &Gateway::peer_range,
                  "The addresses that stand for peers inside the gateway; used nowhere else in the underlay.",
                  R"("100.64.0.0/10")", R"("100.64.0.0/10")"),
            value(kOptional, "relays", &Gateway::peer_relays,
                  "Whether peers' packets also come from UDP relays on this machine, which send them to the "
                  "gateway's own address.",
                  "true", "false"),
            value(kOptional, "shared", &Gateway::shared,
                  "The kinds of tunnel of which there is one device for tenants that share.", R"(["gretap"])",
                  {}, some_of(overlay_types({OverlayType::gretap, OverlayType::vxlan}))),
            value(kOptional, "shared-port", &Gateway::shared_port,
                  "The UDP port of the shared vxlan; no tenant's own vxlan uses it.", "4789", "4789",
                  integer_between(1, 65535)),
        });
    return table;
}

const Table<Gateway>& offload_keys() {
    static const Table<Gateway> table(
        "[offload]", "Flow offload.",
        {
            value(kOptional, "enabled", &Gateway::offload,
                  "Whether established connections take the kernel's short way.", "true", "true"),
        });
    return table;
}

const Table<Gateway>& services_keys() {
    static const Table<Gateway> table(
        "[services]", "Virtual services.",
        {
            value(kOptional, "data-path", &Gateway::data_path,
                  "What carries their packets: XDP, or IPVS where XDP cannot run.", R"("auto")", R"("auto")",
                  one_of({{"auto", static_cast<uint32_t>(DataPath::automatic)},
                          {"xdp", static_cast<uint32_t>(DataPath::xdp)},
                          {"ipvs", static_cast<uint32_t>(DataPath::ipvs)}})),
            value(kOptional, "source6", &Gateway::source6,
                  "The gateway's IPv6 address that packets to IPv6 backends outside come from.",
                  R"("2001:db8::1")"),
        });
    return table;
}

}  // namespace

const Table<Gateway>& gateway_keys() {
    static const Table<Gateway> table("gateway.toml", "The gateway's file.",
                                      {
                                          section(kRequired, "gateway", outside_keys()),
                                          section(kRequired, "underlay", underlay_keys()),
                                          section(kOptional, "offload", offload_keys()),
                                          section(kOptional, "services", services_keys()),
                                      });
    return table;
}

const TableShape& gateway_file_shape() {
    return *gateway_keys().shape;
}

}  // namespace nvi::tenants
