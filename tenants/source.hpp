// SPDX-License-Identifier: GPL-2.0-or-later
// Reading single values of a parsed TOML file, each with its place and its error.
#pragma once

#include <toml++/toml.h>

#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"
#include "tenants/shape.hpp"

namespace nvi::tenants {

// One file being read: where errors go, and whether there were any.
class Source {
  public:
    Source(FileName file, Diagnostics& diagnostics) : file_(std::move(file)), diagnostics_(diagnostics) {}

    Place place(const toml::source_region& region) const {
        return {file_, region.begin.line, region.begin.column};
    }
    Place whole() const { return {file_, 0, 0}; }
    void error(Place place, std::string message) {
        sound_ = false;
        diagnostics_.add(std::move(place), std::move(message));
    }
    void error(const toml::node& node, std::string message) {
        error(place(node.source()), std::move(message));
    }
    bool sound() const { return sound_; }

  private:
    FileName file_;
    Diagnostics& diagnostics_;
    bool sound_ = true;
};

// All of these report what is wrong with the node and return false, or set the value.
bool read_value(Source& source, const Key& key, const Shape& shape, const toml::node& node, bool& value);
bool read_value(Source& source, const Key& key, const Shape& shape, const toml::node& node,
                std::string& value);
bool read_value(Source& source, const Key& key, const Shape& shape, const toml::node& node, Address& value);
bool read_value(Source& source, const Key& key, const Shape& shape, const toml::node& node, Prefix& value);
bool read_value(Source& source, const Key& key, const Shape& shape, const toml::node& node, Mac& value);
bool read_value(Source& source, const Key& key, const Shape& shape, const toml::node& node, BitRate& value);
// 80, or "80-81".
bool read_value(Source& source, const Key& key, const Shape& shape, const toml::node& node, PortRange& value);

// An integer within the shape's bounds.
bool read_integer(Source& source, const Key& key, const Shape& shape, const toml::node& node, int64_t& value);
// One of the shape's choices.
bool read_choice(Source& source, const Key& key, const Shape& shape, const toml::node& node, uint32_t& value);
// "ADDRESS:PORT" or "[ADDRESS]:PORT", with one port or FIRST-LAST.
bool read_endpoint(Source& source, const Key& key, const toml::node& node, Address& address,
                   PortRange& ports);

// The items of a list, or nullptr after an error.
const toml::array* read_list(Source& source, const Key& key, const Shape& shape, const toml::node& node);
const toml::table* read_table(Source& source, const Key& key, const toml::node& node);
const toml::array* read_tables(Source& source, const Key& key, const toml::node& node);

// Gives the name that was probably meant, or an empty one.
std::string_view unknown_key(Source& source, const toml::key& key, const TableShape& table);

// Integers and enumerations.
template <typename V>
requires(std::integral<V> || std::is_enum_v<V>) bool read_value(Source& source, const Key& key,
                                                                const Shape& shape, const toml::node& node,
                                                                V& value) {
    if (!shape.choices.empty()) {
        uint32_t number = 0;
        if (!read_choice(source, key, shape, node, number)) return false;
        value = static_cast<V>(number);
        return true;
    }
    int64_t number = 0;
    if (!read_integer(source, key, shape, node, number)) return false;
    value = static_cast<V>(number);
    return true;
}

template <typename V>
bool read_value(Source& source, const Key& key, const Shape& shape, const toml::node& node, At<V>& value) {
    if (!read_value(source, key, shape, node, value.value)) return false;
    value.place = source.place(node.source());
    return true;
}

template <typename V>
bool read_value(Source& source, const Key& key, const Shape& shape, const toml::node& node,
                std::optional<V>& value) {
    V present;
    if (!read_value(source, key, shape, node, present)) return false;
    value = std::move(present);
    return true;
}

// Of a list with errors, the sound items are kept: checks can go on with them.
template <typename V>
bool read_value(Source& source, const Key& key, const Shape& shape, const toml::node& node,
                std::vector<V>& values) {
    const toml::array* list = read_list(source, key, shape, node);
    if (list == nullptr) return false;
    bool sound = true;
    for (const toml::node& item : *list) {
        V value;
        if (read_value(source, key, *shape.items, item, value))
            values.push_back(std::move(value));
        else
            sound = false;
    }
    return sound;
}

}  // namespace nvi::tenants
