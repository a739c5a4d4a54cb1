// SPDX-License-Identifier: GPL-2.0-or-later
// From text to TOML, guarding the parser against what it does not bear.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace nvi::tenants {

// Why and where (from 1) a text is not TOML.
struct SyntaxError : std::exception {
    SyntaxError(std::string words, uint32_t at_line, uint32_t at_column)
        : message(std::move(words)), line(at_line), column(at_column) {}
    const char* what() const noexcept override { return message.c_str(); }

    std::string message;
    uint32_t line;
    uint32_t column;
};

// Throws SyntaxError.
toml::table parse_toml(std::string_view text);

}  // namespace nvi::tenants
