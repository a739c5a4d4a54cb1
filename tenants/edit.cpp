// SPDX-License-Identifier: GPL-2.0-or-later
// Edits of source text, by the places that the TOML parser gives.
#include "tenants/edit.hpp"

#include <algorithm>

#include "gateway/net/error.hpp"
#include "tenants/parse.hpp"
#include "tenants/text.hpp"

namespace nvi::tenants {

namespace {

Error cannot_edit(std::string_view table) {
    return Error("[[" + std::string(table) + "]] is written in a way that only a person can edit");
}

toml::table parse(std::string_view text) {
    try {
        return parse_toml(text);
    } catch (const SyntaxError& error) {
        throw Error("not valid TOML: " + error.message);
    }
}

toml::array* find_list(toml::table& root, std::string_view table) {
    toml::node* node = root.get(table);
    return node == nullptr ? nullptr : node->as_array();
}

// The list with at least `number` + 1 entries.
toml::array& need_entry(toml::table& root, std::string_view table, size_t number) {
    toml::array* list = find_list(root, table);
    if (list == nullptr || number >= list->size())
        throw Error("there is no [[" + std::string(table) + "]] number " + std::to_string(number + 1));
    return *list;
}

// Whether the list is written as host = [ {…}, {…} ].
bool is_inline(const toml::array& list) {
    const toml::table* first = list.empty() ? nullptr : list.get_as<toml::table>(0);
    return first == nullptr || first->is_inline();
}

// The last line on which something of the node stands.
uint32_t last_line(const toml::node& node) {
    uint32_t line = node.source().end.line;
    if (const auto* table = node.as_table())
        for (const auto& [key, value] : *table) line = std::max(line, last_line(value));
    if (const auto* list = node.as_array())
        for (const auto& item : *list) line = std::max(line, last_line(item));
    return line;
}

size_t offset_of(std::string_view text, const toml::source_position& position) {
    size_t offset = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
    for (uint32_t line = 1; line < position.line; ++line) {
        offset = text.find('\n', offset);
        if (offset == std::string_view::npos) return text.size();
        ++offset;
    }
    for (uint32_t column = 1; column < position.column && offset < text.size(); ++column)
        offset += first_code_point(text.substr(offset)).bytes;
    return offset;
}

// The text by lines, each with its line end; a line's number counts from 1.
class Lines {
  public:
    explicit Lines(std::string_view text) {
        while (!text.empty()) {
            const size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
            lines_.push_back(text.substr(0, length));
            text.remove_prefix(length);
        }
    }
    uint32_t count() const { return static_cast<uint32_t>(lines_.size()); }
    std::string_view at(uint32_t number) const {
        return number >= 1 && number <= count() ? lines_[number - 1] : std::string_view();
    }
    bool is_blank(uint32_t number) const {
        return at(number).find_first_not_of(" \t\r\n") == std::string_view::npos;
    }
    bool is_comment(uint32_t number) const {
        const size_t start = at(number).find_first_not_of(" \t");
        return start != std::string_view::npos && at(number)[start] == '#';
    }
    std::string join(uint32_t first, uint32_t last) const {
        std::string out;
        for (uint32_t number = first; number <= last; ++number) out += at(number);
        return out;
    }

