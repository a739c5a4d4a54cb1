// SPDX-License-Identifier: GPL-2.0-or-later
// Elements as text, and whose they are.
#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "gateway/net/error.hpp"
#include "nft/elements.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

namespace {

constexpr std::string_view kComment = "tenant ";

std::string limit_text(Stateful stateful, uint64_t number) {
    if (stateful == Stateful::connections) return fmt::format(" ct count over {}", number);
    if (stateful == Stateful::bytes) {
        return fmt::format(" limit rate over {} bytes/second burst {} bytes", number, burst_bytes(number));
    }
    return fmt::format(" limit rate over {}/second burst {} packets", number, number);
}

}  // namespace

uint64_t stateful_number(const Element& element) {
    uint64_t number = 0;
    if (element.data.size() == sizeof(number)) std::memcpy(&number, element.data.data(), sizeof(number));
    return number;
}

std::string comment(const Element& element) {
    const SetDefinition* set = find_set(element.set);
    if (set == nullptr || !set->commented) return {};
    return fmt::format("{}{}", kComment, element.tenant);
}

std::string text(const Element& element) {
    const SetDefinition* set = find_set(element.set);
    if (set == nullptr) throw Error("no set of the table: " + element.set, EINVAL);
    std::string result = value_text(set->key, element.key, element.key_end);
    if (set->stateful != Stateful::none) result += limit_text(set->stateful, stateful_number(element));
    if (const std::string words = comment(element); !words.empty())
        result += fmt::format(" comment \"{}\"", words);
    if (set->is_map() && !element.data.empty()) result += " : " + value_text(set->data, element.data);
    return result;
}

void recognise(Element& element, std::string_view comment) {
    element.tenant = 0;
    const SetDefinition* set = find_set(element.set);
    if (set == nullptr) return;
    if (has(set->key, Field::ct_mark)) {
        element.tenant = number(set->key, Field::ct_mark, element.key) >> 16;
    } else if (has(set->key, Field::ct_zone)) {
        element.tenant = number(set->key, Field::ct_zone, element.key);
    } else if (has(set->data, Field::ct_zone) && !element.data.empty()) {
        element.tenant = number(set->data, Field::ct_zone, element.data);
    } else if (comment.starts_with(kComment)) {
        const auto digits = comment.substr(kComment.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), element.tenant);
    }
}

}  // namespace nvi::nft
