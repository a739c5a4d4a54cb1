// SPDX-License-Identifier: GPL-2.0-or-later
// Text that came from a file and goes to a terminal; names that were mistyped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nvi::tenants {

// The text with everything escaped that could move a cursor, hide or reorder what is shown: control
// characters (\x1b), bytes that are not UTF-8 (\xff), bidirectional and zero-width marks (\u202e).
// A tab becomes one space, so that columns stay columns. The result is valid UTF-8.
std::string printable(std::string_view text);

// printable(), in double quotes; shortened when it is very long.
std::string in_quotes(std::string_view text);

// The items as a TOML array: "[a, b]".
std::string in_list(const std::vector<std::string>& items);

// Splits off the first code point, or one byte where the text is not UTF-8 (then valid is false).
struct CodePoint {
    char32_t value{};
    size_t bytes{};
    bool valid{};
};
CodePoint first_code_point(std::string_view text);

// The name that a person most likely meant; empty when none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& names);

}  // namespace nvi::tenants
