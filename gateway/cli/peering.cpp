// SPDX-License-Identifier: GPL-2.0-or-later
// peering add, remove and list.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "gateway/cli/bindings.hpp"
#include "gateway/cli/change.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/output.hpp"
#include "tenants/check_prefixes.hpp"
#include "tenants/edit.hpp"

namespace nvi::cli {

namespace {

using tenants::Tenant;

std::string joined(const std::vector<tenants::At<Prefix>>& prefixes) {
    std::string text;
    for (const auto& prefix : prefixes) text += (text.empty() ? "" : ",") + prefix.value.str();
    return text;
}

// Of a tenant that has a file; a tenant that has none any more is named by its id.
uint32_t id_of(const Context& context, const std::string& typed) {
    if (!typed.empty() && std::ranges::all_of(typed, [](char c) { return c >= '0' && c <= '9'; }) &&
        typed.size() <= 5)
        return static_cast<uint32_t>(std::stoul(typed));
    if (!tenants::is_tenant_name(typed))
        throw UsageError(fmt::format("\"{}\" is neither a tenant's name nor an id", typed));
    return cli::load_tenant(cli::load_gateway(context), typed).id.value;
}

}  // namespace

int run_peering_add(const Context& context, const Arguments& arguments) {
    const auto& typed = arguments.positionals.at(2);
    const auto equals = typed.find('=');
    if (equals == std::string::npos)
        throw UsageError(fmt::format("\"{}\" is not LOCAL[,LOCAL]=REMOTE[,REMOTE]", typed));
    const tenants::Entry entry{"peering",
                               {{"id", std::to_string(id_of(context, arguments.positionals.at(1)))},
                                {"local", quoted_list(split(typed.substr(0, equals), ','))},
                                {"remote", quoted_list(split(typed.substr(equals + 1), ','))}}};
    change_tenant(context, arguments, tenant_name(arguments),
                  [&](const Tenant&, const std::string& text) { return tenants::append_entry(text, entry); });
    return kDone;
}

int run_peering_remove(const Context& context, const Arguments& arguments) {
    const auto id = id_of(context, arguments.positionals.at(1));
    change_tenant(
        context, arguments, tenant_name(arguments), [&](const Tenant& tenant, const std::string& text) {
            const auto found = std::ranges::find_if(
                tenant.peerings, [&](const tenants::Peering& each) { return each.id.value == id; });
            if (found == tenant.peerings.end())
                throw UsageError(
                    fmt::format("{} has no peering with {}", tenant.name, arguments.positionals.at(1)));
            return tenants::remove_entry(text, "peering",
                                         static_cast<size_t>(found - tenant.peerings.begin()));
        });
    return kDone;
}

int run_peering_list(const Context& context, const Arguments& arguments) {
    const auto config = load_config(context);
    const std::string only = arguments.positionals.empty() ? std::string() : tenant_name(arguments);
    if (!only.empty() && !config.tenants.contains(only))
        throw UsageError(fmt::format("there is no tenant {}", only));
    std::map<std::string, std::string> closed;  // by place: why
    for (const auto& each : tenants::one_sided(config)) closed.emplace(each.place.str(), each.message);
    std::map<uint32_t, std::string> names;
    for (const auto& [name, tenant] : config.tenants) names.emplace(tenant.id.value, name);
    auto document = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows = {{"TENANT", "WITH", "LOCAL", "REMOTE", "STATE"}};
    for (const auto& [name, tenant] : config.tenants) {
        if (!only.empty() && name != only) continue;
        for (const auto& peering : tenant.peerings) {
            const auto why = closed.find(peering.id.place.str());
            const std::string state = why == closed.end() ? "open" : why->second;
            const auto known = names.find(peering.id.value);
            const std::string other = known == names.end() ? std::to_string(peering.id.value) : known->second;
            rows.push_back({name, other, joined(peering.local), joined(peering.remote), state});
            document.push_back({{"tenant", name},
                                {"id", peering.id.value},
                                {"with", other},
                                {"local", joined(peering.local)},
                                {"remote", joined(peering.remote)},
                                {"open", why == closed.end()},
                                {"state", state}});
        }
    }
    print_list(context, document, rows);
    return kDone;
}

}  // namespace nvi::cli
