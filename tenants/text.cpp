// SPDX-License-Identifier: GPL-2.0-or-later
// Escaping of hostile text, and edit distance.
#include "tenants/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

namespace nvi::tenants {

namespace {

void append_hex(std::string& out, uint32_t value, int digits) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += kDigits[(value >> shift) & 15];
}

// Format characters that change what a terminal shows without being seen (Unicode category Cf and the
// line and paragraph separators), as far as they are a danger in one line of text.
bool is_invisible(char32_t c) {
    return c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe007f);
}

void append_printable(std::string& out, std::string_view bytes, const CodePoint& point) {
    if (!point.valid || point.value < 0x20 || (point.value >= 0x7f && point.value < 0xa0)) {
        if (point.valid && point.value == '\t') {
            out += ' ';
            return;
        }
        out += "\\x";
        append_hex(out, point.valid ? point.value : static_cast<uint8_t>(bytes[0]), 2);
    } else if (is_invisible(point.value)) {
        out += point.value > 0xffff ? "\\U" : "\\u";
        append_hex(out, point.value, point.value > 0xffff ? 8 : 4);
    } else {
        out += bytes;
    }
}

}  // namespace

std::string in_list(const std::vector<std::string>& items) {
    std::string out;
    for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
    return "[" + out + "]";
}

CodePoint first_code_point(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
    if (text.empty()) return {};
    const uint8_t lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {lead, 1, false};
    char32_t value = lead & (0x7fU >> length);
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {lead, 1, false};
        value = value << 6 | (byte(i) & 0x3fU);
    }
    constexpr std::array<char32_t, 5> kLowest = {0, 0, 0x80, 0x800, 0x10000};
    if (value < kLowest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return {lead, 1, false};
    return {value, length, true};
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        append_printable(out, text.substr(0, point.bytes), point);
        text.remove_prefix(point.bytes);
    }
    return out;
}

std::string in_quotes(std::string_view text) {
    constexpr size_t kLongest = 120;  // code points
    std::string out = "\"";
    for (size_t count = 0; !text.empty(); ++count) {
        if (count == kLongest) {
            out += "…";
            break;
        }
        const CodePoint point = first_code_point(text);
        if (point.value == '"' || point.value == '\\') out += '\\';
        append_printable(out, text.substr(0, point.bytes), point);
        text.remove_prefix(point.bytes);
    }
    return out += '"';
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& names) {
    constexpr size_t kLongest = 64;  // nobody mistypes more, and hostile words cost nothing
    if (word.empty() || word.size() > kLongest) return {};

    // Distance with transpositions of neighbours (optimal string alignment): three rows suffice.
    const auto distance = [&](std::string_view name) {
        std::vector<size_t> before(name.size() + 1), last(name.size() + 1), row(name.size() + 1);
        std::iota(last.begin(), last.end(), 0U);
        for (size_t i = 1; i <= word.size(); ++i) {
            row[0] = i;
            for (size_t j = 1; j <= name.size(); ++j) {
                const size_t substitution = last[j - 1] + (word[i - 1] == name[j - 1] ? 0 : 1);
                row[j] = std::min({last[j] + 1, row[j - 1] + 1, substitution});
                if (i > 1 && j > 1 && word[i - 1] == name[j - 2] && word[i - 2] == name[j - 1])
                    row[j] = std::min(row[j], before[j - 2] + 1);
            }
            before.swap(last);
            last.swap(row);
        }
        return last[name.size()];
    };

    std::string_view best;
    size_t best_distance = 0;
    for (const std::string_view name : names) {
        const size_t found = distance(name);
        const size_t bound = std::max<size_t>(1, std::max(word.size(), name.size()) / 3);
        if (found <= bound && (best.empty() || found < best_distance)) {
            best = name;
            best_distance = found;
        }
    }
    return best;
}

}  // namespace nvi::tenants
