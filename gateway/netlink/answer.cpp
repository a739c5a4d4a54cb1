// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's answer to a request.
#include "gateway/netlink/answer.hpp"

#include <cerrno>

namespace nvi::netlink {
namespace {

constexpr Policy kExtendedAck{
    {NLMSGERR_ATTR_MSG, Kind::text},
    {NLMSGERR_ATTR_OFFS, Kind::u32},
};

constexpr int kMostErrno = 4095;  // MAX_ERRNO of the kernel

}  // namespace

std::optional<Answer> answer(const MessageView& message) {
    Answer result;
    result.sequence = message.sequence();
    size_t words = 0;  // where the extended ack starts in the payload
    int code = 0;
    if (message.type() == NLMSG_ERROR) {
        const auto error = message.family<nlmsgerr>();
        code = error.error;
        words = sizeof(nlmsgerr);
        // The request itself stands in between, unless NETLINK_CAP_ACK was honoured. The kernel copies
        // it for failures only.
        if ((message.flags() & NLM_F_CAPPED) == 0 && code != 0 && error.msg.nlmsg_len > sizeof(nlmsghdr)) {
            words += NLMSG_ALIGN(size_t{error.msg.nlmsg_len}) - sizeof(nlmsghdr);
        }
    } else if (message.type() == NLMSG_DONE) {
        // A dump's end has the status since 4.x; older senders leave it out.
        if (message.payload().size() >= sizeof(int)) code = message.family<int>();
        words = sizeof(int);
    } else {
        return std::nullopt;
    }
    if (code < -kMostErrno) code = -EBADMSG;
    result.code = code < 0 ? -code : 0;
    if ((message.flags() & NLM_F_ACK_TLVS) != 0 && words < message.payload().size()) {
        const Attributes attributes(message.payload().subspan(words), kExtendedAck);
        result.words = attributes.text(NLMSGERR_ATTR_MSG).value_or("");
        result.offset = attributes.u32(NLMSGERR_ATTR_OFFS).value_or(0);
    }
    return result;
}

}  // namespace nvi::netlink
