// SPDX-License-Identifier: GPL-2.0-or-later
// What a tenant's firewall says of a connection.
#include "nft/judge.hpp"

#include <algorithm>
#include <string_view>

#include "nft/elements.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

namespace {

// Whether every field of the key is within the element's bounds.
bool covers(const SetDefinition& set, const Element& element, const Bytes& key) {
    size_t at = 0;
    for (const Field field : set.key.fields) {
        const size_t size = info(field).length;
        const auto part = [&](const Bytes& bytes) { return bytes.span().subspan(at, size); };
        const auto& last = element.key_end.empty() ? element.key : element.key_end;
        const auto below = [](std::span<const uint8_t> a, std::span<const uint8_t> b) {
            return std::ranges::lexicographical_compare(a, b);
        };
        if (below(part(key), part(element.key)) || below(part(last), part(key))) return false;
        at += (size + 3) / 4 * 4;
    }
    return true;
}

const Element* find(const std::vector<const Element*>& all, const std::string& name, const Bytes& key) {
    const SetDefinition* set = find_set(name);
    if (set == nullptr || key.size() != length(set->key)) return nullptr;
    const auto found = std::ranges::find_if(
        all, [&](const Element* element) { return element->set == name && covers(*set, *element, key); });
    return found == all.end() ? nullptr : *found;
}

}  // namespace

bool belongs_to_firewall(const Element& element) {
    for (const std::string_view set :
         {"firewall", "default_in", "default_out", "class", "rules_in", "rules_out"}) {
        if (element.set == set || element.set == set_name(set, Family::v6)) return true;
    }
    return false;
}

Judge::Judge(std::span<const Element> elements, std::span<const uint32_t> tenants) {
    for (const uint32_t tenant : tenants) tenants_[tenant];
    for (const auto& element : elements) {
        if (!belongs_to_firewall(element)) continue;
        const auto found = tenants_.find(element.tenant);
        if (found != tenants_.end()) found->second.all.push_back(&element);
    }
}

bool Judge::denies(uint32_t tenant, const Connection& connection) const {
    const auto found = tenants_.find(tenant);
    if (found == tenants_.end() || found->second.all.empty()) return false;
    const auto& all = found->second.all;

    const auto family = connection.local.family();
    uint16_t number = 0;
    const auto whose = firewall_class(tenant, connection.local, connection.local, 0);
    if (const Element* element = find(all, whose.set, whose.key)) {
        number = static_cast<uint16_t>(nft::number(find_set(whose.set)->data, Field::ct_mark, element->data));
    }
    const FirewallKey key{.number = number,
                          .first_protocol = connection.protocol,
                          .last_protocol = connection.protocol,
                          .first_remote = connection.remote,
                          .last_remote = connection.remote,
                          .first_port = connection.port,
                          .last_port = connection.port};
    if (connection.remote.family() != family) return false;
    const auto asked = firewall_rule(tenant, connection.in, key, Verdict::accept, false);
    const Element* decides = find(all, asked.set, asked.key);
    if (decides == nullptr) {
        const std::string set = connection.in ? "default_in" : "default_out";
        const auto element = std::ranges::find(all, set, [](const Element* each) { return each->set; });
        if (element == all.end()) return false;
        decides = *element;
    }
    return !is_accept(*decides);
}

}  // namespace nvi::nft
