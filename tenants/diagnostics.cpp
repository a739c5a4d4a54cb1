// SPDX-License-Identifier: GPL-2.0-or-later
// Sorting errors by place, finding their lines, and showing them.
#include "tenants/diagnostics.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "tenants/text.hpp"

namespace nvi::tenants {

namespace {

auto order(const Diagnostic& diagnostic) {
    const Place& place = diagnostic.place;
    return std::tie(place.file.str(), place.line, place.column, diagnostic.message);
}

// The line and the caret under it. Of a very long line only the part around the caret.
std::string quote_line(std::string_view line, uint32_t column) {
    constexpr uint32_t kBefore = 60;  // columns
    constexpr uint32_t kWidth = 100;
    constexpr std::string_view kIndent = "    ";
    const uint32_t caret = std::max(column, 1U) - 1;
    const uint32_t first = caret > kBefore + 20 ? caret - kBefore : 0;

    std::string shown(kIndent);
    std::string blank(kIndent);
    if (first > 0) {
        shown += "…";
        blank += ' ';
    }
    size_t width = 0;  // of what is shown, as escapes are longer than what they stand for
    for (uint32_t at = 0; !line.empty(); ++at) {
        const CodePoint point = first_code_point(line);
        const std::string_view bytes = line.substr(0, point.bytes);
        line.remove_prefix(point.bytes);
        if (at < first) continue;
        if (width >= kWidth && at > caret) {
            shown += "…";
            break;
        }
        const std::string text = printable(bytes);
        const size_t columns = text.size() > bytes.size() ? text.size() : 1;
        shown += text;
        width += columns;
        if (at < caret) blank.append(columns, ' ');
    }
    shown.erase(shown.find_last_not_of(' ') + 1);
    return shown + "\n" + blank + "^\n";
}

}  // namespace

void Diagnostics::add(Place place, std::string message) {
    list_.push_back({std::move(place), std::move(message), {}});
}

void Diagnostics::finish(const std::function<std::optional<std::string>(const std::string& file)>& text_of) {
    std::sort(list_.begin(), list_.end(), [](const auto& a, const auto& b) { return order(a) < order(b); });
    list_.erase(std::unique(list_.begin(), list_.end(),
                            [](const auto& a, const auto& b) { return order(a) == order(b); }),
                list_.end());

    const std::string* file = nullptr;
    std::string text;
    size_t offset = 0;  // where `line` begins in `text`
    uint32_t line = 0;
    for (Diagnostic& diagnostic : list_) {
        if (diagnostic.place.line == 0) continue;
        if (file == nullptr || *file != diagnostic.place.file.str()) {
            file = &diagnostic.place.file.str();
            text = text_of(*file).value_or("");
            if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);  // a byte order mark has no column
            offset = 0;
            line = 1;
        }
        while (line < diagnostic.place.line && offset < text.size()) {
            offset = std::min(text.find('\n', offset), text.size() - 1) + 1;
            ++line;
        }
        if (line != diagnostic.place.line || offset >= text.size()) continue;
        diagnostic.source = text.substr(offset, text.find('\n', offset) - offset);
        if (diagnostic.source.ends_with('\r')) diagnostic.source.pop_back();
    }
}

std::string render(const Diagnostic& diagnostic) {
    std::string out = printable(diagnostic.place.str());
    if (!out.empty()) out += ": ";
    out += printable(diagnostic.message) + "\n";
    if (!diagnostic.source.empty()) out += quote_line(diagnostic.source, diagnostic.place.column);
    return out;
}

std::string Diagnostics::text() const {
    std::string out;
    for (const Diagnostic& diagnostic : list_) out += render(diagnostic);
    return out;
}

}  // namespace nvi::tenants
