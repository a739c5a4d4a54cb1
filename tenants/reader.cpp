// SPDX-License-Identifier: GPL-2.0-or-later
// Parsing TOML and applying the tables of keys.
#include "tenants/reader.hpp"

#include <toml++/toml.h>

#include "tenants/keys.hpp"
#include "tenants/source.hpp"
#include "tenants/text.hpp"

namespace nvi::tenants {

namespace {

// The place of the first byte that is not UTF-8; line 0 when there is none.
Place first_bad_byte(std::string_view text) {
    Place place{{}, 1, 1};
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        if (!point.valid) return place;
        text.remove_prefix(point.bytes);
        if (point.value == '\n') {
            ++place.line;
            place.column = 1;
        } else if (point.value != 0xfeff || place.column != 1) {
            ++place.column;
        }
    }
    return {};
}

bool is_line_end(std::string_view text, Place place) {
    size_t offset = 0;
    for (; place.line > 1 && offset != std::string_view::npos; --place.line)
        offset = text.find('\n', offset) + 1;
    for (; place.column > 1 && offset < text.size(); --place.column)
        offset += first_code_point(text.substr(offset)).bytes;
    return offset >= text.size() || text[offset] == '\n' || text[offset] == '\r';
}

// The parser's words, where better ones are not at hand.
void explain(const toml::parse_error& error, std::string_view text, Source& source) {
    constexpr std::string_view kPreamble = "Error while parsing ";
    Place place = source.place(error.source());
    std::string why(error.description());
    if (why.starts_with(kPreamble)) why.erase(0, kPreamble.size());
    if (why.find("invalid utf-8") != std::string::npos) {
        why = "bytes that are not UTF-8";
        if (const Place bad = first_bad_byte(text); bad.line != 0) {
            place.line = bad.line;
            place.column = bad.column;
        }
    } else if (why.starts_with("string: unescaped control") && is_line_end(text, place)) {
        why = "a string without its closing quote";
    }
    source.error(place, "not valid TOML: " + why);
}

template <typename T>
void read_file(std::string_view text, const FileName& file, const Table<T>& keys, Diagnostics& diagnostics,
               Read<T>& read) {
    Source source(file, diagnostics);
    try {
        const toml::table root = toml::parse(text);
        read.parsed = true;
        keys.read(source, root, source.whole(), read.value);
        read.sound = source.sound();
    } catch (const toml::parse_error& error) {
        explain(error, text, source);
    }
}

}  // namespace

Read<Gateway> read_gateway(std::string_view text, const FileName& file, Diagnostics& diagnostics) {
    Read<Gateway> read;
    read.value.place.file = file;
    read_file(text, file, gateway_keys(), diagnostics, read);

    const std::string& folder = read.value.tenants.value;
    const size_t slash = file.str().rfind('/');
    const bool relative = !folder.starts_with('/') && slash != std::string::npos;
    read.value.tenants_directory = relative ? file.str().substr(0, slash + 1) + folder : folder;
    return read;
}

Read<Tenant> read_tenant(std::string_view text, std::string name, const FileName& file,
                         Diagnostics& diagnostics) {
    Read<Tenant> read;
    read.value.place.file = file;
    read.value.name = std::move(name);
    read_file(text, file, tenant_keys(), diagnostics, read);
    return read;
}

}  // namespace nvi::tenants
