// SPDX-License-Identifier: GPL-2.0-or-later
// Values to JSON. Texts are made printable first: a serializer refuses what is not UTF-8.
#include "tenants/json.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "tenants/edit.hpp"
#include "tenants/text.hpp"

namespace nvi::tenants {

namespace {

using nlohmann::ordered_json;

template <typename V>
ordered_json texts(const std::vector<At<V>>& values) {
    ordered_json out = ordered_json::array();
    for (const auto& item : values) out.push_back(item.value.str());
    return out;
}

template <typename V, typename F>
ordered_json list(const std::vector<V>& values, F&& to_object) {
    ordered_json out = ordered_json::array();
    for (const V& item : values) out.push_back(to_object(item));
    return out;
}

ordered_json overlay_json(const Overlay& overlay) {
    ordered_json out{{"type", name_of(overlay.type.value)}};
    if (overlay.key.value != 0) out["key"] = overlay.key.value;
    if (overlay.type.value == OverlayType::vxlan) out["port"] = overlay.port.value;
    if (overlay.listen_port) out["listen-port"] = overlay.listen_port->value;
    if (overlay.source_port.value == SourcePort::fixed) out["source-port"] = "fixed";
    if (overlay.destinations.value == Destinations::map) out["destinations"] = "map";
    if (overlay.is_shared()) out["device"] = "shared";
    if (overlay.remote) out["remote"] = overlay.remote->value.str();
    out["gateway"] = texts(overlay.gateway);
    return out;
}

}  // namespace

ordered_json to_json(const Tenant& tenant) {
    ordered_json out{{"name", printable(tenant.name)},
                     {"file", printable(tenant.place.file.str())},
                     {"id", tenant.id.value},
                     {"overlay", overlay_json(tenant.overlay)}};
    out["host"] = list(tenant.hosts, [](const Host& host) {
        ordered_json entry{{"address", host.address.value.str()}, {"node", host.node.value.str()}};
        if (host.node_port) entry["node-port"] = host.node_port->value;
        if (host.mac) entry["mac"] = host.mac->value.str();
        return entry;
    });
    if (!tenant.peers.empty()) {
        out["peer"] = list(tenant.peers, [](const Peer& peer) {
            return ordered_json{{"name", printable(peer.name.value)},
                                {"secret-file", printable(peer.secret_file.value)},
                                {"hosts", texts(peer.hosts)},
                                {"vtep", peer.vtep.value.str()}};
        });
    }
    out["floating"] = list(tenant.floating, [](const Floating& floating) {
        return ordered_json{{"public", floating.public_address.value.str()},
                            {"private", floating.private_address.value.str()}};
    });
    out["snat"] = list(tenant.snat, [](const Snat& snat) {
        ordered_json entry{{"from", snat.from.value.str()}, {"to", texts(snat.to)}};
        if (snat.ports) entry["ports"] = snat.ports->value.str();
        if (snat.block) entry["block"] = snat.block->value;
        return entry;
    });
    out["forward"] = list(tenant.forwards, [](const Forward& forward) {
        return ordered_json{{"protocol", protocol_name(forward.protocol.value)},
                            {"public", endpoint_text(forward.public_address.value, forward.public_ports)},
                            {"private", endpoint_text(forward.private_address.value, forward.private_ports)}};
    });
    if (!tenant.prefixes.empty()) {
        out["prefix"] = list(tenant.prefixes, [](const PublicPrefix& prefix) {
            return ordered_json{{"public", prefix.prefix.value.str()}};
        });
    }
    if (!tenant.peerings.empty()) {
        out["peering"] = list(tenant.peerings, [](const Peering& peering) {
            return ordered_json{
                {"id", peering.id.value}, {"local", texts(peering.local)}, {"remote", texts(peering.remote)}};
        });
    }
    out["service"] = list(tenant.services, [](const Service& service) {
        return ordered_json{{"vip", service.vip.value.str()},
                            {"protocol", protocol_name(service.protocol.value)},
                            {"port", service.ports.value.str()},
                            {"scheduler", name_of(service.scheduler)},
                            {"backend", list(service.backends, [](const Backend& backend) {
                                 return ordered_json{{"address", backend.address.value.str()},
                                                     {"weight", backend.weight.value}};
                             })}};
    });
    if (tenant.firewall)
        out["firewall"] = {{"in", name_of(tenant.firewall->in)},
                           {"out", name_of(tenant.firewall->out)},
                           {"log", tenant.firewall->log}};
    if (tenant.filtered())
        out["rule"] = list(tenant.rules, [](const Rule& rule) {
            ordered_json entry{{"direction", name_of(rule.direction.value)},
                               {"action", name_of(rule.action)}};
            if (rule.protocol.value != kAnyProtocol) entry["protocol"] = protocol_name(rule.protocol.value);
            if (!rule.ports.empty()) entry["ports"] = texts(rule.ports);
            if (!rule.from.empty()) entry["from"] = texts(rule.from);
            if (!rule.to.empty()) entry["to"] = texts(rule.to);
            entry["log"] = rule.log;
            return entry;
        });
    ordered_json limits;
    if (tenant.limits.connections) limits["connections"] = tenant.limits.connections->value;
    if (tenant.limits.new_connections) limits["new-connections"] = tenant.limits.new_connections->value;
    if (tenant.limits.rate_in) limits["rate-in"] = tenant.limits.rate_in->value.str();
    if (tenant.limits.rate_out) limits["rate-out"] = tenant.limits.rate_out->value.str();
    if (tenant.limits.packets_in) limits["packets-in"] = tenant.limits.packets_in->value;
    if (tenant.limits.packets_out) limits["packets-out"] = tenant.limits.packets_out->value;
    if (!limits.empty()) out["limits"] = std::move(limits);
    return out;
}

ordered_json summary(const Tenant& tenant) {
    return {{"name", printable(tenant.name)},
            {"id", tenant.id.value},
            {"overlay", name_of(tenant.overlay.type.value)},
            {"key", tenant.overlay.key.value},
            {"hosts", tenant.hosts.size()},
            {"floating", tenant.floating.size()},
            {"snat", tenant.snat.size()},
            {"forwards", tenant.forwards.size()}};
}

ordered_json to_json(const Gateway& gateway) {
    ordered_json outside = ordered_json::array();
    for (const auto& name : gateway.outside) outside.push_back(printable(name.value));
    return {{"file", printable(gateway.place.file.str())},
            {"gateway",
             {{"outside", std::move(outside)},
              {"public", texts(gateway.public_prefixes)},
              {"tenants", printable(gateway.tenants_directory)}}},
            {"underlay", {{"address", gateway.underlay.value.str()}, {"mtu", gateway.underlay_mtu}}},
            {"offload", {{"enabled", gateway.offload}}}};
}

ordered_json to_json(const Diagnostics& diagnostics) {
    return list(diagnostics.list(), [](const Diagnostic& diagnostic) {
        ordered_json entry{{"file", printable(diagnostic.place.file.str())}};
        if (diagnostic.place.line != 0) {
            entry["line"] = diagnostic.place.line;
            entry["column"] = diagnostic.place.column;
        }
        entry["message"] = printable(diagnostic.message);
        if (!diagnostic.source.empty()) entry["source"] = printable(diagnostic.source);
        return entry;
    });
}

}  // namespace nvi::tenants
