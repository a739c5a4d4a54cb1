// SPDX-License-Identifier: GPL-2.0-or-later
// Objects as an operator would type them.
#include "gateway/apply/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "nft/elements.hpp"

namespace nvi::apply {

namespace {

const char* verb(Action action, const char* change = "replace") {
    switch (action) {
        case Action::add:
            return "add";
        case Action::change:
            return change;
        case Action::remove:
            return "del";
    }
    return "";
}

const char* ip(Family family) {
    return family == Family::v4 ? "ip" : "ip -6";
}

std::string table(uint32_t id) {
    if (id == state::kMainTable) return "main";
    if (id == state::kLocalTable) return "local";
    return std::to_string(id);
}

std::string prefix(const Prefix& value) {
    if (value.length() == 0) return "default";
    return value.str();
}

std::string by(const std::string& device) {
    return device.empty() ? "" : " dev " + device;
}

struct KindText {
    std::string operator()(const state::NviLink& nvi) const {
        return nvi.uplink.empty() ? "nvi" : "nvi link " + nvi.uplink;
    }
    std::string operator()(const state::VrfLink& vrf) const { return fmt::format("vrf table {}", vrf.table); }
    std::string operator()(const state::GretapLink& gretap) const {
        return fmt::format("gretap key {} local {}{}", gretap.key, gretap.local.str(), by(gretap.device));
    }
    std::string operator()(const state::GreLink& gre) const {
        return fmt::format("gre key {} local {}{}", gre.key, gre.local.str(), by(gre.device));
    }
    std::string operator()(const state::SitLink& sit) const {
        return fmt::format("sit mode any local {} remote {}", sit.local.str(), sit.remote.str());
    }
    std::string operator()(const state::SharedGretapLink& gretap) const {
        return gretap.external ? "gretap external" : "gretap";
    }
    std::string operator()(const state::SharedVxlanLink& vxlan) const {
        return fmt::format("vxlan external local {} dstport {}", vxlan.local.str(), vxlan.port);
    }
    // With `bridge vni add dev NAME vni VNI` behind it.
    std::string operator()(const state::VxlanLink& vxlan) const {
        return fmt::format("vxlan external vnifilter local {} dstport {} vni {}", vxlan.local.str(),
                           vxlan.port, vxlan.vni);
    }
};

}  // namespace

std::string command(Action, const state::Sysctl& sysctl) {
    std::string name = sysctl.path;
    // sysctl(8) takes slashes as they are; dots read better, but a device's name may hold one.
    if (name.find('.') == std::string::npos) std::replace(name.begin(), name.end(), '/', '.');
    return fmt::format("sysctl {}={}", name, sysctl.value);
}

std::string command(Action action, const state::Rule& rule) {
    std::string text = fmt::format("{} rule {} pref {}", ip(rule.family), verb(action), rule.priority);
    text += rule.l3mdev ? " l3mdev" : fmt::format(" lookup {}", table(rule.table));
    if (!rule.foreign && action != Action::remove) text += fmt::format(" protocol {}", state::kProtocol);
    return text;
}

std::string command(Action action, const state::Link& link) {
    if (action == Action::remove) return fmt::format("ip link del {}", link.name);
    std::string text = fmt::format("ip link {} {}", verb(action, "set"), link.name);
    if (link.mac) text += fmt::format(" address {}", link.mac->str());
    if (link.mtu != 0) text += fmt::format(" mtu {}", link.mtu);
    if (!link.master.empty()) text += fmt::format(" master {}", link.master);
    text += fmt::format(" group {} addrgenmode {} qdisc {} {}", state::kLinkGroup,
                        link.ipv6_autoconf ? "eui64" : "none", link.noqueue ? "noqueue" : "other",
                        link.up ? "up" : "down");
    if (link.drop_metadata) text += fmt::format(" ingress_block {}", state::kFilterBlock);
    if (link.checks_source) text += " accept_local 0";
    if (link.strict_source) text += " rp_filter 1";
    if (link.ipv6_disabled) text += " disable_ipv6 1";
    if (!link.alias.empty()) text += fmt::format(" alias \"{}\"", link.alias);
    return text + " type " + std::visit(KindText{}, link.kind);
}

std::string command(Action action, const state::InterfaceAddress& address) {
    std::string text =
        fmt::format("ip address {} {} dev {}", verb(action), address.address.str(), address.device);
    return action == Action::remove ? text : text + " noprefixroute";
}

std::string command(Action action, const state::Route& route) {
    std::string text = fmt::format("{} route {} ", ip(route.destination.family()), verb(action));
    if (route.type == state::RouteType::unreachable) text += "unreachable ";
    if (route.type == state::RouteType::blackhole) text += "blackhole ";
    if (route.type == state::RouteType::local) text += "local ";
    text += fmt::format("{} table {}", prefix(route.destination), table(route.table));
    if (route.metric != 0) text += fmt::format(" metric {}", route.metric);
    if (route.encap) {
        text += fmt::format(" encap {} id {}",
                            route.encap->node && !route.encap->node->is_v4() ? "ip6" : "ip", route.encap->id);
        if (route.encap->node) text += fmt::format(" dst {}", route.encap->node->str());
        if (route.encap->source) text += fmt::format(" src {}", route.encap->source->str());
        if (route.encap->key_flag) text += " key";
        if (route.encap->checksum) text += " csum";
    }
    if (route.via) {
        const bool other = route.via->family() != route.destination.family();
        text += fmt::format(" via {}{}", other ? "inet6 " : "", route.via->str());
    }
    if (!route.device.empty()) text += fmt::format(" dev {}", route.device);
    return text + fmt::format(" protocol {}", state::kProtocol);
}

std::string command(Action action, const state::Neighbour& neighbour) {
    std::string text = fmt::format("ip neighbour {} {}", verb(action), neighbour.address.str());
    if (action != Action::remove) {
        text += fmt::format(" lladdr {} nud permanent",
                            neighbour.node ? neighbour.node->str() : neighbour.mac.str());
    }
    return text + fmt::format(" dev {}", neighbour.device);
}

std::string command(Action action, const state::Steering& steering) {
    return fmt::format("tc {} steering program of tenant {} on {}", verb(action), steering.tenant,
                       steering.device.empty() ? "nothing" : steering.device);
}

std::string command(Action action, const state::Destination& destination) {
    std::string text = fmt::format("destination {} {} tenant {}", verb(action), destination.address.str(),
                                   destination.tenant);
    if (action == Action::remove) return text;
    return text + fmt::format(" node {} src {} id {}", destination.node.str(), destination.source.str(),
                              destination.tunnel);
}

std::string command(Action action, const state::Filter& filter) {
    return fmt::format("tc filter {} block {} protocol {} matchall action tunnel_key unset", verb(action),
                       state::kFilterBlock, filter.family == Family::v4 ? "ip" : "ipv6");
}

std::string flow_device_command(Action action, const std::string& device) {
    return fmt::format("nft {} flowtable inet {} {} {{ devices = {{ {} }}; }}", verb(action), nft::kTable,
                       nft::kFlowtable, device);
}

std::string command(Action action, const nft::Element& element) {
    // nft has no verb for it: delete and add, in one transaction.
    return fmt::format("nft {} element inet {} {} {{ {} }}", verb(action), nft::kTable, element.set,
                       nft::text(element));
}

std::string command(Action action, const state::Service& service) {
    static constexpr const char* kSchedulers[] = {"maglev", "round-robin", "source-hash"};
    const auto ports = service.first_port == service.last_port
                           ? std::to_string(service.first_port)
                           : fmt::format("{}-{}", service.first_port, service.last_port);
    const auto vip = service.vip.is_v4() ? service.vip.str() : "[" + service.vip.str() + "]";
    std::string text =
        fmt::format("service {} {} {}:{} by {}", verb(action), service.protocol == 6 ? "tcp" : "udp", vip,
                    ports, service.path == state::DataPath::xdp ? "xdp" : "ipvs");
    if (action == Action::remove) return text;
    text += fmt::format(" scheduler {}", kSchedulers[static_cast<size_t>(service.scheduler)]);
    for (const auto& backend : service.backends) {
        text += fmt::format(" backend {}{} weight {}", backend.inside ? "inside " : "", backend.address.str(),
                            backend.weight);
    }
    return service.whole ? text : text + " unfinished";
}

std::string command(Action action, const state::Program& program) {
    return fmt::format("xdp {} service program on {}{}", verb(action), program.device,
                       action == Action::remove ? ""
                       : program.version == 0   ? " incomplete"
                                                : fmt::format(" version {:016x}", program.version));
}

std::string command(FrameChange change) {
    switch (change) {
        case FrameChange::none:
            return "";
        case FrameChange::add:
            return fmt::format("nft add table inet {}", nft::kTable);
        case FrameChange::replace:
            return fmt::format("nft replace table inet {}", nft::kTable);
        case FrameChange::remove:
            return fmt::format("nft delete table inet {}", nft::kTable);
    }
    return "";
}

}  // namespace nvi::apply
