// SPDX-License-Identifier: GPL-2.0-or-later
// One change at a time: a lock for each network namespace, and the folder it lives in.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "gateway/net/fd.hpp"

namespace nvi::apply {

// /run/nvi-gateway/INODE of the calling thread's network namespace; made if it is not there. What is
// kept there lives as long as the namespace does: not longer than this boot.
std::filesystem::path runtime_directory();

class Lock {
  public:
    // Waits `patience` for whoever holds it; `waiting` is called once, with who that is, before the
    // wait. Throws Error(EBUSY) that names the holder. `command` is what a second one is told.
    static Lock take(const std::filesystem::path& directory, const std::string& command,
                     std::chrono::milliseconds patience,
                     const std::function<void(const std::string&)>& waiting);

  private:
    explicit Lock(Fd fd) : fd_(std::move(fd)) {}
    Fd fd_;  // the lock is let go when it closes, and so when the process ends in any way
};

}  // namespace nvi::apply
