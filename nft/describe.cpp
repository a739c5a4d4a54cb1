// SPDX-License-Identifier: GPL-2.0-or-later
// One line for every object of the table.
#include "nft/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nft/frame.hpp"

namespace nvi::nft {

namespace {

std::string hex(const void* data, uint32_t length) {
    std::string text;
    for (uint32_t i = 0; i < length; ++i) text += fmt::format("{:02x}", static_cast<const uint8_t*>(data)[i]);
    return text;
}

std::string text(const char* value) {
    return value == nullptr ? "" : value;
}

// libnftnl's expressions as text: "[ meta load iifname => reg 1 ]".
std::string expressions(const nftnl_rule& rule) {
    std::string result;
    const auto each = [](nftnl_expr* expression, void* to) {
        // nft 1.0.6 swaps the one byte of a protocol, too, which changes nothing and which 7.2 refuses.
        const std::string name = text(nftnl_expr_get_str(expression, NFTNL_EXPR_NAME));
        if (name == "byteorder" && nftnl_expr_get_u32(expression, NFTNL_EXPR_BYTEORDER_LEN) == 1) return 0;
        char buffer[512];
        const int length = nftnl_expr_snprintf(buffer, sizeof(buffer), expression, NFTNL_OUTPUT_DEFAULT, 0);
        std::string line(buffer,
                         std::min<size_t>(length < 0 ? 0 : static_cast<size_t>(length), sizeof(buffer) - 1));
        *static_cast<std::string*>(to) += fmt::format(" [{} {}]", name, line);
        return 0;
    };
    nftnl_expr_foreach(const_cast<nftnl_rule*>(&rule), each, &result);
    return result;
}

}  // namespace

std::string describe(const nftnl_table& table) {
    uint32_t length = 0;
    const void* data = nftnl_table_get_data(&table, NFTNL_TABLE_USERDATA, &length);
    return fmt::format("table flags {} comment {}", nftnl_table_get_u32(&table, NFTNL_TABLE_FLAGS),
                       comment_in(data, length));
}

std::string describe(const nftnl_set& set) {
    uint32_t fields = 0;
    uint32_t length = 0;
    const void* concatenation = nftnl_set_get_data(&set, NFTNL_SET_DESC_CONCAT, &fields);
    const void* data = nftnl_set_get_data(&set, NFTNL_SET_USERDATA, &length);
    return fmt::format(
        "set {} flags {} key {}/{} data {}/{} timeout {} fields {} user {}",
        text(nftnl_set_get_str(&set, NFTNL_SET_NAME)), nftnl_set_get_u32(&set, NFTNL_SET_FLAGS),
        nftnl_set_get_u32(&set, NFTNL_SET_KEY_TYPE), nftnl_set_get_u32(&set, NFTNL_SET_KEY_LEN),
        nftnl_set_get_u32(&set, NFTNL_SET_DATA_TYPE), nftnl_set_get_u32(&set, NFTNL_SET_DATA_LEN),
        nftnl_set_is_set(&set, NFTNL_SET_TIMEOUT) ? nftnl_set_get_u64(&set, NFTNL_SET_TIMEOUT) : 0,
        hex(concatenation, fields), hex(data, length));
}

std::string describe(const nftnl_obj& counter) {
    auto* object = const_cast<nftnl_obj*>(&counter);
    return fmt::format("object {} type {}", text(nftnl_obj_get_str(object, NFTNL_OBJ_NAME)),
                       nftnl_obj_get_u32(object, NFTNL_OBJ_TYPE));
}

std::string describe(const nftnl_chain& chain) {
    std::string line = "chain " + text(nftnl_chain_get_str(&chain, NFTNL_CHAIN_NAME));
    if (nftnl_chain_is_set(&chain, NFTNL_CHAIN_HOOKNUM)) {
        line += fmt::format(
            " type {} hook {} priority {} policy {}", text(nftnl_chain_get_str(&chain, NFTNL_CHAIN_TYPE)),
            nftnl_chain_get_u32(&chain, NFTNL_CHAIN_HOOKNUM), nftnl_chain_get_s32(&chain, NFTNL_CHAIN_PRIO),
            nftnl_chain_get_u32(&chain, NFTNL_CHAIN_POLICY));
    }
    return line;
}

std::string describe(const nftnl_rule& rule, size_t index) {
    uint32_t length = 0;
    const void* data = nftnl_rule_get_data(&rule, NFTNL_RULE_USERDATA, &length);
    return fmt::format("rule {} {:04}{} comment {}", text(nftnl_rule_get_str(&rule, NFTNL_RULE_CHAIN)), index,
                       expressions(rule), comment_in(data, length));
}

std::vector<std::string> describe(const FrameObjects& objects) {
    std::vector<std::string> lines;
    if (objects.table) lines.push_back(describe(*objects.table));
    for (const auto& set : objects.sets) lines.push_back(describe(*set));
    for (const auto& counter : objects.counters) lines.push_back(describe(*counter));
    for (const auto& chain : objects.chains) lines.push_back(describe(*chain));
    std::map<std::string, size_t> places;
    for (const auto& rule : objects.rules) {
        lines.push_back(describe(*rule, places[text(nftnl_rule_get_str(rule.get(), NFTNL_RULE_CHAIN))]++));
    }
    std::ranges::sort(lines);
    return lines;
}

std::string digest(const std::vector<std::string>& lines) {
    if (lines.empty()) return {};
    // FNV-1a: tells frames apart, no more is asked of it.
    uint64_t hash = 0xcbf29ce484222325;
    for (const auto& line : lines) {
        for (const char byte : line + '\n') hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
    }
    return fmt::format("{:016x}", hash);
}

const std::string& frame_digest(FrameOptions options) {
    static const std::string plain = digest(describe(frame_objects()));
    static const std::string offloading = digest(describe(frame_objects({.offload = true})));
    return options.offload ? offloading : plain;
}

}  // namespace nvi::nft
