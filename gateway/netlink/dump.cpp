// SPDX-License-Identifier: GPL-2.0-or-later
// Questions to the kernel.
#include "gateway/netlink/dump.hpp"

#include <cerrno>
#include <exception>
#include <string>

#include "gateway/net/error.hpp"

namespace nvi::netlink {
namespace {

enum class Outcome : uint8_t { complete, interrupted };

Outcome dump_once(Socket& socket, Message& request, const std::function<void(const MessageView&)>& each) {
    const uint32_t sequence = socket.next_sequence();
    request.set_sequence(sequence);
    request.add_flags(NLM_F_DUMP);
    socket.send(request.bytes());

    bool interrupted = false;
    std::optional<Answer> end;
    std::exception_ptr thrown;
    while (!end) {
        std::span<const uint8_t> datagram;
        try {
            datagram = socket.receive();
        } catch (const Error& error) {
            if (error.code() != ENOBUFS) throw;
            interrupted = true;  // the dump itself goes on
            continue;
        }
        messages(datagram, [&](const MessageView& message) {
            if (message.sequence() != sequence) return true;  // of an earlier conversation
            interrupted = interrupted || (message.flags() & NLM_F_DUMP_INTR) != 0;
            end = answer(message);
            if (end) return false;
            if (thrown || interrupted) return true;
            try {
                each(message);
            } catch (...) {
                thrown = std::current_exception();
            }
            return true;
        });
    }
    if (end->code == EINTR || (interrupted && end->code == 0)) return Outcome::interrupted;
    if (end->code != 0) throw Error::system("dump", end->code, end->words);
    if (thrown) std::rethrow_exception(thrown);
    return Outcome::complete;
}

}  // namespace

void dump(Socket& socket, Message& request, const std::function<void(const MessageView&)>& each,
          const std::function<void()>& again) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        if (dump_once(socket, request, each) == Outcome::complete) return;
        again();
    }
    throw Error::system("dump changed while it was read, " + std::to_string(kAttempts) + " times", EINTR);
}

Answer ask(Socket& socket, Message& request, const std::function<void(const MessageView&)>& each) {
    const uint32_t sequence = socket.next_sequence();
    request.set_sequence(sequence);
    request.add_flags(NLM_F_ACK);
    socket.send(request.bytes());
    std::optional<Answer> end;
    std::exception_ptr thrown;
    while (!end) {
        messages(socket.receive(), [&](const MessageView& message) {
            if (message.sequence() != sequence) return true;
            end = answer(message);
            if (end) return false;
            if (thrown) return true;
            try {
                each(message);
            } catch (...) {
                thrown = std::current_exception();
            }
            return true;
        });
    }
    if (thrown) std::rethrow_exception(thrown);
    return *end;
}

void change(Socket& socket, Message& request, const std::string& what) {
    const Answer end = ask(socket, request, [](const MessageView&) {});
    if (end.code != 0) throw Error::system(what, end.code, end.words);
}

}  // namespace nvi::netlink
