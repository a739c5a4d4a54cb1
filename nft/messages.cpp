// SPDX-License-Identifier: GPL-2.0-or-later
// What the requests to nf_tables have in common, and the reading of set elements.
#include "nft/messages.hpp"

#include <libmnl/libmnl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "gateway/net/error.hpp"
#include "nft/elements.hpp"
#include "nft/fields.hpp"
#include "nft/frame_objects.hpp"
#include "nft/netfilter.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

namespace {

using netlink::Kind;
using netlink::Policy;

// NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE and NFTA_OBJ_TABLE are all 1.
constexpr Policy kQuestion{{NFTA_TABLE_NAME, Kind::text}};
constexpr Policy kVerdict{{NFTA_VERDICT_CODE, Kind::be32}, {NFTA_VERDICT_CHAIN, Kind::text}};
constexpr Policy kData{{NFTA_DATA_VALUE, Kind::bytes}, {NFTA_DATA_VERDICT, Kind::nest, &kVerdict}};
// The expression that elements have.
constexpr Policy kExpression{{NFTA_EXPR_NAME, Kind::text}, {NFTA_EXPR_DATA, Kind::bytes}};
constexpr Policy kRate{{NFTA_LIMIT_RATE, Kind::be64},
                       {NFTA_LIMIT_UNIT, Kind::be64},
                       {NFTA_LIMIT_BURST, Kind::be32},
                       {NFTA_LIMIT_TYPE, Kind::be32},
                       {NFTA_LIMIT_FLAGS, Kind::be32}};
constexpr Policy kCount{{NFTA_CONNLIMIT_COUNT, Kind::be32}, {NFTA_CONNLIMIT_FLAGS, Kind::be32}};
constexpr Policy kElement{
    {NFTA_SET_ELEM_EXPR, Kind::nest, &kExpression}, {NFTA_SET_ELEM_KEY, Kind::nest, &kData},
    {NFTA_SET_ELEM_DATA, Kind::nest, &kData},       {NFTA_SET_ELEM_FLAGS, Kind::be32},
    {NFTA_SET_ELEM_USERDATA, Kind::bytes},          {NFTA_SET_ELEM_KEY_END, Kind::nest, &kData}};
constexpr Policy kElements{{NFTA_LIST_ELEM, Kind::nest, &kElement}};
constexpr Policy kElementList{{NFTA_SET_ELEM_LIST_TABLE, Kind::text},
                              {NFTA_SET_ELEM_LIST_SET, Kind::text},
                              {NFTA_SET_ELEM_LIST_ELEMENTS, Kind::nest, &kElements}};
// The same, with the list as bytes: it repeats one attribute, and is walked by hand.
constexpr Policy kElementListBytes{{NFTA_SET_ELEM_LIST_TABLE, Kind::text},
                                   {NFTA_SET_ELEM_LIST_SET, Kind::text},
                                   {NFTA_SET_ELEM_LIST_ELEMENTS, Kind::bytes}};

nfgenmsg family() {
    nfgenmsg head{};
    head.nfgen_family = NFPROTO_INET;
    head.version = NFNETLINK_V0;
    return head;
}

// As Field::verdict has it. What ours never say is given a name that no chain of ours has.
Bytes verdict_value(const netlink::Attributes& verdict) {
    const auto code = static_cast<int32_t>(verdict.be32(NFTA_VERDICT_CODE).value_or(0));
    std::string_view name = "?";
    if (code == NFT_RETURN) name = "";
    if (code == NFT_GOTO) name = verdict.text(NFTA_VERDICT_CHAIN).value_or("?");
    std::array<uint8_t, kVerdictLength> bytes{};
    std::ranges::copy(name.substr(0, bytes.size()), bytes.begin());
    return Bytes(bytes);
}

Bytes value(const netlink::Attributes& attributes, uint16_t type) {
    const auto nest = attributes.nest(type);
    if (!nest) return {};
    if (const auto verdict = nest->nest(NFTA_DATA_VERDICT)) return verdict_value(*verdict);
    const auto bytes = nest->bytes(NFTA_DATA_VALUE);
    return bytes ? Bytes(*bytes) : Bytes();
}

// The number that ours say, as nft/elements.hpp has it; none of an expression that ours never are.
std::optional<uint64_t> stateful_number(const netlink::Attributes& expression) {
    const auto name = expression.text(NFTA_EXPR_NAME);
    const auto data = expression.bytes(NFTA_EXPR_DATA);
    if (!name || !data) return std::nullopt;
    if (*name == "connlimit") {
        const netlink::Attributes count(*data, kCount);
        if (count.be32(NFTA_CONNLIMIT_FLAGS) != NFT_CONNLIMIT_F_INV) return std::nullopt;
        return count.be32(NFTA_CONNLIMIT_COUNT);
    }
    if (*name != "limit") return std::nullopt;
    const netlink::Attributes rate(*data, kRate);
    const auto number = rate.be64(NFTA_LIMIT_RATE);
    if (!number) return std::nullopt;
    const bool bytes = rate.be32(NFTA_LIMIT_TYPE) == NFT_LIMIT_PKT_BYTES;
    const bool ours = rate.be64(NFTA_LIMIT_UNIT) == 1 && rate.be32(NFTA_LIMIT_FLAGS) == NFT_LIMIT_F_INV &&
                      rate.be32(NFTA_LIMIT_BURST) == (bytes ? burst_bytes(*number) : *number);
    return ours ? number : std::nullopt;
}

Element element(std::string_view set, std::span<const uint8_t> bytes) {
    const netlink::Attributes attributes(bytes, kElement);
    Element result{std::string(set), 0, value(attributes, NFTA_SET_ELEM_KEY),
                   value(attributes, NFTA_SET_ELEM_KEY_END), value(attributes, NFTA_SET_ELEM_DATA)};
    if (const auto expression = attributes.nest(NFTA_SET_ELEM_EXPR)) {
        if (const auto number = stateful_number(*expression)) {
            result.data = Bytes({reinterpret_cast<const uint8_t*>(&*number), sizeof(*number)});
        }
    }
    const auto user = attributes.bytes(NFTA_SET_ELEM_USERDATA);
    const std::string comment =
        user ? comment_in(user->data(), static_cast<uint32_t>(user->size())) : std::string();
    recognise(result, comment);
    return result;
}

}  // namespace

