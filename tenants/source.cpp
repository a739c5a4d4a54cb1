// SPDX-License-Identifier: GPL-2.0-or-later
// From TOML nodes to values: what each may be, and what to say when it is not.
#include "tenants/source.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <string_view>

#include "tenants/text.hpp"

namespace nvi::tenants {

namespace {

// "the integer 172", "a list": what stands there instead.
std::string describe(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::string:
            return "the string " + in_quotes(node.ref<std::string>());
        case toml::node_type::integer:
            return "the integer " + std::to_string(node.ref<int64_t>());
        case toml::node_type::boolean:
            return node.ref<bool>() ? "the boolean true" : "the boolean false";
        case toml::node_type::floating_point:
            return "a number with a fraction";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::table:
            return "a table";
        default:
            return "a date or a time";
    }
}

void wrong_type(Source& source, const Key& key, const toml::node& node, std::string_view wanted) {
    source.error(node, std::string(key.name) + " must be " + std::string(wanted) + ", not " + describe(node));
}

const std::string* read_text(Source& source, const Key& key, const toml::node& node) {
    const auto* text = node.as_string();
    if (text == nullptr) {
        wrong_type(source, key, node, "a string");
        return nullptr;
    }
    return &text->get();
}

// A string that V::parse() takes.
template <typename V>
bool parse_text(Source& source, const Key& key, const toml::node& node, std::string_view what, V& value) {
    const std::string* text = read_text(source, key, node);
    if (text == nullptr) return false;
    const auto parsed = V::parse(*text);
    if (!parsed) {
        source.error(node, std::string(key.name) + " is not " + std::string(what) + ": " + in_quotes(*text));
        return false;
    }
    value = *parsed;
    return true;
}

std::string list_of(const std::vector<std::string_view>& names) {
    std::string out;
    for (const std::string_view name : names) out += (out.empty() ? "" : ", ") + std::string(name);
    return out;
}

}  // namespace

bool read_value(Source& source, const Key& key, const Shape&, const toml::node& node, bool& value) {
    const auto* boolean = node.as_boolean();
    if (boolean == nullptr) {
        wrong_type(source, key, node, "true or false");
        return false;
    }
    value = boolean->get();
    return true;
}

bool read_value(Source& source, const Key& key, const Shape&, const toml::node& node, std::string& value) {
    const std::string* text = read_text(source, key, node);
    if (text == nullptr) return false;
    if (text->empty() || text->find('\0') != std::string::npos) {
        source.error(node, std::string(key.name) + " is not usable: " + in_quotes(*text));
        return false;
    }
    value = *text;
    return true;
}

bool read_value(Source& source, const Key& key, const Shape&, const toml::node& node, Address& value) {
    return parse_text(source, key, node, "an address", value);
}

bool read_value(Source& source, const Key& key, const Shape&, const toml::node& node, Prefix& value) {
    return parse_text(source, key, node, "a prefix", value);
}

bool read_value(Source& source, const Key& key, const Shape&, const toml::node& node, Mac& value) {
    return parse_text(source, key, node, "a MAC address", value);
}

bool read_value(Source& source, const Key& key, const Shape&, const toml::node& node, BitRate& value) {
    return parse_text(source, key, node, "a rate in bit/s (as \"800k\", \"50M\", \"1G\")", value);
}

bool read_integer(Source& source, const Key& key, const Shape& shape, const toml::node& node,
                  int64_t& value) {
    const auto* integer = node.as_integer();
    if (integer == nullptr) {
        wrong_type(source, key, node, "an integer");
        return false;
    }
    value = integer->get();
    if (value >= shape.minimum && value <= shape.maximum) return true;
    source.error(node, std::string(key.name) + " must be between " + std::to_string(shape.minimum) + " and " +
                           std::to_string(shape.maximum) + ": " + std::to_string(value));
    return false;
}

bool read_choice(Source& source, const Key& key, const Shape& shape, const toml::node& node,
                 uint32_t& value) {
    const std::string* text = read_text(source, key, node);
    if (text == nullptr) return false;
    std::vector<std::string_view> names;
    for (const Choice& choice : shape.choices) {
        if (choice.text == *text) {
            value = choice.value;
            return true;
        }
        names.push_back(choice.text);
    }
    source.error(node, std::string(key.name) + " must be one of " + list_of(names) + ": " + in_quotes(*text));
    return false;
}

