// SPDX-License-Identifier: GPL-2.0-or-later
// What the verbs that change the kernel have in common.
#include "gateway/cli/change.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "gateway/cli/files.hpp"
#include "tenants/index.hpp"

namespace nvi::cli {

apply::Lock take_lock(const Context& context, const Arguments& arguments) {
    const auto patience = parse_duration(arguments.value("wait", "10s"));
    return apply::Lock::take(
        apply::runtime_directory(), context.command, patience, [&](const std::string& holder) {
            fmt::print(stderr, "gwctl: {} is changing this gateway; waiting up to {} s\n", holder,
                       patience.count());
        });
}

apply::Outcome make_so(apply::Kernel& kernel, const state::State& desired, const apply::Observe& observe,
                       const apply::TenantNames& names) {
    ProgressLine line;
    return apply::apply(kernel, desired, observe, names, [&](apply::Stage stage, size_t done, size_t of) {
        line.update(apply::stage_name(stage), done, of);
    });
}

void report(const Context& context, const std::string& what, const apply::Outcome& outcome, double seconds) {
    const auto& totals = outcome.totals;
    if (context.json) {
        print_json({{"changed", outcome.rounds != 0},
                    {"add", totals.add},
                    {"change", totals.change},
                    {"remove", totals.remove},
                    {"operations", outcome.operations},
                    {"verified", true},
                    {"seconds", seconds}});
        return;
    }
    if (outcome.rounds == 0) {
        fmt::print("{}: nothing to do, the kernel is as wanted\n", what);
        return;
    }
    std::string counts;
    auto add = [&](size_t count, const char* word) {
        if (count != 0) counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, word);
    };
    add(totals.add, "added");
    add(totals.change, "changed");
    add(totals.remove, "removed");
    fmt::print("{}: {}; verified, {:.2f} s\n", what, counts, seconds);
}

std::string tenant_name(const Arguments& arguments) {
    const auto& name = arguments.positionals.at(0);
    if (!tenants::is_tenant_name(name)) {
        throw UsageError(fmt::format(
            "\"{}\" is no name for a tenant: a lower-case letter, then up to 30 letters, digits and dashes",
            name));
    }
    return name;
}

tenants::Index open_index(const Context& context, const tenants::Gateway& gateway) {
    tenants::Diagnostics others;
    tenants::Index index(gateway, index_path(), others);
    if (!others.empty()) {
        load_config(context);  // throws, with all errors of all files
        throw InputError(others);
    }
    index.save();
    return index;
}

tenants::Tenant check_against_others(const tenants::Index& index, const tenants::Gateway& gateway,
                                     const std::string& name, const std::string& text) {
    auto candidate = tenants::check_against(index, gateway, name, text);
    if (!candidate.diagnostics.empty()) throw InputError(candidate.diagnostics);
    return std::move(candidate.tenant);
}

}  // namespace nvi::cli
