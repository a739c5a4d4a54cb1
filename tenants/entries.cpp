// SPDX-License-Identifier: GPL-2.0-or-later
// Entries of a tenant's file from values, and the whole file.
#include <algorithm>
#include <span>

#include "tenants/edit.hpp"
#include "tenants/text.hpp"

namespace nvi::tenants {

std::string endpoint_text(const Address& address, const PortRange& ports) {
    return (address.is_v4() ? address.str() : "[" + address.str() + "]") + ":" + ports.str();
}

std::string header_text(const Entry& entry) {
    std::string out = "[[" + std::string(entry.table) + "]]\n";
    for (const auto& [key, value] : entry.keys) out += std::string(key) + " = " + value + "\n";
    return out;
}

Entry entry_of(const Host& host) {
    Entry entry{
        "host",
        {{"address", in_quotes(host.address.value.str())}, {"node", in_quotes(host.node.value.str())}}};
    if (host.node_port) entry.keys.emplace_back("node-port", std::to_string(host.node_port->value));
    if (host.mac) entry.keys.emplace_back("mac", in_quotes(host.mac->value.str()));
    return entry;
}

Entry entry_of(const Peer& peer) {
    std::vector<std::string> hosts;
    for (const auto& host : peer.hosts) hosts.push_back(in_quotes(host.value.str()));
    Entry entry{"peer",
                {{"name", in_quotes(peer.name.value)},
                 {"secret-file", in_quotes(peer.secret_file.value)},
                 {"hosts", in_list(hosts)}}};
    if (peer.mac) entry.keys.emplace_back("mac", in_quotes(peer.mac->value.str()));
    return entry;
}

Entry entry_of(const Floating& floating) {
    return {"floating",
            {{"public", in_quotes(floating.public_address.value.str())},
             {"private", in_quotes(floating.private_address.value.str())}}};
}

Entry entry_of(const Snat& snat) {
    std::vector<std::string> pool;
    for (const auto& address : snat.to) pool.push_back(in_quotes(address.value.str()));
    Entry entry{"snat", {{"from", in_quotes(snat.from.value.str())}, {"to", in_list(pool)}}};
    if (snat.ports) entry.keys.emplace_back("ports", in_quotes(snat.ports->value.str()));
    if (snat.block) entry.keys.emplace_back("block", std::to_string(snat.block->value));
    return entry;
}

Entry entry_of(const Forward& forward) {
    return {"forward",
            {{"protocol", in_quotes(protocol_name(forward.protocol.value))},
             {"public", in_quotes(endpoint_text(forward.public_address.value, forward.public_ports))},
             {"private", in_quotes(endpoint_text(forward.private_address.value, forward.private_ports))}}};
}

std::string backend_text(const Backend& backend) {
    std::string text = "{ address = " + in_quotes(backend.address.value.str());
    if (backend.weight.value != 1) text += ", weight = " + std::to_string(backend.weight.value);
    return text + " }";
}

std::string check_text(const Check& check) {
    const Check usual;
    std::string text = check.type == CheckType::http ? "{ type = \"http\", path = " + in_quotes(check.path)
                                                     : std::string("{ type = \"tcp\"");
    const auto add = [&](const char* key, uint32_t value, uint32_t otherwise) {
        if (value != otherwise) text += std::string(", ") + key + " = " + std::to_string(value);
    };
    add("port", check.port, usual.port);
    add("interval", check.interval, usual.interval);
    add("timeout", check.timeout, usual.timeout);
    add("rise", check.rise, usual.rise);
    add("fall", check.fall, usual.fall);
    return text + " }";
}

Entry entry_of(const Service& service) {
    std::vector<std::string> backends;
    for (const Backend& backend : service.backends) backends.push_back(backend_text(backend));
    const PortRange& ports = service.ports.value;
    Entry entry{"service",
                {{"vip", in_quotes(service.vip.value.str())},
                 {"protocol", in_quotes(protocol_name(service.protocol.value))},
                 {"port", ports.first == ports.last ? ports.str() : in_quotes(ports.str())},
                 {"scheduler", in_quotes(name_of(service.scheduler))},
                 {"backend", in_list(backends)}}};
    if (service.check) entry.keys.emplace_back("check", check_text(*service.check));
    return entry;
}

std::string tenant_text(const Tenant& tenant) {
    const Overlay& overlay = tenant.overlay;
    std::vector<std::string> gateway;
    for (const auto& address : overlay.gateway) gateway.push_back(in_quotes(address.value.str()));

    std::string out = "id = " + std::to_string(tenant.id.value) +
                      "\n\n[overlay]\ntype = " + in_quotes(name_of(overlay.type.value)) + "\n";
    if (overlay.key.value != 0) out += "key = " + std::to_string(overlay.key.value) + "\n";
    if (overlay.type.value == OverlayType::vxlan && overlay.port.value != Overlay().port.value)
        out += "port = " + std::to_string(overlay.port.value) + "\n";
    if (overlay.listen_port) out += "listen-port = " + std::to_string(overlay.listen_port->value) + "\n";
    if (overlay.source_port.value == SourcePort::fixed) out += "source-port = \"fixed\"\n";
    if (overlay.destinations.value == Destinations::map) out += "destinations = \"map\"\n";
    out += "gateway = " + in_list(gateway) + "\n";
    const auto add = [&](const auto& entries) {
        for (const auto& entry : entries) out += "\n" + header_text(entry_of(entry));
    };
    // Peers' hosts stand behind all others, and with their peers.
    size_t own = tenant.hosts.size();
    for (const Peer& peer : tenant.peers) own -= peer.vtep.value.is_unspecified() ? 0 : peer.hosts.size();
    add(std::span(tenant.hosts).first(own));
    add(tenant.peers);
    add(tenant.floating);
    add(tenant.snat);
    add(tenant.forwards);
    add(tenant.prefixes);
    add(tenant.peerings);
    out += firewall_text(tenant);
    add(tenant.rules);
    out += limits_text(tenant.limits);
    add(tenant.services);
    return out;
}

}  // namespace nvi::tenants