  private:
    std::vector<std::string_view> lines_;
};

// The last line that belongs to an entry whose last key is on `line`: comments that follow at once belong
// to it, unless what they stand directly above is the next table.
uint32_t end_of_entry(const Lines& lines, uint32_t line) {
    uint32_t end = line;
    while (lines.is_comment(end + 1)) ++end;
    return end == lines.count() || lines.is_blank(end + 1) ? end : line;
}

std::string inline_text(const Entry& entry) {
    std::string out;
    for (const auto& [key, value] : entry.keys)
        out += (out.empty() ? "{ " : ", ") + std::string(key) + " = " + value;
    return out + " }";
}

std::string with_line_ends_of(std::string_view text, const std::string& added) {
    if (text.find("\r\n") == std::string_view::npos) return added;
    std::string out;
    for (const char c : added) {
        if (c == '\n') out += '\r';
        out += c;
    }
    return out;
}

std::string append_inline(std::string_view text, const toml::array& list, const Entry& entry) {
    const size_t closing = offset_of(text, list.source().end) - 1;
    size_t at = closing;
    if (list.empty())
        return std::string(text.substr(0, at)) + inline_text(entry) + std::string(text.substr(at));
    // Behind the last item, and behind its comma if there is one.
    at = offset_of(text, list.back().source().end);
    const size_t comma = text.find_first_not_of(" \t\r\n", at);
    const bool has_comma = comma != std::string_view::npos && text[comma] == ',';
    if (has_comma) at = comma + 1;
    std::string added = (has_comma ? " " : ", ") + inline_text(entry);
    // Where each item has its own line, the new one has, too.
    const size_t line_start = text.rfind('\n', offset_of(text, list.back().source().begin)) + 1;
    const size_t indent = text.find_first_not_of(" \t", line_start) - line_start;
    if (offset_of(text, list.back().source().begin) == line_start + indent)
        added =
            (has_comma ? "\n" : ",\n") + std::string(text.substr(line_start, indent)) + inline_text(entry);
    if (has_comma) added += ',';
    return std::string(text.substr(0, at)) + with_line_ends_of(text, added) + std::string(text.substr(at));
}

std::string remove_inline(std::string_view text, const toml::array& list, size_t number) {
    constexpr std::string_view kSpace = " \t\r\n";
    size_t begin = offset_of(text, list.get(number)->source().begin);
    size_t end = offset_of(text, list.get(number)->source().end);
    const size_t next = text.find_first_not_of(kSpace, end);
    if (next != std::string_view::npos && text[next] == ',') {
        end = std::min(text.find_first_not_of(" \t", next + 1), text.size());
        // Alone on its line: the line goes.
        const size_t line_start = text.rfind('\n', begin) + 1;
        const bool alone = text.find_first_not_of(" \t", line_start) == begin;
        if (alone && end < text.size() && (text[end] == '\n' || text[end] == '\r')) {
            begin = line_start;
            end = text.find('\n', end) + 1;
        }
    } else if (number > 0) {
        begin = offset_of(text, list.get(number - 1)->source().end);  // with the comma before it
    }
    return std::string(text.substr(0, begin)) + std::string(text.substr(end));
}

std::string remove_lines(std::string_view text, uint32_t header, uint32_t last) {
    const Lines lines(text);
    uint32_t first = header;
    while (first > 1 && lines.is_comment(first - 1)) --first;
    last = end_of_entry(lines, last);
    // One blank line stays between what was before and what comes behind; none at the end.
    if (lines.is_blank(first - 1))
        while (last < lines.count() && lines.is_blank(last + 1)) ++last;
    if (last >= lines.count())
        while (first > 1 && lines.is_blank(first - 1)) --first;
    return lines.join(1, first - 1) + lines.join(last + 1, lines.count());
}

// The result must say what was meant, whatever way the file was written in.
std::string verified(std::string text, const toml::table& meant, std::string_view table) {
    try {
        if (parse_toml(text) == meant) return text;
    } catch (const SyntaxError&) {
        // not even TOML any more
    }
    throw cannot_edit(table);
}

}  // namespace

std::string append_entry(std::string_view text, const Entry& entry) {
    toml::table root = parse(text);
    if (root.contains(entry.table) && find_list(root, entry.table) == nullptr) throw cannot_edit(entry.table);
    toml::table added = parse("entry = " + inline_text(entry));

    std::string result;
    const toml::array* list = find_list(root, entry.table);
    if (list != nullptr && is_inline(*list)) {
        result = append_inline(text, *list, entry);
    } else {
        const Lines lines(text);
        const uint32_t at = list == nullptr ? lines.count() : end_of_entry(lines, last_line(list->back()));
        std::string before = lines.join(1, at);
        std::string behind = lines.join(at + 1, lines.count());
        const bool blank = at == 0 || lines.is_blank(at);
        std::string block = (blank ? "" : "\n") + header_text(entry);
        if (!before.empty() && before.back() != '\n') block.insert(0, "\n");
        if (!behind.empty() && !lines.is_blank(at + 1)) block += "\n";
        result = before + with_line_ends_of(text, block) + behind;
    }

    if (list == nullptr) root.insert(entry.table, toml::array{});
    find_list(root, entry.table)->push_back(*added.get_as<toml::table>("entry"));
    return verified(std::move(result), root, entry.table);
}

std::string insert_entry(std::string_view text, const Entry& entry, size_t number) {
    toml::table root = parse(text);
    const toml::array* there = find_list(root, entry.table);
    if (number == (there == nullptr ? 0 : there->size())) return append_entry(text, entry);
    toml::array& list = need_entry(root, entry.table, number);
    const toml::table added = parse("entry = " + inline_text(entry));

    const toml::source_position& begin = list.get(number)->source().begin;
    std::string result;
    if (is_inline(list)) {
        const size_t at = offset_of(text, begin);
        result = std::string(text.substr(0, at)) + inline_text(entry) + ", " + std::string(text.substr(at));
    } else {
        const Lines lines(text);
        uint32_t first = begin.line;
        while (first > 1 && lines.is_comment(first - 1)) --first;
        result = lines.join(1, first - 1) + with_line_ends_of(text, header_text(entry) + "\n") +
                 lines.join(first, lines.count());
    }
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(number), *added.get_as<toml::table>("entry"));
    return verified(std::move(result), root, entry.table);
}

