// SPDX-License-Identifier: GPL-2.0-or-later
// KIND add, KIND remove and KIND list, of everything that is bound to a tenant: the tenant's file is edited,
// and that tenant alone applied. Whatever refuses, the file is as it was.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "gateway/apply/tenant.hpp"
#include "gateway/cli/bindings.hpp"
#include "gateway/cli/change.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/record.hpp"
#include "gateway/net/error.hpp"
#include "tenants/edit.hpp"
#include "tenants/file.hpp"
#include "tenants/json.hpp"

namespace nvi::cli {

namespace {

using Clock = std::chrono::steady_clock;
// Gives the changed text of the tenant's file.
using Edit = std::function<std::string(const tenants::Tenant& tenant, const std::string& text)>;

// The number of the one entry that was meant.
size_t find(const Binding& kind, const tenants::Tenant& tenant, const std::string& typed) {
    const auto values = kind.values(tenant);
    std::vector<size_t> found;
    for (size_t i = 0; i < values.size(); ++i) {
        if (means(typed, values[i])) found.push_back(i);
    }
    if (found.size() == 1) return found[0];
    std::string known;
    for (const auto& value : values) known += "\n  " + value;
    if (values.empty()) throw UsageError(fmt::format("{} has no {}", tenant.name, kind.name));
    throw UsageError(fmt::format("{} has {} {} \"{}\"; it has:{}", tenant.name,
                                 found.empty() ? "no" : "more than one", kind.name, typed, known));
}

int list(const Context& context, const Arguments& arguments, const Binding& kind) {
    auto document = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows;
    for (const auto& tenant : chosen_tenants(context, arguments)) {
        const nlohmann::json all = tenants::to_json(tenant);
        for (auto entry : all.value(kind.name, nlohmann::json::array())) {
            entry["tenant"] = tenant.name;
            document.push_back(std::move(entry));
        }
        for (const auto& value : kind.values(tenant)) rows.push_back({tenant.name, value});
    }
    print_list(context, document, rows);
    return kDone;
}

}  // namespace

void change_tenant(const Context& context, const Arguments& arguments, const std::string& name,
                   const Edit& edit) {
    const auto start = Clock::now();
    const auto gateway = cli::load_gateway(context);
    const auto path = tenants::tenant_path(gateway, name);
    apply::Kernel kernel;
    const auto lock = take_lock(context, arguments);
    settle_pending(context, gateway);
    const auto former = cli::load_tenant(gateway, name);
    const auto before = tenants::read_text(path);
    std::string text;
    try {
        text = edit(former, before);
    } catch (Error& error) {
        throw error.within(path);
    }
    auto index = open_index(context, gateway);
    const auto tenant = check_against_others(index, gateway, name, text);

    auto change = tenants::FileChange::write(path, text, tenants::Existing::replace);
    index.written(tenant);
    ProgressLine line;
    const auto progress = [&line](apply::Stage stage, size_t done, size_t of) {
        line.update(apply::stage_name(stage), done, of);
    };
    try {
        const auto outcome = apply::apply_tenant(kernel, gateway, tenant, &former, progress);
        line.clear();
        change.keep();
        auto entry = new_entry(context, outcome);
        entry.files = "~" + name;
        record(context, gateway, std::move(entry), name, text);
        report(context, name, outcome, std::chrono::duration<double>(Clock::now() - start).count());
    } catch (Error& refused) {
        line.clear();
        try {
            change.restore();
            index.written(former);
            apply::apply_tenant(kernel, gateway, former, &tenant, {});
        } catch (const Error& error) {
            throw Error(fmt::format("{}\nGoing back failed too: {}", refused.what(), error.what()),
                        refused.code());
        }
        throw Error(fmt::format("{}\n{} and the kernel are as they were.", refused.what(), path),
                    refused.code());
    }
}

namespace {

template <size_t kKind>
int run_add(const Context& context, const Arguments& arguments) {
    const auto entry = bindings()[kKind].entry(arguments.positionals.at(1));
    change_tenant(
        context, arguments, tenant_name(arguments),
        [&](const tenants::Tenant&, const std::string& text) { return tenants::append_entry(text, entry); });
    return kDone;
}

template <size_t kKind>
int run_remove(const Context& context, const Arguments& arguments) {
    const Binding& kind = bindings()[kKind];
    change_tenant(context, arguments, tenant_name(arguments),
                  [&](const tenants::Tenant& tenant, const std::string& text) {
                      const auto number = find(kind, tenant, arguments.positionals.at(1));
                      return tenants::remove_entry(text, kind.name, number);
                  });
    return kDone;
}

template <size_t kKind>
int run_list(const Context& context, const Arguments& arguments) {
    return list(context, arguments, bindings()[kKind]);
}

// A host that stays what it is, behind another node: nothing that is bound to it is touched.
int run_host_move(const Context& context, const Arguments& arguments) {
    const auto& typed = arguments.positionals.at(1);
    const Binding& kind = binding(BindingKind::host);
    const auto entry = kind.entry(typed);
    change_tenant(context, arguments, tenant_name(arguments),
                  [&](const tenants::Tenant& tenant, const std::string& text) {
                      const auto number = find(kind, tenant, typed.substr(0, typed.find('=')));
                      std::string changed = text;
                      for (const auto& [key, value] : entry.keys) {
                          if (key != "address")
                              changed = tenants::set_value(changed, kind.name, number, key, value);
                      }
                      return changed;
                  });
    return kDone;
}

using Run = int (*)(const Context&, const Arguments&);
struct Runs {
    Run add, remove, list;
};
template <size_t... kKinds>
std::array<Runs, sizeof...(kKinds)> runs(std::index_sequence<kKinds...>) {
    return {Runs{run_add<kKinds>, run_remove<kKinds>, run_list<kKinds>}...};
}

// What the verbs point into.
struct Texts {
    std::array<std::string, 3> names, summaries;
    std::string add_description;
    std::array<Positional, 2> added, removed;
};

constexpr Positional kMaybeTenant[] = {{"NAME", Word::tenant, true}};
constexpr Positional kMovedHost[] = {{"NAME", Word::tenant}, {"ADDR=NODE[,MAC]"}};

}  // namespace

std::vector<Verb> binding_verbs(std::span<const Option> wait) {
    static std::array<Texts, kBindingKinds> all;
    const auto run = runs(std::make_index_sequence<kBindingKinds>());
    std::vector<Verb> verbs;
    for (size_t i = 0; i < all.size(); ++i) {
        const Binding& of = bindings()[i];
        Texts& texts = all[i];
        const std::string name = of.name;
        texts.names = {name + " add", name + " remove", name + " list"};
        texts.summaries = {fmt::format("give a tenant {}", of.help), fmt::format("take a {} away", name),
                           fmt::format("each {} of a tenant, or of all", name)};
        texts.added = {Positional{"NAME", Word::tenant}, Positional{of.form}};
        texts.removed = {Positional{"NAME", Word::tenant}, Positional{of.named}};
        texts.add_description = fmt::format(
            "Adds the entry to the tenant's file, whose comments and order stay, and applies that tenant "
            "alone. "
            "If a check or the kernel refuses, file and kernel are as they were.\n\nExample:\n"
            "  gwctl {} add acme {}",
            name, of.example);
        verbs.push_back({texts.names[0].c_str(), texts.summaries[0].c_str(), texts.add_description.c_str(),
                         texts.added, wait, run[i].add});
        verbs.push_back({texts.names[1].c_str(), texts.summaries[1].c_str(),
                         "Removes the entry from the tenant's file, with the comment directly above it, and "
                         "applies that tenant alone. The connections that go by it end.",
                         texts.removed, wait, run[i].remove});
        verbs.push_back({texts.names[2].c_str(),
                         texts.summaries[2].c_str(),
                         "As the files have them. The kernel is not asked.",
                         kMaybeTenant,
                         {},
                         run[i].list});
        if (i == static_cast<size_t>(BindingKind::host))
            verbs.push_back(
                {"host move", "a host is behind another node now",
                 "Changes the node in the host's entry of the tenant's file, and its MAC where one "
                 "is given, and applies that tenant alone. What is bound to the host stays, and so "
                 "do its connections.\n\nExample:\n"
                 "  gwctl host move acme 10.0.0.9=172.16.0.12",
                 kMovedHost, wait, run_host_move});
    }
    return verbs;
}

}  // namespace nvi::cli
