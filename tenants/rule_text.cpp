// SPDX-License-Identifier: GPL-2.0-or-later
// A tenant's firewall, limits, prefixes and peerings as its file has them.
#include "tenants/edit.hpp"
#include "tenants/text.hpp"

namespace nvi::tenants {

namespace {

std::string prefixes(const std::vector<At<Prefix>>& list) {
    std::vector<std::string> out;
    for (const auto& prefix : list) out.push_back(in_quotes(prefix.value.str()));
    return in_list(out);
}

}  // namespace

Entry entry_of(const PublicPrefix& prefix) {
    return {"prefix", {{"public", in_quotes(prefix.prefix.value.str())}}};
}

Entry entry_of(const Peering& peering) {
    return {"peering",
            {{"id", std::to_string(peering.id.value)},
             {"local", prefixes(peering.local)},
             {"remote", prefixes(peering.remote)}}};
}

Entry entry_of(const Rule& rule) {
    Entry entry{"rule",
                {{"direction", in_quotes(name_of(rule.direction.value))},
                 {"action", in_quotes(name_of(rule.action))}}};
    if (rule.protocol.value != kAnyProtocol)
        entry.keys.emplace_back("protocol", in_quotes(protocol_name(rule.protocol.value)));
    if (!rule.ports.empty()) {
        std::vector<std::string> ports;
        for (const auto& range : rule.ports) {
            const bool one = range.value.first == range.value.last;
            ports.push_back(one ? range.value.str() : in_quotes(range.value.str()));
        }
        entry.keys.emplace_back("ports", in_list(ports));
    }
    if (!rule.from.empty()) entry.keys.emplace_back("from", prefixes(rule.from));
    if (!rule.to.empty()) entry.keys.emplace_back("to", prefixes(rule.to));
    if (rule.log) entry.keys.emplace_back("log", "true");
    return entry;
}

std::string firewall_text(const Tenant& tenant) {
    std::string out;
    if (tenant.firewall) {
        out += "\n[firewall]\nin = " + in_quotes(name_of(tenant.firewall->in)) +
               "\nout = " + in_quotes(name_of(tenant.firewall->out)) + "\n";
        if (tenant.firewall->log) out += "log = true\n";
    }
    return out;
}

std::string limits_text(const Limits& of) {
    std::string limits;
    const auto limit = [&](std::string_view key, const auto& value) {
        if (value) limits += std::string(key) + " = " + std::to_string(value->value) + "\n";
    };
    limit("connections", of.connections);
    limit("new-connections", of.new_connections);
    if (of.rate_in) limits += "rate-in = " + in_quotes(of.rate_in->value.str()) + "\n";
    if (of.rate_out) limits += "rate-out = " + in_quotes(of.rate_out->value.str()) + "\n";
    limit("packets-in", of.packets_in);
    limit("packets-out", of.packets_out);
    return limits.empty() ? limits : "\n[limits]\n" + limits;
}

}  // namespace nvi::tenants
