// SPDX-License-Identifier: GPL-2.0-or-later
// Tables of keys: each row says what a key is and which member of the model it sets. One table drives
// the reader, the refusal of unknown keys and the schema, so that they cannot drift apart.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tenants/source.hpp"

namespace nvi::tenants {

template <typename T>
struct Field {
    Key key;
    // Sets what the key stands for; false when there was an error.
    std::function<bool(Source&, const Key&, const toml::node&, T&)> read;
};

template <typename T>
struct Table {
    std::shared_ptr<const TableShape> shape;
    std::vector<Field<T>> fields;

    Table(std::string_view title, std::string_view doc, std::vector<Field<T>> rows)
        : fields(std::move(rows)) {
        auto made = std::make_shared<TableShape>(TableShape{title, doc, {}});
        for (const auto& field : fields) made->keys.push_back(field.key);
        shape = std::move(made);
    }

    // Reads a table into the value; `place` is where a missing key is reported.
    bool read(Source& source, const toml::table& table, const Place& place, T& value) const {
        bool sound = true;
        std::vector<std::string_view> meant;  // by unknown keys: these are not reported as missing, too
        for (const auto& entry : table) {
            const auto& name = entry.first;  // clang 14 cannot capture structured bindings
            const auto field = std::find_if(fields.begin(), fields.end(),
                                            [&](const auto& row) { return row.key.name == name.str(); });
            if (field == fields.end()) {
                meant.push_back(unknown_key(source, name, *shape));
                sound = false;
            } else if (!field->read(source, field->key, entry.second, value)) {
                sound = false;
            }
        }
        for (const auto& field : fields) {
            if (field.key.need == Need::optional || table.contains(field.key.name)) continue;
            if (std::find(meant.begin(), meant.end(), field.key.name) != meant.end()) continue;
            source.error(
                place, std::string(shape->title) + " needs the key \"" + std::string(field.key.name) + "\"");
            sound = false;
        }
        return sound;
    }
};

// What a member's type says of the shape.
inline Shape default_shape(const bool*) {
    return {.type = Shape::Type::boolean};
}
inline Shape default_shape(const std::string*) {
    return {};
}
inline constexpr std::string_view kAddressPattern =
    "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$";
inline Shape default_shape(const Address*) {
    return {.pattern = kAddressPattern};
}
inline Shape default_shape(const Prefix*) {
    return {.pattern = "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(/[0-9]{1,3})?$"};
}
inline Shape default_shape(const BitRate*) {
    return {.pattern = "^[0-9]+[kMG]?$"};
}
inline Shape default_shape(const Mac*) {
    return {.pattern = "^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"};
}
inline Shape default_shape(const PortRange*) {
    return {.type = Shape::Type::ports};
}
template <typename V>
requires(std::integral<V> || std::is_enum_v<V>) Shape default_shape(const V*) {
    return {.type = Shape::Type::integer, .maximum = 65535};
}
template <typename V>
Shape default_shape(const At<V>*) {
    return default_shape(static_cast<const V*>(nullptr));
}
template <typename V>
Shape default_shape(const std::optional<V>*) {
    return default_shape(static_cast<const V*>(nullptr));
}
template <typename V>
Shape default_shape(const std::vector<V>*) {
    return {.type = Shape::Type::list,
            .items = std::make_shared<const Shape>(default_shape(static_cast<const V*>(nullptr)))};
}

// A key whose value is the member's.
template <typename T, typename V>
Field<T> value(Need need, std::string_view name, V T::*member, std::string_view doc, std::string_view example,
               std::string_view fallback = {}, Shape shape = default_shape(static_cast<const V*>(nullptr))) {
    return {{need, name, doc, fallback, example, std::move(shape)},
            [member](Source& source, const Key& key, const toml::node& node, T& target) {
                return read_value(source, key, key.shape, node, target.*member);
            }};
}

inline Shape integer_between(int64_t minimum, int64_t maximum) {
    return {.type = Shape::Type::integer, .minimum = minimum, .maximum = maximum};
}
inline Shape one_of(std::vector<Choice> choices) {
    return {.choices = std::move(choices)};
}
template <typename V>
Shape some_of() {  // a list of at least one
    Shape shape = default_shape(static_cast<const std::vector<V>*>(nullptr));
    shape.minimum = 1;
    return shape;
}

inline Shape some_of(Shape items) {
    return {
        .type = Shape::Type::list, .minimum = 1, .items = std::make_shared<const Shape>(std::move(items))};
}

// "ADDRESS:PORT" or "ADDRESS:FIRST-LAST" for two members.
template <typename T>
Field<T> endpoint(std::string_view name, At<Address> T::*address, PortRange T::*ports, std::string_view doc,
                  std::string_view example) {
    return {{Need::required,
             name,
             doc,
             {},
             example,
             {.pattern = "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}(-[0-9]{1,5})?$"}},
            [address, ports](Source& source, const Key& key, const toml::node& node, T& target) {
                (target.*address).place = source.place(node.source());
                return read_endpoint(source, key, node, (target.*address).value, target.*ports);
            }};
}

// A table whose keys set members of the same value.
template <typename T>
Field<T> section(Need need, std::string_view name, const Table<T>& table) {
    return {{need, name, table.shape->doc, {}, {}, {.type = Shape::Type::table, .table = table.shape}},
            [&table](Source& source, const Key& key, const toml::node& node, T& target) {
                const auto* inner = read_table(source, key, node);
                return inner != nullptr && table.read(source, *inner, source.place(node.source()), target);
            }};
}

// A table for a member.
template <typename T, typename V>
Field<T> nested(Need need, std::string_view name, V T::*member, const Table<V>& rows) {
    return {{need, name, rows.shape->doc, {}, {}, {.type = Shape::Type::table, .table = rows.shape}},
            [&rows, member](Source& source, const Key& key, const toml::node& node, T& target) {
                const auto* inner = read_table(source, key, node);
                return inner != nullptr &&
                       rows.read(source, *inner, source.place(node.source()), target.*member);
            }};
}

// A table for a member that is there when the table is.
template <typename T, typename V>
Field<T> nested_optional(std::string_view name, std::optional<V> T::*member, const Table<V>& rows) {
    return {
        {Need::optional, name, rows.shape->doc, {}, {}, {.type = Shape::Type::table, .table = rows.shape}},
        [&rows, member](Source& source, const Key& key, const toml::node& node, T& target) {
            const auto* inner = read_table(source, key, node);
            (target.*member).emplace();
            return inner != nullptr &&
                   rows.read(source, *inner, source.place(node.source()), *(target.*member));
        }};
}

// A list of tables. Those with errors are left out of the model.
template <typename T, typename V>
Field<T> nested_list(std::string_view name, std::vector<V> T::*member, const Table<V>& rows) {
    return {{Need::optional,
             name,
             rows.shape->doc,
             {},
             {},
             {.type = Shape::Type::list_of_tables, .table = rows.shape}},
            [&rows, member](Source& source, const Key& key, const toml::node& node, T& target) {
                const auto* list = read_tables(source, key, node);
                if (list == nullptr) return false;
                bool sound = true;
                (target.*member).reserve(list->size());
                for (const toml::node& item : *list) {
                    V entry;
                    const auto* inner = read_table(source, key, item);
                    if (inner != nullptr && rows.read(source, *inner, source.place(item.source()), entry))
                        (target.*member).push_back(std::move(entry));
                    else
                        sound = false;
                }
                return sound;
            }};
}

}  // namespace nvi::tenants
