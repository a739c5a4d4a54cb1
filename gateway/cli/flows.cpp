// SPDX-License-Identifier: GPL-2.0-or-later
// flows: connections of tenants, and which are offloaded.
#include <fmt/format.h>
#include <netinet/in.h>

#include <map>
#include <nlohmann/json.hpp>

#include "gateway/apply/kernel.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/output.hpp"
#include "gateway/flows/connections.hpp"

namespace nvi::cli {

namespace {

using Names = std::map<uint32_t, std::string>;

std::string protocol(uint8_t number) {
    switch (number) {
        case IPPROTO_ICMP:
            return "icmp";
        case IPPROTO_ICMPV6:
            return "icmpv6";
        default:
            break;
    }
    const auto name = tenants::protocol_name(number);
    return name.empty() ? std::to_string(number) : std::string(name);
}

std::string name_of(const Names& names, uint32_t zone) {
    const auto found = names.find(zone);
    return found == names.end() ? fmt::format("tenant {}", zone) : found->second;
}

// What NAT made of it: "from 203.0.113.10:41001", "to 10.0.0.7:80", both, or nothing.
std::string translation(const flows::Connection& connection) {
    std::string text;
    if (connection.reply_destination != connection.source) {
        text = "from " + connection.reply_destination.str();
    }
    if (connection.reply_source != connection.destination) {
        text += (text.empty() ? "to " : " to ") + connection.reply_source.str();
    }
    return text.empty() ? "-" : text;
}

nlohmann::json to_json(const flows::Connection& connection, const Names& names) {
    const auto count = [](const flows::Count& of) {
        return nlohmann::json{{"packets", of.packets}, {"bytes", of.bytes}};
    };
    return {{"tenant", name_of(names, connection.zone)},
            {"id", connection.zone},
            {"protocol", protocol(connection.protocol)},
            {"source", connection.source.str()},
            {"destination", connection.destination.str()},
            {"reply_source", connection.reply_source.str()},
            {"reply_destination", connection.reply_destination.str()},
            {"state", connection.state},
            {"timeout", connection.timeout},
            {"offloaded", connection.offloaded},
            {"original", count(connection.original)},
            {"reply", count(connection.reply)}};
}

}  // namespace

int run_flows(const Context& context, const Arguments& arguments) {
    Names names;
    std::optional<uint32_t> zone;
    if (arguments.positionals.empty()) {
        for (const auto& [name, tenant] : load_config(context).tenants) names[tenant.id.value] = name;
    } else {
        const auto& name = arguments.positionals.front();
        zone = cli::load_tenant(load_gateway(context), name).id.value;
        names[*zone] = name;
    }
    apply::Kernel kernel;
    const auto connections = flows::connections(kernel.netfilter(), zone);
    if (context.json) {
        auto list = nlohmann::json::array();
        for (const auto& connection : connections) list.push_back(to_json(connection, names));
        print_json(list);
        return kDone;
    }
    std::vector<std::vector<std::string>> rows = {
        {"TENANT", "PROTOCOL", "FROM", "TO", "TRANSLATED", "STATE", "PATH", "PACKETS", "BYTES"}};
    for (const auto& connection : connections) {
        rows.push_back({name_of(names, connection.zone), protocol(connection.protocol),
                        connection.source.str(), connection.destination.str(), translation(connection),
                        connection.state.empty() ? "-" : connection.state,
                        connection.offloaded ? "offloaded" : "slow",
                        std::to_string(connection.original.packets + connection.reply.packets),
                        std::to_string(connection.original.bytes + connection.reply.bytes)});
    }
    if (connections.empty()) {
        fmt::print("no connections\n");
    } else {
        fmt::print("{}", aligned(rows));
    }
    return kDone;
}

}  // namespace nvi::cli
