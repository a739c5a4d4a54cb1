// SPDX-License-Identifier: GPL-2.0-or-later
// stats: what tenants sent and got, and what was dropped.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "gateway/apply/kernel.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/output.hpp"
#include "gateway/flows/statistics.hpp"
#include "gateway/state/traffic.hpp"
#include "nft/observe.hpp"

namespace nvi::cli {

namespace {

struct Row {
    state::TunnelTraffic tunnel;
    state::ConnectionTraffic connections;
};

nlohmann::json to_json(const state::Count& count) {
    return {{"packets", count.packets}, {"bytes", count.bytes}};
}

// The tenant's name is in the alias of its devices ("nvi-gateway acme"): what is counted is what is made,
// whatever the files say now.
std::string name_of(state::TenantId id, const Row& row) {
    const auto space = row.tunnel.alias.rfind(' ');
    return space == std::string::npos ? fmt::format("({})", id) : row.tunnel.alias.substr(space + 1);
}

// "1234", "56.7 k", "8.9 M": three digits or more.
std::string short_number(uint64_t number) {
    constexpr uint64_t kShort = 100'000;
    if (number < kShort) return std::to_string(number);
    auto value = static_cast<double>(number);
    const char* unit = "";
    for (const char* next : {"k", "M", "G", "T", "P"}) {
        if (value < 1000) break;
        value /= 1000;
        unit = next;
    }
    return fmt::format("{:.1f}{}", value, unit);
}

}  // namespace

int run_stats(const Context& context, const Arguments& arguments) {
    std::optional<state::TenantId> only;
    if (!arguments.positionals.empty()) {
        only = cli::load_tenant(cli::load_gateway(context), arguments.positionals[0]).id.value;
    }
    apply::Kernel kernel;
    std::map<state::TenantId, Row> rows;
    for (auto& [id, tunnel] : state::tunnel_traffic(kernel.changes(), only)) rows[id].tunnel = tunnel;
    for (auto& [id, connections] : state::connection_traffic(kernel.netfilter(), only)) {
        // A zone of somebody else's has no tunnel of ours.
        if (const auto row = rows.find(id); row != rows.end()) row->second.connections = connections;
    }
    auto drops = nft::counters(kernel.netfilter());
    drops["no_port"] = {flows::without_port(kernel.netfilter()), 0};  // conntrack's own count

    if (context.json) {
        auto tenants = nlohmann::json::array();
        for (const auto& [id, row] : rows) {
            nlohmann::json tenant = {{"name", name_of(id, row)},
                                     {"id", id},
                                     {"connections", row.connections.connections},
                                     {"offloaded", row.connections.offloaded}};
            if (row.tunnel.own) {
                tenant["from_tenant"] = to_json(row.tunnel.from_tenant);
                tenant["to_tenant"] = to_json(row.tunnel.to_tenant);
                tenant["device_dropped"] = row.tunnel.dropped;
                tenant["device_errors"] = row.tunnel.errors;
            }
            if (row.connections.counted) {
                tenant["original"] = to_json(row.connections.original);
                tenant["reply"] = to_json(row.connections.reply);
            }
            tenants.push_back(std::move(tenant));
        }
        auto reasons = nlohmann::json::object();
        for (const auto& [reason, counter] : drops) {
            reasons[reason] = {{"packets", counter.packets}, {"bytes", counter.bytes}};
        }
        print_json({{"tenants", std::move(tenants)}, {"drops", std::move(reasons)}});
        return kDone;
    }

    std::vector<std::vector<std::string>> table = {{"TENANT", "ID", "FROM IT", "BYTES", "TO IT", "BYTES",
                                                    "DROPPED", "ERRORS", "CONNECTIONS", "OFFLOADED"}};
    for (const auto& [id, row] : rows) {
        const auto of_device = [&tunnel = row.tunnel](uint64_t number) {
            return tunnel.own ? short_number(number) : std::string("-");
        };
        table.push_back({name_of(id, row), std::to_string(id), of_device(row.tunnel.from_tenant.packets),
                         of_device(row.tunnel.from_tenant.bytes), of_device(row.tunnel.to_tenant.packets),
                         of_device(row.tunnel.to_tenant.bytes), of_device(row.tunnel.dropped),
                         of_device(row.tunnel.errors), std::to_string(row.connections.connections),
                         std::to_string(row.connections.offloaded)});
    }
    fmt::print("{}", aligned(table));
    table = {};
    for (const auto& [reason, counter] : drops) {
        if (counter.packets != 0)
            table.push_back({reason, std::to_string(counter.packets), std::to_string(counter.bytes)});
    }
    if (table.empty()) {
        fmt::print("\nnothing was dropped by the gateway's rules\n");
    } else {
        table.insert(table.begin(), {"DROPPED, OF ALL TENANTS", "PACKETS", "BYTES"});
        fmt::print("\n{}", aligned(table));
    }
    return kDone;
}

}  // namespace nvi::cli
