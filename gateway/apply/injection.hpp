// SPDX-License-Identifier: GPL-2.0-or-later
// For tests: ends the program, or fails, in front of the K-th change to the kernel.
#pragma once

#include <cstddef>

namespace nvi::apply {

// NVI_KILL_BEFORE=K: SIGKILL in front of change K (from 1). NVI_FAIL_BEFORE=K: an Error there, as if
// the kernel had refused. With either set, changes go to the kernel one by one.
class Injection {
  public:
    Injection();  // from the environment
    bool active() const { return kill_before_ != 0 || fail_before_ != 0; }
    void before_change();
    size_t changes() const { return changes_; }

  private:
    size_t kill_before_;
    size_t fail_before_;
    size_t changes_ = 0;
};

}  // namespace nvi::apply
