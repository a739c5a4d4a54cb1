// SPDX-License-Identifier: GPL-2.0-or-later
// The state in which the gateway has made nothing.
#pragma once

#include "gateway/apply/kernel.hpp"
#include "gateway/apply/memory.hpp"

namespace nvi::apply {

// Without any object of ours; with the sysctls as they were, and the local table's rule at 0 where we
// moved it. The l3mdev rule stays while VRFs of others are there: they need it.
state::State nothing(const state::State& current, const Memory& memory, bool other_vrfs);

}  // namespace nvi::apply