std::string remove_entry(std::string_view text, std::string_view table, size_t number) {
    toml::table root = parse(text);
    toml::array& list = need_entry(root, table, number);
    const toml::node& entry = *list.get(number);
    const bool lies_inline = is_inline(list);
    std::string result = lies_inline ? remove_inline(text, list, number)
                                     : remove_lines(text, entry.source().begin.line, last_line(entry));

    list.erase(list.begin() + static_cast<std::ptrdiff_t>(number));
    if (list.empty() && !lies_inline) root.erase(table);
    return verified(std::move(result), root, table);
}

std::string replace_value(std::string_view text, std::string_view table, size_t number, std::string_view key,
                          std::string_view value) {
    toml::table root = parse(text);
    const toml::table replacement = parse("value = " + std::string(value));
    toml::table* entry = need_entry(root, table, number).get_as<toml::table>(number);
    const toml::node* old = entry == nullptr ? nullptr : entry->get(key);
    if (old == nullptr)
        throw Error("[[" + std::string(table) + "]] number " + std::to_string(number + 1) + " has no key \"" +
                    std::string(key) + "\"");
    const size_t begin = offset_of(text, old->source().begin);
    const size_t end = offset_of(text, old->source().end);
    std::string result =
        std::string(text.substr(0, begin)) + std::string(value) + std::string(text.substr(end));
    entry->insert_or_assign(key, *replacement.get("value"));
    return verified(std::move(result), root, table);
}

namespace {

// { a = 1, b = 2 } of what an inline table has, each value as it is written; `changed` in the place of
// what the key had, or without the key where it is empty.
std::string inline_table(std::string_view text, const toml::table& table, std::string_view key,
                         std::string_view changed) {
    std::string items;
    const auto add = [&](std::string_view name, std::string_view value) {
        items += (items.empty() ? "{ " : ", ") + std::string(name) + " = " + std::string(value);
    };
    for (const auto& [name, value] : table) {
        if (name.str() == key) continue;
        const size_t begin = offset_of(text, value.source().begin);
        add(name.str(), text.substr(begin, offset_of(text, value.source().end) - begin));
    }
    if (!changed.empty()) add(key, changed);
    return items.empty() ? "{}" : items + " }";
}

// The text with other words where the node stood.
std::string in_place_of(std::string_view text, const toml::node& node, const std::string& words) {
    return std::string(text.substr(0, offset_of(text, node.source().begin))) + words +
           std::string(text.substr(offset_of(text, node.source().end)));
}

Error cannot_edit_table(std::string_view table) {
    return Error("[" + std::string(table) + "] is written in a way that only a person can edit");
}

}  // namespace

