// SPDX-License-Identifier: GPL-2.0-or-later
// What the requests to nf_tables have in common, and the reading of set elements.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "gateway/netlink/attributes.hpp"
#include "gateway/netlink/message.hpp"
#include "nft/netfilter.hpp"
#include "nft/ruleset.hpp"

namespace nvi::nft {

// nlmsg_type of an NFT_MSG_*.
constexpr uint16_t message_type(unsigned message) {
    return static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message);
}

// A question about our table: NFT_MSG_GET*. `table` is the attribute for the table's name.
netlink::Message question(unsigned message, uint16_t table);
netlink::Message element_question(std::string_view set);
// The same for one element.
netlink::Message element_question(const Element& element);

// Calls each() for the elements in an NFT_MSG_NEWSETELEM, DELSETELEM or GETSETELEM message of any
// direction, with the place of the element's attribute in the message, in bytes. Elements of other
// tables are passed over. Throws Error(EBADMSG) for what cannot be read.
void elements(const netlink::MessageView& message, const std::function<void(Element&&, size_t offset)>& each);

}  // namespace nvi::nft
