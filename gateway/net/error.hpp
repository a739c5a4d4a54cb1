// SPDX-License-Identifier: GPL-2.0-or-later
// The one error type of the gateway's libraries. Libraries throw it and never print.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace nvi {

// A failure with a positive errno (0 where none applies). Each caller that knows more puts its
// context in front: "tenant acme: add route 10.0.0.7/32 table 1001: No such device (kernel: ...)".
class Error : public std::exception {
  public:
    explicit Error(std::string message, int code = 0) : message_(std::move(message)), code_(code) {}
    // "WHAT: strerror(code)", with the kernel's own words behind it when there are any.
    static Error system(const std::string& what, int code, const std::string& kernel_words = {});

    Error& within(const std::string& context) {
        message_ = context + ": " + message_;
        return *this;
    }
    int code() const noexcept { return code_; }
    const char* what() const noexcept override { return message_.c_str(); }

  private:
    std::string message_;
    int code_;
};

}  // namespace nvi
