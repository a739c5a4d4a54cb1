// SPDX-License-Identifier: GPL-2.0-or-later
// The table of bindings.
#include "gateway/cli/bindings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "gateway/cli/verb.hpp"
#include "tenants/text.hpp"

namespace nvi::cli {

std::string quoted(const std::string& value) {
    std::string text = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') text += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            text += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            text += c;
        }
    }
    return text + '"';
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    size_t begin = 0;
    for (size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, begin)) {
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    parts.push_back(text.substr(begin));
    return parts;
}

std::string quoted_list(std::span<const std::string> values) {
    std::vector<std::string> items;
    for (const auto& value : values) items.push_back(quoted(value));
    return tenants::in_list(items);
}

namespace {

using tenants::Entry;
using tenants::Tenant;

[[noreturn]] void not_of_form(BindingKind kind, const std::string& value) {
    const Binding& of = binding(kind);
    throw UsageError(fmt::format("{} \"{}\" does not have the form {}", of.name, value, of.form));
}

// "LEFT=RIGHT"
std::pair<std::string, std::string> halves(BindingKind kind, const std::string& value) {
    const auto at = value.find('=');
    if (at == std::string::npos || at == 0 || at + 1 == value.size()) not_of_form(kind, value);
    return {value.substr(0, at), value.substr(at + 1)};
}

template <typename T>
std::vector<std::string> each(const std::vector<T>& entries, std::string (*text)(const T&)) {
    std::vector<std::string> values;
    for (const auto& entry : entries) values.push_back(text(entry));
    return values;
}

Entry host_entry(const std::string& value) {
    const auto [address, rest] = halves(BindingKind::host, value);
    const auto parts = split(rest, ',');
    if (parts.size() > 2) not_of_form(BindingKind::host, value);
    Entry entry{"host", {{"address", quoted(address)}, {"node", quoted(parts[0])}}};
    if (parts.size() == 2) entry.keys.emplace_back("mac", quoted(parts[1]));
    return entry;
}
std::vector<std::string> hosts(const Tenant& tenant) {
    return each<tenants::Host>(tenant.hosts, [](const tenants::Host& host) {
        return fmt::format("{}={}{}", host.address.value.str(), host.node.value.str(),
                           host.mac ? "," + host.mac->value.str() : std::string());
    });
}

Entry floating_entry(const std::string& value) {
    const auto [outer, inner] = halves(BindingKind::floating, value);
    return {"floating", {{"public", quoted(outer)}, {"private", quoted(inner)}}};
}
std::vector<std::string> floating(const Tenant& tenant) {
    return each<tenants::Floating>(tenant.floating, [](const tenants::Floating& entry) {
        return fmt::format("{}={}", entry.public_address.value.str(), entry.private_address.value.str());
    });
}

// Ports belong to IPv4 pools: a colon among their addresses begins them.
Entry snat_entry(const std::string& value) {
    const auto [from, to] = halves(BindingKind::snat, value);
    const auto colon = from.find(':') == std::string::npos ? to.find(':') : std::string::npos;
    Entry entry{"snat", {{"from", quoted(from)}, {"to", quoted_list(split(to.substr(0, colon), ','))}}};
    if (colon == std::string::npos) return entry;
    const auto ports = split(to.substr(colon + 1), '/');
    const bool block = ports.size() == 2;
    const auto digits = [](const std::string& text) {
        return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    };
    if (ports.size() > 2 || (block && !digits(ports[1]))) not_of_form(BindingKind::snat, value);
    entry.keys.emplace_back("ports", quoted(ports[0]));
    if (block) entry.keys.emplace_back("block", ports[1]);
    return entry;
}
std::vector<std::string> snat(const Tenant& tenant) {
    return each<tenants::Snat>(tenant.snat, [](const tenants::Snat& entry) {
        std::string pool;
        for (const auto& address : entry.to) pool += (pool.empty() ? "" : ",") + address.value.str();
        if (entry.ports || entry.block) pool += ":" + entry.shared_ports().str();
        if (entry.block) pool += fmt::format("/{}", entry.block->value);
        return fmt::format("{}={}", entry.from.value.str(), pool);
    });
}

Entry forward_entry(const std::string& value) {
    const auto [left, inner] = halves(BindingKind::forward, value);
    const auto colon = left.find(':');
    if (colon == std::string::npos) not_of_form(BindingKind::forward, value);
    return {"forward",
            {{"protocol", quoted(left.substr(0, colon))},
             {"public", quoted(left.substr(colon + 1))},
             {"private", quoted(inner)}}};
}
std::vector<std::string> forwards(const Tenant& tenant) {
    return each<tenants::Forward>(tenant.forwards, [](const tenants::Forward& entry) {
        return fmt::format("{}:{}={}", tenants::protocol_name(entry.protocol.value),
                           tenants::endpoint_text(entry.public_address.value, entry.public_ports),
                           tenants::endpoint_text(entry.private_address.value, entry.private_ports));
    });
}

Entry prefix_entry(const std::string& value) {
    return {"prefix", {{"public", quoted(value)}}};
}
std::vector<std::string> prefixes(const Tenant& tenant) {
    return each<tenants::PublicPrefix>(
        tenant.prefixes, [](const tenants::PublicPrefix& entry) { return entry.prefix.value.str(); });
}

// In the order of BindingKind.
constexpr Binding kBindings[] = {
    {"host", "ADDR=NODE[,MAC]", "ADDR", "a host, and the node whose tunnel it is behind",
     "10.0.0.9=172.16.0.11", host_entry, hosts},
    {"floating", "PUBLIC=PRIVATE", "PUBLIC", "a public address that is one host's, both ways",
     "203.0.113.10=10.0.0.7", floating_entry, floating},
    {"snat", "PREFIX=PUBLIC[,PUBLIC][:FIRST-LAST[/BLOCK]]", "PREFIX",
     "public addresses that a prefix leaves by, their ports, how many a host has for itself",
     "10.0.0.0/24=203.0.113.20,203.0.113.21", snat_entry, snat},
    {"forward", "PROTO:PUBLIC:PORT=PRIVATE:PORT", "PROTO:PUBLIC:PORT",
     "a public port, or FIRST-LAST, to a private one or as many", "tcp:203.0.113.20:8080=10.0.0.7:80",
     forward_entry, forwards},
    {"prefix", "PREFIX", "PREFIX", "a public IPv6 prefix that its hosts have addresses of",
     "2001:db8:100:a::/64", prefix_entry, prefixes},
};
static_assert(std::size(kBindings) == kBindingKinds);

std::string canonical(const std::string& word) {
    if (const auto address = Address::parse(word)) return address->str();
    if (const auto prefix = Prefix::parse(word)) return prefix->str();
    return word;
}

}  // namespace

std::span<const Binding> bindings() {
    return kBindings;
}

const Binding& binding(BindingKind kind) {
    return kBindings[static_cast<size_t>(kind)];
}

bool means(const std::string& typed, const std::string& value) {
    if (typed == value) return true;
    const auto typed_name = canonical(typed.substr(0, typed.find('=')));
    if (typed_name != canonical(value.substr(0, value.find('=')))) return false;
    return typed.find('=') == std::string::npos;
}

}  // namespace nvi::cli
