// SPDX-License-Identifier: GPL-2.0-or-later
// The text of errors that the system gave.
#include "gateway/net/error.hpp"

#include <system_error>

namespace nvi {

Error Error::system(const std::string& what, int code, const std::string& kernel_words) {
    // generic_category() and not strerror(): the latter's buffer is shared by threads.
    std::string message = what + ": " + std::generic_category().message(code);
    if (!kernel_words.empty()) message += " (kernel: \"" + kernel_words + "\")";
    return Error(std::move(message), code);
}

}  // namespace nvi
