// SPDX-License-Identifier: GPL-2.0-or-later
// Questions to the kernel: dumps, and requests with one reply.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "gateway/netlink/answer.hpp"
#include "gateway/netlink/attributes.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/netlink/socket.hpp"

namespace nvi::netlink {

// Sends the request with NLM_F_DUMP and calls each() for every message of the answer. A dump during
// which the kernel's tables changed (NLM_F_DUMP_INTR) or messages were lost (ENOBUFS) is worthless:
// again() is called to discard what was collected, and it is asked for anew, kAttempts times at most.
// Throws Error: EINTR or ENOBUFS when the last attempt failed as well; with the kernel's words when it
// refuses; EBADMSG, EMSGSIZE, ETIMEDOUT for a dump that is cut off or has no NLMSG_DONE. What each() throws
// is thrown on after the rest of the dump was read. After all of them the socket is usable.
void dump(Socket& socket, Message& request, const std::function<void(const MessageView&)>& each,
          const std::function<void()>& again);
inline constexpr int kAttempts = 10;

// The values that decode (MessageView -> std::optional<T>) makes of a dump.
template <typename T, typename Decode>
std::vector<T> dump(Socket& socket, Message& request, Decode decode) {
    std::vector<T> values;
    dump(
        socket, request,
        [&](const MessageView& message) {
            if (std::optional<T> value = decode(message)) values.push_back(std::move(*value));
        },
        [&] { values.clear(); });
    return values;
}

// Sends the request and calls each() for its replies. What the kernel answers, code 0 when all is well.

Answer ask(Socket& socket, Message& request, const std::function<void(const MessageView&)>& each);
// For changes: throws Error::system(what, ...) when the kernel refuses.
void change(Socket& socket, Message& request, const std::string& what);

}  // namespace nvi::netlink
