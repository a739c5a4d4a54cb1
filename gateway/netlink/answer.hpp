// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's answer to a request: an acknowledgement, or an error with its own words (extended ack).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/netlink/attributes.hpp"

namespace nvi::netlink {

struct Answer {
    uint32_t sequence{};
    int code{};         // positive errno, 0: done
    std::string words;  // NLMSGERR_ATTR_MSG; may be there with code 0 (a warning)
    uint32_t offset{};  // NLMSGERR_ATTR_OFFS: of the attribute that the kernel means, from nlmsghdr; 0: none
};

// The answer in an NLMSG_ERROR or NLMSG_DONE message; empty for other messages.
std::optional<Answer> answer(const MessageView& message);

}  // namespace nvi::netlink
