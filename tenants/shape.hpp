// SPDX-License-Identifier: GPL-2.0-or-later
// What may stand in the files, as data: known to the reader, which refuses the rest, and to the JSON
// Schema that editors use.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace nvi::tenants {

struct Choice {
    std::string_view text;
    uint32_t value;
};

struct TableShape;

struct Shape {
    enum class Type : uint8_t { boolean, integer, string, list, table, list_of_tables, ports };

    Type type = Type::string;
    int64_t minimum{};                        // integer: smallest value; list: fewest items
    int64_t maximum{};                        // integer only
    std::vector<Choice> choices;              // string: these only, when there are any
    std::string_view pattern;                 // string: ECMA 262, for editors; the reader knows better
    std::shared_ptr<const Shape> items;       // list
    std::shared_ptr<const TableShape> table;  // table, list_of_tables
};

enum class Need : uint8_t { required, optional };

struct Key {
    Need need;
    std::string_view name;
    std::string_view doc;       // one sentence, for the schema
    std::string_view fallback;  // what holds when the key is absent, as JSON; empty: nothing
    std::string_view example;   // as JSON
    Shape shape;
};

struct TableShape {
    std::string_view title;  // as a person writes it: "[overlay]", "[[host]]"
    std::string_view doc;
    std::vector<Key> keys;
};

// The two kinds of files; the tables are in keys.cpp.
const TableShape& gateway_file_shape();
const TableShape& tenant_file_shape();
// One table of a tenant's file ("rule", "limits"); Error where there is none.
const TableShape& tenant_table_shape(std::string_view name);

}  // namespace nvi::tenants
