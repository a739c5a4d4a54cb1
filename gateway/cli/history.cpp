// SPDX-License-Identifier: GPL-2.0-or-later
// confirm, rollback and history.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

#include "gateway/cli/change.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/record.hpp"
#include "gateway/net/error.hpp"

namespace nvi::cli {

namespace {

const char* result_text(apply::Result result) {
    switch (result) {
        case apply::Result::good:
            return "applied";
        case apply::Result::unconfirmed:
            return "awaits confirm";
        case apply::Result::reverted:
            return "taken back";
    }
    return "";
}

unsigned number_of(const std::string& text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number == 0) {
        throw UsageError(fmt::format("not a number of `gwctl history`: \"{}\"", text));
    }
    return number;
}

// The last good change before the one that is in effect.
unsigned previous(const apply::History& history) {
    const auto entries = history.entries();
    size_t good = 0;
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
        if (entry->result == apply::Result::good && ++good == 2) return entry->number;
    }
    throw Error("there is no earlier change to go back to; `gwctl history` lists them");
}

}  // namespace

int run_confirm(const Context& context, const Arguments& arguments) {
    const auto gateway = load_gateway(context);
    const auto lock = take_lock(context, arguments);
    auto history = history_of(context, gateway);
    const auto pending = history.pending();
    if (!pending) throw Error("no change awaits its confirmation; `gwctl history` shows what became of it");
    history.set(pending->entry, apply::Result::good);
    history.clear_pending();
    if (context.json) {
        print_json({{"confirmed", pending->entry}});
    } else {
        fmt::print("change {} is confirmed\n", pending->entry);
    }
    return kDone;
}

int run_rollback(const Context& context, const Arguments& arguments) {
    const auto start = std::chrono::steady_clock::now();
    const auto gateway = load_gateway(context);
    const auto lock = take_lock(context, arguments);
    auto history = history_of(context, gateway);
    const auto pending = history.pending();
    unsigned number = 0;
    if (!arguments.positionals.empty()) {
        number = number_of(arguments.positionals[0]);
    } else if (!pending) {
        number = previous(history);
    } else if (const auto good = history.last_good()) {
        number = good->number;
    }
    const auto outcome = go_back(context, gateway, number);
    if (pending) {
        history.set(pending->entry, apply::Result::reverted);
        history.clear_pending();
    }
    if (number != 0) record(context, load_gateway(context), new_entry(context, outcome));
    const auto what = number == 0 ? std::string("back to nothing") : fmt::format("back to change {}", number);
    report(context, what, outcome,
           std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    return kDone;
}

int run_history(const Context& context, const Arguments&) {
    const auto history = history_of(context, load_gateway(context));
    const auto entries = history.entries();
    if (context.json) {
        auto list = nlohmann::json::array();
        for (const auto& entry : entries) {
            list.push_back({{"number", entry.number},
                            {"time", entry.time},
                            {"user", entry.user},
                            {"result", result_text(entry.result)},
                            {"command", entry.command},
                            {"files", entry.files},
                            {"summary", entry.summary}});
        }
        print_json(list);
        return kDone;
    }
    std::vector<std::vector<std::string>> rows = {
        {"N", "TIME", "USER", "RESULT", "FILES", "KERNEL", "COMMAND"}};
    for (const auto& entry : entries) {
        rows.push_back({std::to_string(entry.number),
                        fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(entry.time)), entry.user,
                        result_text(entry.result), entry.files, entry.summary, entry.command});
    }
    fmt::print("{}", aligned(rows));
    return kDone;
}

}  // namespace nvi::cli