std::string set_value(std::string_view text, std::string_view table, size_t number, std::string_view key,
                      std::string_view value) {
    toml::table root = parse(text);
    toml::table* entry = need_entry(root, table, number).get_as<toml::table>(number);
    if (entry == nullptr || entry->contains(key)) return replace_value(text, table, number, key, value);
    const toml::table meant = parse("value = " + std::string(value));
    std::string result;
    if (entry->is_inline()) {
        result = in_place_of(text, *entry, inline_table(text, *entry, key, value));
    } else {
        const Lines lines(text);
        const uint32_t at = last_line(*entry);
        std::string before = lines.join(1, at);
        if (!before.empty() && before.back() != '\n') before += with_line_ends_of(text, "\n");
        result = before + with_line_ends_of(text, std::string(key) + " = " + std::string(value) + "\n") +
                 lines.join(at + 1, lines.count());
    }
    entry->insert(key, *meant.get("value"));
    return verified(std::move(result), root, table);
}

std::string set_key(std::string_view text, std::string_view table, std::string_view key,
                    std::string_view value) {
    toml::table root = parse(text);
    const toml::table meant = parse("value = " + std::string(value));
    if (root.contains(table) && root[table].as_table() == nullptr) throw cannot_edit_table(table);
    toml::table* there = root[table].as_table();
    const std::string line = std::string(key) + " = " + std::string(value) + "\n";

    std::string result;
    if (there == nullptr) {
        result = std::string(text);
        if (!result.empty() && result.back() != '\n') result += with_line_ends_of(text, "\n");
        result += with_line_ends_of(text, "\n[" + std::string(table) + "]\n" + line);
        root.insert(table, toml::table{});
        there = root[table].as_table();
    } else if (const toml::node* old = there->get(key)) {
        result = in_place_of(text, *old, std::string(value));
    } else if (there->is_inline()) {
        result = in_place_of(text, *there, inline_table(text, *there, key, value));
    } else {
        const Lines lines(text);
        const uint32_t at = end_of_entry(lines, last_line(*there));
        std::string before = lines.join(1, at);
        if (!before.empty() && before.back() != '\n') before += with_line_ends_of(text, "\n");
        result = before + with_line_ends_of(text, line) + lines.join(at + 1, lines.count());
    }
    there->insert_or_assign(key, *meant.get("value"));
    return verified(std::move(result), root, table);
}

std::string remove_key(std::string_view text, std::string_view table, std::string_view key) {
    toml::table root = parse(text);
    toml::table* there = root[table].as_table();
    const toml::node* old = there == nullptr ? nullptr : there->get(key);
    if (old == nullptr) throw Error("[" + std::string(table) + "] has no key \"" + std::string(key) + "\"");
    const bool last = there->size() == 1;
    std::string result;
    if (there->is_inline()) {
        result = in_place_of(text, *there, inline_table(text, *there, key, {}));
    } else if (last) {
        result = remove_lines(text, there->source().begin.line, last_line(*there));
    } else {
        const Lines lines(text);
        const auto& source = old->source();
        result = lines.join(1, source.begin.line - 1) + lines.join(source.end.line + 1, lines.count());
    }
    const bool stays = there->is_inline();
    there->erase(key);
    if (last && !stays) root.erase(table);
    return verified(std::move(result), root, table);
}

}  // namespace nvi::tenants
