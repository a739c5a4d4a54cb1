// SPDX-License-Identifier: GPL-2.0-or-later
// plan, apply and down.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "gateway/apply/down.hpp"
#include "gateway/cli/change.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/peers.hpp"
#include "gateway/cli/record.hpp"
#include "gateway/cli/underlay.hpp"
#include "gateway/desired/desired.hpp"
#include "gateway/net/error.hpp"
#include "tenants/index.hpp"

namespace nvi::cli {

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Prints the plan; true when anything would change.
bool show_plan(const Context& context) {
    const auto config = load_config_to_compare(context);
    apply::Kernel kernel;
    const auto desired = desired::desired(config, apply::offload_here(config.gateway));
    const auto current = kernel.observe(desired);
    apply::refuse_foreign(current, desired);
    const auto changes = apply::diff(current, desired);
    const auto groups = apply::plan(changes, apply::names_of(current, names_of(config)));
    const auto totals = apply::totals(changes);
    if (context.json) {
        print_json({{"add", totals.add},
                    {"change", totals.change},
                    {"remove", totals.remove},
                    {"changes", apply::plan_json(groups)}});
    } else if (changes.empty()) {
        fmt::print("nothing to do, the kernel is as wanted\n");
    } else {
        fmt::print("{}{}\n", apply::plan_text(groups, context.colour), apply::summary(totals));
    }
    return !changes.empty();
}

}  // namespace

int run_plan(const Context& context, const Arguments& arguments) {
    const bool changes = show_plan(context);
    return changes && arguments.has("exit-code") ? kChanges : kDone;
}

int run_apply(const Context& context, const Arguments& arguments) {
    if (arguments.has("dry-run")) {
        show_plan(context);
        return kDone;
    }
    const auto start = std::chrono::steady_clock::now();
    const bool guarded = arguments.has("confirm");
    const auto patience = parse_duration(arguments.value("confirm", "0"));
    const auto gateway = load_gateway(context);
    apply::Pending pending;
    unsigned back_to = 0;
    apply::Outcome outcome;
    size_t count = 0;
    {
        // Let go before the guardian starts, which would inherit it.
        apply::Kernel kernel;
        const auto lock = take_lock(context, arguments);
        settle_pending(context, gateway);
        const auto config = load_config_to_compare(context);
        count = config.tenants.size();
        auto history = history_of(context, gateway);
        if (guarded) {
            if (const auto good = history.last_good()) back_to = good->number;
        }
        const auto desired = desired::desired(config, apply::offload_here(config.gateway));
        outcome = make_so(
            kernel, desired, [&] { return kernel.observe(desired); }, names_of(config));
        tenants::Index(config, index_path()).save();
        peers_back();
        for (const auto& warning : underlay_warnings(kernel, config, desired))
            fmt::print(stderr, "gwctl: {}\n", warning);
        if (outcome.rounds != 0) {
            auto entry = new_entry(context, outcome);
            if (guarded) entry.result = apply::Result::unconfirmed;
            const auto number = record(context, gateway, std::move(entry));
            pending = {number, std::time(nullptr) + patience.count(), apply::boot_id()};
            if (guarded && number == 0) throw Error("it is in effect, and will not be taken back by itself");
            if (guarded) history.set_pending(pending);
        }
    }
    report(context, fmt::format("{} tenant{}", count, count == 1 ? "" : "s"), outcome, seconds_since(start));
    if (guarded && outcome.rounds != 0) {
        fmt::print(stderr, "goes back in {} s unless `gwctl confirm` follows\n", patience.count());
        std::fflush(nullptr);
        start_guardian(context, gateway, pending, back_to);
    }
    return kDone;
}

int run_down(const Context& context, const Arguments& arguments) {
    const auto start = std::chrono::steady_clock::now();
    apply::Kernel kernel;
    const auto lock = take_lock(context, arguments);
    apply::Memory memory;
    const auto desired = apply::nothing(kernel.observe({}), memory, kernel.other_vrfs());
    const auto outcome = make_so(kernel, desired, [&] { return kernel.observe(desired); }, {});
    memory.forget();
    peers_away();
    report(context, "gateway", outcome, seconds_since(start));
    return kDone;
}

}  // namespace nvi::cli
