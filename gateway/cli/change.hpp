// SPDX-License-Identifier: GPL-2.0-or-later
// What the verbs that change the kernel have in common: the lock, the progress line, the report.
#pragma once

#include <functional>
#include <string>

#include "gateway/apply/apply.hpp"
#include "gateway/apply/lock.hpp"
#include "gateway/cli/output.hpp"
#include "gateway/cli/verb.hpp"
#include "tenants/index.hpp"

namespace nvi::cli {

// The lock of this network namespace; says on stderr whom it waits for. --wait bounds the wait.
apply::Lock take_lock(const Context& context, const Arguments& arguments);

// apply::apply() with a progress line.
apply::Outcome make_so(apply::Kernel& kernel, const state::State& desired, const apply::Observe& observe,
                       const apply::TenantNames& names);

// "acme: 14 added; verified" or "acme: nothing to do"; as JSON with --json.
void report(const Context& context, const std::string& what, const apply::Outcome& outcome, double seconds);

// The first positional. Throws UsageError when no tenant can have that name.
std::string tenant_name(const Arguments& arguments);

// What all tenants claim. Throws InputError when a file of theirs is wrong.
tenants::Index open_index(const Context& context, const tenants::Gateway& gateway);
// A tenant's text checked as `check` would with its file in place. At ten thousand tenants their files are
// not read for it: the index knows what they claim. Throws InputError.
tenants::Tenant check_against_others(const tenants::Index& index, const tenants::Gateway& gateway,
                                     const std::string& name, const std::string& text);

// Changes a tenant's file by `edit`, which gives the new text, and applies that tenant alone. Throws
// UsageError, InputError, or Error when the kernel refuses; file and kernel are as they were then.
void change_tenant(
    const Context& context, const Arguments& arguments, const std::string& name,
    const std::function<std::string(const tenants::Tenant& tenant, const std::string& text)>& edit);

}  // namespace nvi::cli
