// SPDX-License-Identifier: GPL-2.0-or-later
// Carries out a difference: the one place that changes the kernel.
#pragma once

#include <cstddef>
#include <functional>

#include "gateway/apply/diff.hpp"
#include "gateway/apply/kernel.hpp"
#include "gateway/apply/order.hpp"
#include "gateway/apply/plan.hpp"

namespace nvi::apply {

using Progress = std::function<void(Stage, size_t done, size_t of)>;

struct Work {
    size_t operations{};
    size_t messages{};  // to rtnetlink
};

// In the order of order(). Stops at the first stage in which the kernel refuses something: throws Error
// that names the tenant, the object, the kernel's words, and how much remains. `desired` is what `diff`
// was made for; all its nft elements are needed when the frame is replaced.
Work carry_out(Kernel& kernel, const Diff& diff, const state::State& desired, const TenantNames& names,
               const Progress& progress);

}  // namespace nvi::apply
