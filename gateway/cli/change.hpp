// SPDX-License-Identifier: GPL-2.0-or-later
// What the verbs that change the kernel have in common: the lock, the progress line, the report.
#pragma once

#include <string>

#include "gateway/apply/apply.hpp"
#include "gateway/apply/lock.hpp"
#include "gateway/cli/output.hpp"
#include "gateway/cli/verb.hpp"

namespace nvi::cli {

// The lock of this network namespace; says on stderr whom it waits for. --wait bounds the wait.
apply::Lock take_lock(const Context& context, const Arguments& arguments);

// apply::apply() with a progress line.
apply::Outcome make_so(apply::Kernel& kernel, const state::State& desired, const apply::Observe& observe,
                       const apply::TenantNames& names);

// "acme: 14 added; verified" or "acme: nothing to do"; as JSON with --json.
void report(const Context& context, const std::string& what, const apply::Outcome& outcome, double seconds);

}  // namespace nvi::cli
