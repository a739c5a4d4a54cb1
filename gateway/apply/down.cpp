// SPDX-License-Identifier: GPL-2.0-or-later
// The state in which the gateway has made nothing.
#include "gateway/apply/down.hpp"

#include <algorithm>

namespace nvi::apply {

state::State nothing(const state::State& current, const Memory& memory, bool other_vrfs) {
    state::State wanted;
    wanted.sysctls = memory.sysctls();
    for (const auto& rule : current.rules) {
        if (rule.l3mdev) {
            if (other_vrfs || !memory.was_absent(rule)) wanted.rules.push_back(rule);
        } else if (rule.foreign) {
            wanted.rules.push_back(rule);
        } else if (rule.table == state::kLocalTable) {
            // foreign: as the kernel made it, without our protocol.
            const state::Rule moved{.family = rule.family, .table = state::kLocalTable, .foreign = true};
            const bool there = std::ranges::find(current.rules, moved) != current.rules.end();
            if (!there) wanted.rules.push_back(moved);
        }
    }
    wanted.sort();
    return wanted;
}

}  // namespace nvi::apply