namespace {

// A port number as people write it: 1 to 65535, no zeros in front.
bool read_port(std::string_view digits, uint16_t& port) {
    if (digits.empty() || digits[0] == '0') return false;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return error == std::errc{} && end == digits.data() + digits.size();
}

}  // namespace

bool read_endpoint(Source& source, const Key& key, const toml::node& node, Address& address,
                   PortRange& ports) {
    const std::string* text = read_text(source, key, node);
    if (text == nullptr) return false;
    const auto refuse = [&] {
        source.error(node,
                     std::string(key.name) +
                         " is not an address and port (ADDRESS:PORT, [ADDRESS]:PORT, ADDRESS:FIRST-LAST): " +
                         in_quotes(*text));
        return false;
    };
    const size_t colon = text->rfind(':');
    if (colon == std::string::npos) return refuse();
    std::string_view host = std::string_view(*text).substr(0, colon);
    const std::string_view digits = std::string_view(*text).substr(colon + 1);
    // Brackets tell an IPv6 address's colons from the port's.
    const bool brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (brackets) host = host.substr(1, host.size() - 2);
    const auto parsed = Address::parse(host);
    if (!parsed || parsed->is_v4() == brackets) return refuse();
    const size_t dash = digits.find('-');
    if (!read_port(digits.substr(0, dash), ports.first)) return refuse();
    ports.last = ports.first;
    if (dash != std::string_view::npos && !read_port(digits.substr(dash + 1), ports.last)) return refuse();
    if (ports.last < ports.first) return refuse();
    address = *parsed;
    return true;
}

bool read_value(Source& source, const Key& key, const Shape&, const toml::node& node, PortRange& value) {
    const auto refuse = [&](const std::string& what) {
        source.error(node,
                     std::string(key.name) + " is not a port or a range of ports (80, \"80-81\"): " + what);
        return false;
    };
    if (const auto* number = node.as_integer()) {
        if (number->get() < 1 || number->get() > 65535) return refuse(std::to_string(number->get()));
        value.first = value.last = static_cast<uint16_t>(number->get());
        return true;
    }
    const auto* text = node.as_string();
    if (text == nullptr) return refuse("it is neither a number nor a string");
    const std::string& written = text->get();
    const char* const end = written.data() + written.size();
    const auto [dash, error] = std::from_chars(written.data(), end, value.first);
    value.last = value.first;
    bool sound = error == std::errc{} && value.first != 0 && (dash == end || *dash == '-');
    if (sound && dash != end) {
        const auto [behind, second] = std::from_chars(dash + 1, end, value.last);
        sound = second == std::errc{} && behind == end && value.last >= value.first;
    }
    return sound || refuse(in_quotes(written));
}

const toml::array* read_list(Source& source, const Key& key, const Shape& shape, const toml::node& node) {
    const auto* list = node.as_array();
    if (list == nullptr) {
        wrong_type(source, key, node, "a list ([\"…\", \"…\"])");
        return nullptr;
    }
    if (static_cast<int64_t>(list->size()) >= shape.minimum) return list;
    source.error(node, std::string(key.name) + " must not be empty");
    return nullptr;
}

const toml::table* read_table(Source& source, const Key& key, const toml::node& node) {
    const auto* table = node.as_table();
    if (table == nullptr) wrong_type(source, key, node, "one table, written [" + std::string(key.name) + "]");
    return table;
}

const toml::array* read_tables(Source& source, const Key& key, const toml::node& node) {
    const auto* list = node.as_array();
    if (list == nullptr)
        wrong_type(source, key, node, "a list of tables, each written [[" + std::string(key.name) + "]]");
    return list;
}

std::string_view unknown_key(Source& source, const toml::key& key, const TableShape& table) {
    std::vector<std::string_view> names;
    for (const Key& known : table.keys) names.push_back(known.name);
    const std::string_view near = nearest(key.str(), names);
    std::string message = "unknown key " + in_quotes(key.str());
    message += near.empty() ? "; known in " + std::string(table.title) + ": " + list_of(names)
                            : "; did you mean " + in_quotes(near) + "?";
    source.error(source.place(key.source()), std::move(message));
    return near;
}

}  // namespace nvi::tenants
