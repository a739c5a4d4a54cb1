// SPDX-License-Identifier: GPL-2.0-or-later
// What the verbs do. Each prints its result and returns the exit status; errors are thrown.
#pragma once

#include "gateway/cli/verb.hpp"

namespace nvi::cli {

int run_check(const Context& context, const Arguments& arguments);
int run_plan(const Context& context, const Arguments& arguments);
int run_apply(const Context& context, const Arguments& arguments);
int run_confirm(const Context& context, const Arguments& arguments);
int run_rollback(const Context& context, const Arguments& arguments);
int run_history(const Context& context, const Arguments& arguments);
int run_tenant_add(const Context& context, const Arguments& arguments);
int run_tenant_list(const Context& context, const Arguments& arguments);
int run_tenant_show(const Context& context, const Arguments& arguments);
int run_tenant_remove(const Context& context, const Arguments& arguments);
int run_service_add(const Context& context, const Arguments& arguments);
int run_service_drain(const Context& context, const Arguments& arguments);
int run_service_remove(const Context& context, const Arguments& arguments);
int run_service_list(const Context& context, const Arguments& arguments);
int run_rule_add(const Context& context, const Arguments& arguments);
int run_rule_remove(const Context& context, const Arguments& arguments);
int run_rule_list(const Context& context, const Arguments& arguments);
int run_peering_add(const Context& context, const Arguments& arguments);
int run_peering_remove(const Context& context, const Arguments& arguments);
int run_peering_list(const Context& context, const Arguments& arguments);
int run_limit_set(const Context& context, const Arguments& arguments);
int run_limit_remove(const Context& context, const Arguments& arguments);
int run_limit_show(const Context& context, const Arguments& arguments);
int run_stats(const Context& context, const Arguments& arguments);
int run_status(const Context& context, const Arguments& arguments);
int run_flows(const Context& context, const Arguments& arguments);
int run_who(const Context& context, const Arguments& arguments);
int run_peers(const Context& context, const Arguments& arguments);
int run_peer_export(const Context& context, const Arguments& arguments);
int run_down(const Context& context, const Arguments& arguments);
int run_version(const Context& context, const Arguments& arguments);
int run_schema(const Context& context, const Arguments& arguments);
int run_completion(const Context& context, const Arguments& arguments);
int run_help(const Context& context, const Arguments& arguments);

// KIND add, KIND remove and KIND list of each kind of binding. `wait` is the options of verbs that change
// something.
std::vector<Verb> binding_verbs(std::span<const Option> wait);

}  // namespace nvi::cli
