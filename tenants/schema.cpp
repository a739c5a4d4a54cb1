// SPDX-License-Identifier: GPL-2.0-or-later
// Shapes as JSON Schema.
#include "tenants/schema.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace nvi::tenants {

namespace {

using nlohmann::ordered_json;

ordered_json table_schema(const TableShape& table);

ordered_json shape_schema(const Shape& shape) {
    switch (shape.type) {
        case Shape::Type::boolean:
            return {{"type", "boolean"}};
        case Shape::Type::integer:
            return {{"type", "integer"}, {"minimum", shape.minimum}, {"maximum", shape.maximum}};
        case Shape::Type::string: {
            ordered_json out{{"type", "string"}};
            for (const Choice& choice : shape.choices) out["enum"].push_back(choice.text);
            if (!shape.pattern.empty()) out["pattern"] = shape.pattern;
            return out;
        }
        case Shape::Type::list: {
            ordered_json out{{"type", "array"}, {"items", shape_schema(*shape.items)}};
            if (shape.minimum > 0) out["minItems"] = shape.minimum;
            return out;
        }
        case Shape::Type::table:
            return table_schema(*shape.table);
        case Shape::Type::ports:
            return {{"anyOf",
                     {{{"type", "integer"}, {"minimum", 1}, {"maximum", 65535}},
                      {{"type", "string"}, {"pattern", "^[0-9]{1,5}(-[0-9]{1,5})?$"}}}}};
        case Shape::Type::list_of_tables:
            return {{"type", "array"}, {"items", table_schema(*shape.table)}};
    }
    return {};
}

ordered_json table_schema(const TableShape& table) {
    ordered_json properties = ordered_json::object();
    ordered_json required = ordered_json::array();
    for (const Key& key : table.keys) {
        ordered_json property = shape_schema(key.shape);
        property["description"] = key.doc;
        if (!key.fallback.empty()) property["default"] = ordered_json::parse(key.fallback);
        if (!key.example.empty())
            property["examples"] = ordered_json::array({ordered_json::parse(key.example)});
        properties[std::string(key.name)] = std::move(property);
        if (key.need == Need::required) required.push_back(key.name);
    }
    ordered_json out{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) out["required"] = std::move(required);
    out["additionalProperties"] = false;
    return out;
}

}  // namespace

ordered_json schema(const TableShape& file) {
    ordered_json out{{"$schema", "http://json-schema.org/draft-07/schema#"},
                     {"title", "NVI gateway: " + std::string(file.title)},
                     {"description", file.doc}};
    out.update(table_schema(file));
    return out;
}

}  // namespace nvi::tenants
