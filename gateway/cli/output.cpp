// SPDX-License-Identifier: GPL-2.0-or-later
// What verbs print with.
#include "gateway/cli/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "gateway/cli/verb.hpp"

namespace nvi::cli {

void print_json(const nlohmann::json& document) {
    // Names and the kernel's words may hold bytes that are not UTF-8.
    fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_list(const Context& context, const nlohmann::json& document,
                const std::vector<std::vector<std::string>>& rows) {
    if (context.json) {
        print_json(document);
    } else {
        fmt::print("{}", aligned(rows));
    }
}

std::string aligned(const std::vector<std::vector<std::string>>& rows, size_t indent) {
    std::vector<size_t> widths;
    for (const auto& row : rows) {
        if (row.size() > widths.size()) widths.resize(row.size());
        for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line(indent, ' ');
        for (size_t i = 0; i < row.size(); ++i) {
            line += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

std::chrono::seconds parse_duration(const std::string& text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string unit(end, text.data() + text.size());
    const unsigned scale = unit.empty() || unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
    if (error != std::errc() || scale == 0 || number > 1000000) {
        throw UsageError(fmt::format("not a duration: \"{}\" (as 60s, 5m or 90)", text));
    }
    return std::chrono::seconds(static_cast<long>(number) * static_cast<long>(scale));
}

ProgressLine::ProgressLine() : terminal_(isatty(STDERR_FILENO) != 0) {}
ProgressLine::~ProgressLine() {
    clear();
}

void ProgressLine::update(const std::string& what, size_t done, size_t of) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now < next_) return;
    next_ = now + std::chrono::milliseconds(100);
    drawn_ = true;
    fmt::print(stderr, "\r\033[K{} of {}  {}", done, of, what);
    std::fflush(stderr);
}

void ProgressLine::clear() {
    if (drawn_) fmt::print(stderr, "\r\033[K");
    drawn_ = false;
}

}  // namespace nvi::cli
