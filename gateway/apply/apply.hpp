// SPDX-License-Identifier: GPL-2.0-or-later
// Observe, compare, change, and observe again until nothing differs.
#pragma once

#include <functional>
#include <string>

#include "gateway/apply/executor.hpp"

namespace nvi::apply {

struct Outcome {
    Totals totals;  // what the first comparison found
    size_t operations{};
    size_t rounds{};  // 0: nothing was to be done
};

using Observe = std::function<state::State()>;

// Makes the kernel as `desired`. What is deleted may take other objects along (a device its routes), and
// others may change the kernel meanwhile, so after the changes it is compared anew, a few times at most; when
// they were of few tenants, only what these have.
// Throws Error when the kernel refuses, when devices of others have our names, or when there still is a
// difference in the end (which it names).
Outcome apply(Kernel& kernel, const state::State& desired, const Observe& observe, const TenantNames& names,
              const Progress& progress);

// Throws Error that names every device of somebody else's which has a name that `desired` needs.
void refuse_foreign(const state::State& current, const state::State& desired);

}  // namespace nvi::apply
