// SPDX-License-Identifier: GPL-2.0-or-later
// Observe, compare, change, and observe again until nothing differs.
#include "gateway/apply/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "gateway/net/error.hpp"

namespace nvi::apply {

namespace {

constexpr size_t kRounds = 4;
constexpr size_t kShown = 10;  // lines of a difference that remains

std::string remainder(const Diff& diff, const TenantNames& names) {
    const auto text = plan_text(plan(diff, names), false);
    size_t end = 0;
    for (size_t line = 0; line < kShown && end != std::string::npos; ++line) end = text.find('\n', end + 1);
    return end == std::string::npos ? text : text.substr(0, end) + "\n  ...\n";
}

}  // namespace

void refuse_foreign(const state::State& current, const state::State& desired) {
    std::string text;
    for (const auto& foreign : current.foreign) {
        const bool wanted = std::ranges::binary_search(desired.links, foreign.name, {}, &state::Link::name);
        if (!wanted) continue;
        text += fmt::format(
            "device {} exists, but the gateway did not make it (kind {}, group {}; ours have group {})\n",
            foreign.name, foreign.kind.empty() ? "unknown" : foreign.kind, foreign.group, state::kLinkGroup);
    }
    if (!text.empty()) {
        throw Error(
            text + "Nothing was changed. Delete or rename what is in the way, or choose another tenant id.",
            EEXIST);
    }
}

Outcome apply(Kernel& kernel, const state::State& desired, const Observe& observe, const TenantNames& names,
              const Progress& progress) {
    Outcome outcome;
    for (size_t round = 0;; ++round) {
        const auto current = observe();
        refuse_foreign(current, desired);
        const auto changes = diff(current, desired);
        if (round == 0) outcome.totals = totals(changes);
        if (changes.empty()) return outcome;
        if (round == kRounds) {
            throw Error(
                fmt::format("after {} rounds the kernel still differs; is something else changing it?\n{}",
                            kRounds, remainder(changes, names)));
        }
        outcome.operations += carry_out(kernel, changes, desired, names, progress).operations;
        outcome.rounds = round + 1;
    }
}

}  // namespace nvi::apply
