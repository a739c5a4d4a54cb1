// SPDX-License-Identifier: GPL-2.0-or-later
// Observe, compare, change, and observe again until nothing differs.
#include "gateway/apply/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>

#include "gateway/apply/tenant.hpp"
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

// Whose objects differ; nothing when they are the gateway's own or of many.
std::optional<std::set<state::TenantId>> few_owners(const Diff& diff) {
    constexpr size_t kFew = 8;
    std::set<state::TenantId> owners;
    size_t counted = 0;
    const auto few = [&](const auto& changes) {
        counted += changes.size();
        return std::ranges::all_of(changes, [&](const auto& change) {
            owners.insert(change.object().tenant);
            return owners.size() <= kFew;
        });
    };
    const bool all = few(diff.links) && few(diff.addresses) && few(diff.routes) && few(diff.neighbours) &&
                     few(diff.services) && few(diff.elements);
    // What was not counted has no tenant: sysctls, rules, programs, the frame.
    if (!all || counted != diff.size() || owners.contains(0)) return std::nullopt;
    return owners;
}

// After a change of few tenants: whether theirs is as it shall be. Nobody else is looked at.
bool is_made(Kernel& kernel, const Diff& changes, const state::State& former, const state::State& desired) {
    const auto owners = few_owners(changes);
    if (!owners) return false;
    return std::ranges::all_of(*owners, [&](state::TenantId owner) {
        const auto wanted = only(desired, owner);
        const auto current = only(kernel.observe_tenant(owner, wanted, only(former, owner)), owner);
        return diff(current, wanted).empty();
    });
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
        if (is_made(kernel, changes, current, desired)) return outcome;
    }
}

}  // namespace nvi::apply
