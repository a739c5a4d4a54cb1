// SPDX-License-Identifier: GPL-2.0-or-later
// rule add, remove and list; limit set, remove and show.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "gateway/cli/bindings.hpp"
#include "gateway/cli/change.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/output.hpp"
#include "tenants/edit.hpp"
#include "tenants/json.hpp"
#include "tenants/shape.hpp"
#include "tenants/text.hpp"

namespace nvi::cli {

namespace {

using tenants::Tenant;

bool is_number(const std::string& word) {
    return !word.empty() && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

// From 1, as `rule list` shows it; at most `last`. Gives it from 0.
size_t number(const std::string& typed, const std::string& tenant, size_t last) {
    size_t value = 0;
    const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), value);
    if (error != std::errc() || end != typed.data() + typed.size())
        throw UsageError(fmt::format("\"{}\" is no number of a rule", typed));
    if (value == 0 || value > last) {
        throw UsageError(
            last == 0 ? fmt::format("{} has no rules", tenant)
                      : fmt::format("rules of {} have the numbers 1 to {}, not {}", tenant, last, typed));
    }
    return value - 1;
}

// Ports as the file has them: numbers, and ranges in quotes.
std::string ports(const std::string& typed) {
    std::vector<std::string> items;
    for (const auto& word : split(typed, ',')) items.push_back(is_number(word) ? word : quoted(word));
    return tenants::in_list(items);
}

std::string words(const tenants::Rule& rule) {
    std::string text;
    const auto add = [&](const char* name, const auto& values) {
        for (size_t i = 0; i < values.size(); ++i)
            text += (i == 0 ? std::string("  ") + name + " " : std::string(",")) + values[i].value.str();
    };
    if (rule.protocol.value != tenants::kAnyProtocol)
        text += "  " + std::string(tenants::protocol_name(rule.protocol.value));
    add("ports", rule.ports);
    add("from", rule.from);
    add("to", rule.to);
    if (rule.log) text += "  log";
    return text.empty() ? "all" : text.substr(2);
}

const std::vector<tenants::Key>& limits() {
    return tenants::tenant_table_shape("limits").keys;
}

std::vector<std::string> stated(const Tenant& tenant) {
    const auto document = tenants::to_json(tenant);
    std::vector<std::string> keys;
    if (!document.contains("limits")) return keys;
    for (const auto& [key, value] : document.at("limits").items()) keys.push_back(key);
    return keys;
}

}  // namespace

int run_rule_add(const Context& context, const Arguments& arguments) {
    tenants::Entry entry{"rule",
                         {{"direction", quoted(arguments.positionals.at(1))},
                          {"action", quoted(arguments.positionals.at(2))}}};
    if (arguments.has("protocol")) entry.keys.emplace_back("protocol", quoted(arguments.value("protocol")));
    if (arguments.has("ports")) entry.keys.emplace_back("ports", ports(arguments.value("ports")));
    if (arguments.has("from"))
        entry.keys.emplace_back("from", quoted_list(split(arguments.value("from"), ',')));
    if (arguments.has("to")) entry.keys.emplace_back("to", quoted_list(split(arguments.value("to"), ',')));
    if (arguments.has("log")) entry.keys.emplace_back("log", "true");
    change_tenant(
        context, arguments, tenant_name(arguments), [&](const Tenant& tenant, const std::string& text) {
            const size_t count = tenant.rules.size();
            if (!arguments.has("at")) return tenants::append_entry(text, entry);
            return tenants::insert_entry(text, entry, number(arguments.value("at"), tenant.name, count + 1));
        });
    return kDone;
}

int run_rule_remove(const Context& context, const Arguments& arguments) {
    change_tenant(
        context, arguments, tenant_name(arguments), [&](const Tenant& tenant, const std::string& text) {
            return tenants::remove_entry(
                text, "rule", number(arguments.positionals.at(1), tenant.name, tenant.rules.size()));
        });
    return kDone;
}

int run_rule_list(const Context& context, const Arguments& arguments) {
    auto document = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows = {{"TENANT", "N", "DIRECTION", "ACTION", "WHAT"}};
    for (const auto& tenant : chosen_tenants(context, arguments)) {
        if (!tenant.filtered()) continue;
        const nlohmann::json all = tenants::to_json(tenant);
        for (size_t i = 0; i < tenant.rules.size(); ++i) {
            const auto& rule = tenant.rules[i];
            auto entry = all.at("rule").at(i);
            entry["tenant"] = tenant.name;
            entry["number"] = i + 1;
            document.push_back(std::move(entry));
            rows.push_back({tenant.name, std::to_string(i + 1),
                            std::string(tenants::name_of(rule.direction.value)),
                            std::string(tenants::name_of(rule.action)), words(rule)});
        }
        const auto policy = tenant.firewall.value_or(tenants::Firewall());
        const std::string log = policy.log ? ", what is not accepted: log" : "";
        rows.push_back(
            {tenant.name, "-", "in", std::string(tenants::name_of(policy.in)), "where no rule fits" + log});
        rows.push_back(
            {tenant.name, "-", "out", std::string(tenants::name_of(policy.out)), "where no rule fits" + log});
    }
    print_list(context, document, rows);
    return kDone;
}

int run_limit_set(const Context& context, const Arguments& arguments) {
    const bool any = std::ranges::any_of(
        limits(), [&](const auto& limit) { return arguments.has(std::string(limit.name)); });
    if (!any) throw UsageError("no limit is named: --new-connections, --rate-in, …");
    change_tenant(context, arguments, tenant_name(arguments), [&](const Tenant&, const std::string& text) {
        std::string changed = text;
        for (const auto& limit : limits()) {
            const std::string key(limit.name);
            if (!arguments.has(key)) continue;
            const auto typed = arguments.value(key);
            // What is no number is quoted: then the reader of the files says what is wrong with it.
            const bool plain = limit.shape.type == tenants::Shape::Type::integer && is_number(typed);
            changed = tenants::set_key(changed, "limits", key, plain ? typed : quoted(typed));
        }
        return changed;
    });
    return kDone;
}

int run_limit_remove(const Context& context, const Arguments& arguments) {
    change_tenant(context, arguments, tenant_name(arguments),
                  [&](const Tenant& tenant, const std::string& text) {
                      auto keys = stated(tenant);
                      if (keys.empty()) throw UsageError(fmt::format("{} has no limits", tenant.name));
                      if (arguments.positionals.size() > 1) {
                          const auto& key = arguments.positionals[1];
                          if (std::ranges::find(keys, key) == keys.end()) {
                              std::string known;
                              for (const auto& each : keys) known += (known.empty() ? "" : ", ") + each;
                              throw UsageError(
                                  fmt::format("{} has no limit \"{}\"; it has {}", tenant.name, key, known));
                          }
                          keys = {key};
                      }
                      std::string changed = text;
                      for (const auto& key : keys) changed = tenants::remove_key(changed, "limits", key);
                      return changed;
                  });
    return kDone;
}

int run_limit_show(const Context& context, const Arguments& arguments) {
    auto document = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows = {{"TENANT", "LIMIT", "VALUE"}};
    for (const auto& tenant : chosen_tenants(context, arguments)) {
        const nlohmann::json all = tenants::to_json(tenant);
        if (!all.contains("limits")) continue;
        auto entry = all.at("limits");
        for (const auto& [key, value] : entry.items())
            rows.push_back({tenant.name, key, value.is_string() ? value.get<std::string>() : value.dump()});
        entry["tenant"] = tenant.name;
        document.push_back(std::move(entry));
    }
    print_list(context, document, rows);
    return kDone;
}

}  // namespace nvi::cli
