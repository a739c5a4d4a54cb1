// SPDX-License-Identifier: GPL-2.0-or-later
// A difference as text: one line an object, grouped by tenant, as an operator would type it.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "gateway/apply/diff.hpp"

namespace nvi::apply {

// Names of tenants by id; an id that is not there prints as "tenant 1001".
using TenantNames = std::map<state::TenantId, std::string>;

// `names`, and those of other tenants that their devices tell by their aliases.
TenantNames names_of(const state::State& observed, TenantNames names);

struct PlanLine {
    Action action;
    const char* object;  // "link", "route", "element", ...
    std::string command;
    std::string was;  // for a change: the words of the present object that differ
};

struct PlanGroup {
    state::TenantId tenant{};  // 0: the gateway's own
    std::string name;
    std::vector<PlanLine> lines;
};

// The gateway's own objects first, then the tenants by name; in a group, in the order of State.
std::vector<PlanGroup> plan(const Diff& diff, const TenantNames& names);

struct Totals {
    size_t add{};
    size_t change{};
    size_t remove{};
    bool operator==(const Totals&) const = default;
};
Totals totals(const Diff& diff);

// "3 to add, 1 to change, 0 to remove"
std::string summary(const Totals& totals);

// + ~ - lines under a heading for each tenant; with ANSI colours if asked. Ends in a newline.
std::string plan_text(const std::vector<PlanGroup>& groups, bool colour);
nlohmann::json plan_json(const std::vector<PlanGroup>& groups);

}  // namespace nvi::apply
