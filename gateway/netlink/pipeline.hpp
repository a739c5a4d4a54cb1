// SPDX-License-Identifier: GPL-2.0-or-later
// Many requests in flight on one socket: as many as their worst-case answers fit the receive buffer.
//
// The kernel handles the requests of one datagram in order and answers every failure, asked or not;
// so only a datagram's last request asks for an acknowledgement. That one says that all before it,
// of which nothing was heard, are done. A failed request does not keep the kernel from trying those
// behind it in the same datagram: requests that must not be tried after a failure belong behind a
// flush().
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "gateway/netlink/answer.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/netlink/socket.hpp"

namespace nvi::netlink {

struct Failure {
    size_t operation{};  // as given to submit()
    int code{};          // positive errno; ENOBUFS: the answer was lost, the outcome is not known
    std::string words;   // the kernel's own, may be empty
};

class Pipeline {
  public:
    // What a request brings back besides failures: replies of RTM_GET*, NLM_F_ECHO.
    using OnReply = std::function<void(size_t operation, const MessageView&)>;

    // Grows the socket's buffers to what a full datagram needs. The socket must outlive the pipeline
    // and is its alone between submit() and the end of flush().
    explicit Pipeline(Socket& socket, OnReply on_reply = {});

    // `operation` is the caller's name for it, given back with a failure. `reply` is the number of
    // bytes of replies to expect, 0 for changes. Sends, and reads the answers, when the datagram is full.
    void submit(const Message& request, size_t operation, size_t reply = 0);
    // Sends what is left, reads all answers and hands out the failures since the last flush, in order.
    std::vector<Failure> flush();
    // A caller that stops at the first failure asks this after submit().
    bool failed() const { return !failures_.empty(); }

    size_t requests_sent() const { return requests_; }
    size_t datagrams_sent() const { return datagrams_; }

  private:
    void send();

    Socket& socket_;
    OnReply on_reply_;
    size_t answer_room_;  // bytes of the receive buffer
    std::vector<uint8_t> datagram_;
    std::vector<size_t> operations_;  // of the requests in datagram_, in order
    size_t last_ = 0;                 // where the last request starts in datagram_
    size_t answers_ = 0;              // bytes that the answers may take at worst
    std::vector<Failure> failures_;
    size_t requests_ = 0;
    size_t datagrams_ = 0;
};

}  // namespace nvi::netlink
