// SPDX-License-Identifier: GPL-2.0-or-later
// For tests: a stop in front of the K-th change.
#include "gateway/apply/injection.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "gateway/net/error.hpp"

namespace nvi::apply {

namespace {

size_t number(const char* variable) {
    const char* text = std::getenv(variable);
    return text == nullptr ? 0 : std::strtoul(text, nullptr, 10);
}

}  // namespace

Injection::Injection() : kill_before_(number("NVI_KILL_BEFORE")), fail_before_(number("NVI_FAIL_BEFORE")) {}

void Injection::before_change() {
    ++changes_;
    if (changes_ == kill_before_) kill(getpid(), SIGKILL);
    if (changes_ == fail_before_) {
        throw Error::system(fmt::format("change {}", changes_), ECANCELED, "failure injected for a test");
    }
}

}  // namespace nvi::apply
