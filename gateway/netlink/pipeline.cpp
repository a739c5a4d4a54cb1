// SPDX-License-Identifier: GPL-2.0-or-later
// Many requests in flight on one socket.
#include "gateway/netlink/pipeline.hpp"

#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "gateway/net/error.hpp"

namespace nvi::netlink {
namespace {

constexpr size_t kDatagram = size_t{64} * 1024;
// What one answer takes of the receive buffer: sk_buff, its data rounded up to a slab, and the words.
constexpr size_t kAnswer = 2048;
constexpr size_t kSendBuffer = 4 * kDatagram;
constexpr size_t kReceiveBuffer = 1024 * kAnswer;

}  // namespace

Pipeline::Pipeline(Socket& socket, OnReply on_reply) : socket_(socket), on_reply_(std::move(on_reply)) {
    if (socket_.send_buffer() < kSendBuffer) socket_.grow_send_buffer(kSendBuffer);
    if (socket_.receive_buffer() < kReceiveBuffer) socket_.grow_receive_buffer(kReceiveBuffer);
    answer_room_ = socket_.receive_buffer() / 2;  // the other half for what other senders have queued
    datagram_.reserve(kDatagram);
}

void Pipeline::submit(const Message& request, size_t operation, size_t reply) {
    const auto bytes = request.bytes();
    const size_t answers = kAnswer + 2 * reply;  // a reply's slab is less than twice its bytes
    if (!operations_.empty() &&
        (datagram_.size() + bytes.size() > kDatagram || answers_ + answers > answer_room_)) {
        send();
    }
    last_ = datagram_.size();
    datagram_.insert(datagram_.end(), bytes.begin(), bytes.end());
    operations_.push_back(operation);
    answers_ += answers;
}

void Pipeline::send() {
    if (operations_.empty()) return;
    const uint32_t first = socket_.next_sequence();
    uint32_t sequence = first;
    size_t at = 0;
    while (true) {
        auto* head = reinterpret_cast<nlmsghdr*>(datagram_.data() + at);
        head->nlmsg_seq = sequence;
        if (at == last_) {
            head->nlmsg_flags |= NLM_F_ACK;
            break;
        }
        at += NLMSG_ALIGN(head->nlmsg_len);
        sequence = socket_.next_sequence();
    }
    const uint32_t final = sequence;
    const std::vector<size_t> operations = std::move(operations_);
    operations_.clear();
    answers_ = 0;
    requests_ += operations.size();
    ++datagrams_;
    std::vector<bool> refused(operations.size());
    // Sequence numbers skip 0; the distance does not.
    const auto place = [&](uint32_t number) {
        return static_cast<size_t>(number - first) - (number < first ? 1U : 0U);
    };

    socket_.send(datagram_);
    datagram_.clear();
    bool done = false;
    bool lost = false;
    std::exception_ptr thrown;
    while (!done) {
        std::span<const uint8_t> answers;
        try {
            // After a loss the last acknowledgement may be among the lost: all that comes is there by now.
            answers = socket_.receive(lost ? Socket::Wait::no : Socket::Wait::yes);
        } catch (const Error& error) {
            if (error.code() != ENOBUFS) throw;
            lost = true;
            continue;
        }
        if (answers.empty()) break;
        messages(answers, [&](const MessageView& message) {
            const size_t index = place(message.sequence());
            if (message.sequence() == 0 || index >= operations.size()) return true;  // not of this datagram
            if (const auto end = answer(message)) {
                if (end->code != 0) {
                    refused[index] = true;
                    failures_.push_back({operations[index], end->code, end->words});
                }
                done = done || end->sequence == final;
            } else if (on_reply_ && !thrown) {
                try {
                    on_reply_(operations[index], message);
                } catch (...) {
                    thrown = std::current_exception();
                }
            }
            return true;
        });
    }
    if (lost) {
        for (size_t index = 0; index < operations.size(); ++index) {
            if (!refused[index]) failures_.push_back({operations[index], ENOBUFS, "the answer was lost"});
        }
    }
    if (thrown) std::rethrow_exception(thrown);
}

std::vector<Failure> Pipeline::flush() {
    send();
    return std::exchange(failures_, {});
}

}  // namespace nvi::netlink
