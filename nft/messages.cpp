// SPDX-License-Identifier: GPL-2.0-or-later
// What the requests to nf_tables have in common, and the reading of set elements.
#include "nft/messages.hpp"

#include <libmnl/libmnl.h>

#include <cerrno>

#include "gateway/net/error.hpp"
#include "nft/elements.hpp"
#include "nft/frame_objects.hpp"
#include "nft/netfilter.hpp"

namespace nvi::nft {

namespace {

using netlink::Kind;
using netlink::Policy;

// NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE and NFTA_OBJ_TABLE are all 1.
constexpr Policy kQuestion{{NFTA_TABLE_NAME, Kind::text}};
constexpr Policy kData{{NFTA_DATA_VALUE, Kind::bytes}};
constexpr Policy kElement{{NFTA_SET_ELEM_KEY, Kind::nest, &kData},
                          {NFTA_SET_ELEM_DATA, Kind::nest, &kData},
                          {NFTA_SET_ELEM_FLAGS, Kind::be32},
                          {NFTA_SET_ELEM_USERDATA, Kind::bytes},
                          {NFTA_SET_ELEM_KEY_END, Kind::nest, &kData}};
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

Bytes value(const netlink::Attributes& attributes, uint16_t type) {
    const auto nest = attributes.nest(type);
    if (!nest) return {};
    const auto bytes = nest->bytes(NFTA_DATA_VALUE);
    return bytes ? Bytes(*bytes) : Bytes();
}

Element element(std::string_view set, std::span<const uint8_t> bytes) {
    const netlink::Attributes attributes(bytes, kElement);
    Element result{std::string(set), 0, value(attributes, NFTA_SET_ELEM_KEY),
                   value(attributes, NFTA_SET_ELEM_KEY_END), value(attributes, NFTA_SET_ELEM_DATA)};
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
