// SPDX-License-Identifier: GPL-2.0-or-later
// Questions to the kernel.
#include "gateway/netlink/dump.hpp"

#include <cerrno>
#include <exception>
#include <string>

#include "gateway/net/error.hpp"

namespace nvi::netlink {
namespace {

enum class Outcome : uint8_t { complete, changed, lost };

Outcome dump_once(Socket& socket, Message& request, const std::function<void(const MessageView&)>& each) {
    const uint32_t sequence = socket.next_sequence();
    request.set_sequence(sequence);
    request.add_flags(NLM_F_DUMP);
    socket.send(request.bytes());

    bool changed = false;
    bool lost = false;
    std::optional<Answer> end;
    std::exception_ptr thrown;
    const auto take = [&](const MessageView& message) {
        if (message.sequence() != sequence) return true;  // of an earlier conversation
        changed = changed || (message.flags() & NLM_F_DUMP_INTR) != 0;
        end = answer(message);
        if (end) return false;
        if (thrown || changed || lost) return true;
        try {
            each(message);
        } catch (...) {
            thrown = std::current_exception();
        }
        return true;
    };
    while (!end) {
        try {
            messages(socket.receive(), take);
        } catch (const Error& error) {
            if (error.code() != ENOBUFS) {
                socket.drain();  // until a dump is read to its end the kernel begins no other (EBUSY)
                throw;
            }
            lost = true;  // the dump itself goes on
        }
    }
    if (end->code == ENOBUFS) {
        socket.drain();
        return Outcome::lost;
    }
    if (end->code == EINTR || (changed && end->code == 0)) return Outcome::changed;
    if (end->code != 0) throw Error::system("dump", end->code, end->words);
    if (lost) return Outcome::lost;
    if (thrown) std::rethrow_exception(thrown);
    return Outcome::complete;
}

}  // namespace

void dump(Socket& socket, Message& request, const std::function<void(const MessageView&)>& each,
          const std::function<void()>& again) {
    Outcome outcome{};
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        outcome = dump_once(socket, request, each);
        if (outcome == Outcome::complete) return;
        again();
    }
    const std::string times = "each of " + std::to_string(kAttempts) + " times that it was read";
    if (outcome == Outcome::lost)
        throw Error("the kernel's list was not received whole, " + times + ": its memory is short", ENOBUFS);
    throw Error("the kernel's list changed, " + times + ": something changes its objects all the time",
                EINTR);
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