netlink::Message question(unsigned message, uint16_t table) {
    netlink::Message request(message_type(message), 0, family(), kQuestion);
    request.put_text(table, kTable);
    return request;
}

netlink::Message element_question(std::string_view set) {
    netlink::Message request(message_type(NFT_MSG_GETSETELEM), 0, family(), kElementList);
    request.put_text(NFTA_SET_ELEM_LIST_TABLE, kTable);
    request.put_text(NFTA_SET_ELEM_LIST_SET, set);
    return request;
}

netlink::Message element_question(const Element& wanted) {
    netlink::Message request = element_question(wanted.set);
    const auto list = request.nest(NFTA_SET_ELEM_LIST_ELEMENTS);
    const auto one = request.nest(NFTA_LIST_ELEM);
    {
        const auto key = request.nest(NFTA_SET_ELEM_KEY);
        request.put_bytes(NFTA_DATA_VALUE, wanted.key.span());
    }
    if (!wanted.key_end.empty()) {
        const auto key = request.nest(NFTA_SET_ELEM_KEY_END);
        request.put_bytes(NFTA_DATA_VALUE, wanted.key_end.span());
    }
    return request;
}

void elements(const netlink::MessageView& message, const std::function<void(Element&&, size_t)>& each) {
    const auto attributes = message.attributes<nfgenmsg>(kElementListBytes);
    if (attributes.text(NFTA_SET_ELEM_LIST_TABLE) != kTable) return;
    const auto set = attributes.text(NFTA_SET_ELEM_LIST_SET);
    const auto list = attributes.bytes(NFTA_SET_ELEM_LIST_ELEMENTS);
    if (!set || !list) return;
    size_t at = 0;
    while (at + NLA_HDRLEN <= list->size()) {
        const auto* head = reinterpret_cast<const nlattr*>(list->data() + at);
        if (head->nla_len < NLA_HDRLEN || at + head->nla_len > list->size()) break;
        const auto place = static_cast<size_t>(reinterpret_cast<const uint8_t*>(head) -
                                               reinterpret_cast<const uint8_t*>(&message.header()));
        each(element(*set, list->subspan(at + NLA_HDRLEN, head->nla_len - size_t{NLA_HDRLEN})), place);
        at += NLA_ALIGN(head->nla_len);
    }
    if (at < list->size()) throw Error::system("nf_tables: set elements that cannot be read", EBADMSG);
}

}  // namespace nvi::nft
