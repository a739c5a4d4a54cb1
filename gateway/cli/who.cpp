// SPDX-License-Identifier: GPL-2.0-or-later
// who: whose a public address and port are, by the files.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/output.hpp"
#include "nft/elements.hpp"
#include "tenants/blocks.hpp"
#include "tenants/edit.hpp"

namespace nvi::cli {

namespace {

using tenants::Snat;
using tenants::Tenant;

struct Asked {
    Address address;
    uint16_t port{};
};

struct Use {
    std::string by;     // "floating"
    std::string hosts;  // "10.0.0.7", "10.0.0.7:80", "10.0.0.0/24"
    bool exact = true;  // one host
};

Asked parse(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon != std::string::npos && colon + 1 < text.size()) {
        std::string address = text.substr(0, colon);
        const bool brackets = address.size() > 2 && address.front() == '[' && address.back() == ']';
        if (brackets) address = address.substr(1, address.size() - 2);
        const auto parsed = Address::parse(address);
        const auto* end = text.data() + text.size();
        uint16_t port = 0;
        const auto [behind, error] = std::from_chars(text.data() + colon + 1, end, port);
        if (parsed && brackets != parsed->is_v4() && error == std::errc() && behind == end)
            return {*parsed, port};
    }
    throw UsageError(
        fmt::format("\"{}\" is not ADDRESS:PORT, as 203.0.113.20:31007 or [2001:db8::20]:31007", text));
}

// What the pool gives the port to; empty when it does not have the address, or not the port.
std::optional<Use> by_pool(const Tenant& tenant, const Snat& snat, const Asked& asked) {
    const auto found = std::ranges::find(snat.to, asked.address,
                                         [](const auto& address) -> const Address& { return address.value; });
    if (found == snat.to.end()) return std::nullopt;
    const bool few = snat.ports || snat.block;
    const auto ports = snat.shared_ports();
    if (few && (asked.port < ports.first || asked.port > ports.last)) return std::nullopt;
    if (snat.block) {
        const auto block = tenants::block_at(snat, asked.address, asked.port);
        if (!block) return std::nullopt;
        return Use{fmt::format("snat, block {}", block->ports.str()), block->source.str()};
    }
    if (snat.ports) {
        for (const auto& share : tenants::shares(snat)) {
            if (share.address == asked.address)
                return Use{"snat", fmt::format("{}-{}", share.first.str(), share.last.str()), false};
        }
        return std::nullopt;
    }
    if (snat.to.size() == 1) return Use{"snat", snat.from.value.str(), false};
    // Of all addresses of the prefix: those of hosts.
    Use use{"snat", {}, false};
    const auto index = static_cast<size_t>(found - snat.to.begin());
    for (const auto& host : tenant.hosts) {
        const auto& address = host.address.value;
        if (snat.from.value.contains(address) && nft::pool_index(address, snat.to.size()) == index)
            use.hosts += (use.hosts.empty() ? "" : ",") + address.str();
    }
    return use;
}

std::vector<Use> uses(const Tenant& tenant, const Asked& asked) {
    std::vector<Use> all;
    for (const auto& floating : tenant.floating) {
        if (floating.public_address.value == asked.address)
            all.push_back({"floating", floating.private_address.value.str()});
    }
    for (const auto& forward : tenant.forwards) {
        const auto& outer = forward.public_ports;
        if (forward.public_address.value != asked.address || asked.port < outer.first ||
            asked.port > outer.last)
            continue;
        const bool each = forward.private_ports.size() > 1;
        const auto port =
            static_cast<uint16_t>(forward.private_ports.first + (each ? asked.port - outer.first : 0));
        all.push_back(
            {fmt::format("forward, {}", tenants::protocol_name(forward.protocol.value)),
             tenants::endpoint_text(forward.private_address.value, tenants::PortRange{port, port})});
    }
    for (const auto& snat : tenant.snat) {
        if (auto use = by_pool(tenant, snat, asked)) all.push_back(std::move(*use));
    }
    for (const auto& prefix : tenant.prefixes) {
        if (prefix.prefix.value.contains(asked.address)) all.push_back({"prefix", asked.address.str()});
    }
    for (const auto& service : tenant.services) {
        const auto& ports = service.ports.value;
        if (service.vip.value == asked.address && ports.first <= asked.port && asked.port <= ports.last)
            all.push_back({fmt::format("service, {}", tenants::protocol_name(service.protocol.value)),
                           "its backends", false});
    }
    return all;
}

}  // namespace

int run_who(const Context& context, const Arguments& arguments) {
    const auto& typed = arguments.positionals.at(0);
    const Asked asked = parse(typed);
    const auto config = load_config(context);
    auto document = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows = {{"TENANT", "BY", "HOST"}};
    for (const auto& [name, tenant] : config.tenants) {
        for (const auto& use : uses(tenant, asked)) {
            document.push_back({{"tenant", name}, {"by", use.by}, {"host", use.hosts}, {"exact", use.exact}});
            rows.push_back({name, use.by, use.exact ? use.hosts : "one of " + use.hosts});
        }
    }
    const bool nobody = document.empty();
    if (nobody && !context.json) {
        fmt::print(stderr, "{} is nobody's\n", typed);
    } else {
        print_list(context, document, rows);
    }
    return nobody ? kRefused : kDone;
}

}  // namespace nvi::cli
