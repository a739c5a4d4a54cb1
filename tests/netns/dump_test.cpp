// SPDX-License-Identifier: GPL-2.0-or-later
// Dumps that the kernel does not give whole, in an empty network namespace:
//
//   lo (up)   routes to 10.x.y.z/32 dev lo, addresses 10.4.y.z/32
#include "gateway/netlink/dump.hpp"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <utility>

#include "gateway/net/error.hpp"
#include "gateway/netlink/pipeline.hpp"
#include "gateway/netlink/socket.hpp"
#include "tests/netns/routes.hpp"

namespace {

// Between the kernel and the socket: what the next dumps do not get of what the kernel sends.
struct Wire {
    size_t room = 0;     // bytes to a datagram; 0: as the socket says
    size_t missing = 0;  // bytes at the end of every datagram
    bool without_end = false;
};
Wire wire;

bool is_end(const mmsghdr& datagram) {
    return static_cast<const nlmsghdr*>(datagram.msg_hdr.msg_iov->iov_base)->nlmsg_type == NLMSG_DONE;
}

}  // namespace

// In place of the C library's.
extern "C" int recvmmsg(int fd, mmsghdr* datagrams, unsigned count, int flags, timespec* timeout) {
    const auto receive = [&] {
        return static_cast<int>(syscall(SYS_recvmmsg, fd, datagrams, count, flags, timeout));
    };
    if (wire.room != 0) {
        const size_t room = std::exchange(datagrams->msg_hdr.msg_iov->iov_len, wire.room);
        count = 1;
        const int received = receive();
        datagrams->msg_hdr.msg_iov->iov_len = room;
        return received;
    }
    if (wire.without_end) count = 1;
    int received = receive();
    if (wire.without_end && received == 1 && is_end(*datagrams)) received = receive();
    for (int i = 0; i < received; ++i) datagrams[i].msg_len -= static_cast<unsigned>(wire.missing);
    return received;
}

namespace nvi::netlink {
namespace {

// Lists that are longer than what the socket takes at once (256 KiB), so that the kernel is not done with
// them when the first of it is looked at.
constexpr uint32_t kMany = 6000;

constexpr Policy kAddress{{IFA_LOCAL, Kind::be32}};

Message address(uint16_t type, uint32_t value) {
    ifaddrmsg host{};
    host.ifa_family = AF_INET;
    host.ifa_prefixlen = 32;
    host.ifa_index = 1;
    Message message(type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0, host, kAddress);
    message.put_be32(IFA_LOCAL, value);
    return message;
}

class LongDump : public Netlink {
  protected:
    struct Outcome {
        size_t seen = 0;  // messages, of the last attempt
        int repeats = 0;
        int code = 0;
        std::string words;
    };

    // Asks for a list; disturb() is called at its 100th message, of every attempt.
    Outcome list(
        Message request, const std::function<void()>& disturb = [] {}) {
        Outcome outcome;
        try {
            dump(
                reader_, request,
                [&](const MessageView&) {
                    if (++outcome.seen == 100) disturb();
                },
                [&] {
                    ++outcome.repeats;
                    outcome.seen = 0;
                });
        } catch (const Error& error) {
            outcome.code = error.code();
            outcome.words = error.what();
        }
        return outcome;
    }

    static Message all_routes() {
        rtmsg head{};
        head.rtm_family = AF_INET;
        head.rtm_protocol = kMark;
        return Message(RTM_GETROUTE, 0, head, kRoute);
    }
    static Message all_addresses() {
        ifaddrmsg head{};
        head.ifa_family = AF_INET;
        return Message(RTM_GETADDR, 0, head, kAddress);
    }

    void pass(const std::function<Message(uint32_t)>& make, uint32_t count) {
        Pipeline pipeline(socket_);
        for (uint32_t i = 0; i < count; ++i) pipeline.submit(make(i), i);
        EXPECT_TRUE(pipeline.flush().empty());
    }
    void add_routes() {
        pass([](uint32_t i) { return add(0x0a060000 + i); }, kMany);
    }
    void remove_routes() {
        pass([](uint32_t i) { return remove(0x0a060000 + i); }, kMany);
    }
    void add_addresses() {
        pass([](uint32_t i) { return address(RTM_NEWADDR, 0x0a040000 + i); }, kMany);
    }
    void remove_addresses() {
        pass([](uint32_t i) { return address(RTM_DELADDR, 0x0a040000 + i); }, kMany);
    }
    // The reader hears of every change of a route, and has no room for it.
    void be_deaf() {
        const int tiny = 1;  // the kernel's least, 2304 bytes
        const int group = RTNLGRP_IPV4_ROUTE;
        ASSERT_EQ(setsockopt(reader_.fd(), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny)), 0);
        ASSERT_EQ(setsockopt(reader_.fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)), 0);
        // A notification has the number of the request behind it.
        for (int i = 0; i < 1'000'000; ++i) reader_.next_sequence();
    }
    void change_routes() {
        pass([](uint32_t i) { return add(0x0a0f0000 + i); }, 100);
        pass([](uint32_t i) { return remove(0x0a0f0000 + i); }, 100);
    }

    Socket reader_ = Socket::open(NETLINK_ROUTE);
};

// Addresses come while they are listed: the kernel says so, the list is asked for again, and what is
// handed out is whole.
TEST_F(LongDump, IsRepeatedWhenInterrupted) {
    add_addresses();
    bool disturbed = false;
    const auto outcome = list(all_addresses(), [&] {
        if (std::exchange(disturbed, true)) return;
        Message more = address(RTM_NEWADDR, 0x0a050000);
        change(socket_, more, "add address");
    });
    EXPECT_EQ(outcome.code, 0) << outcome.words;
    EXPECT_EQ(outcome.repeats, 1);
    EXPECT_EQ(outcome.seen, kMany + 2);  // and 127.0.0.1
    Message more = address(RTM_DELADDR, 0x0a050000);
    change(socket_, more, "delete address");
    remove_addresses();
}

TEST_F(LongDump, IsGivenUpWhenInterruptedAllTheTime) {
    add_addresses();
    uint32_t changes = 0;
    const auto outcome = list(all_addresses(), [&] {
        Message more = address(RTM_NEWADDR, 0x0a050000 + changes++);
        change(socket_, more, "add address");
    });
    EXPECT_EQ(outcome.code, EINTR);
    EXPECT_EQ(outcome.repeats, kAttempts);
    EXPECT_NE(outcome.words.find("10 times"), std::string::npos) << outcome.words;
    EXPECT_EQ(changes, uint32_t{kAttempts});
    EXPECT_EQ(list(all_addresses()).seen, kMany + changes + 1);  // the socket is usable
    pass([](uint32_t i) { return address(RTM_DELADDR, 0x0a050000 + i); }, changes);
    remove_addresses();
}

TEST_F(LongDump, IsRepeatedWhenMessagesWereLost) {
    add_routes();
    be_deaf();
    bool disturbed = false;
    const auto outcome = list(all_routes(), [&] {
        if (!std::exchange(disturbed, true)) change_routes();
    });
    EXPECT_EQ(outcome.code, 0) << outcome.words;
    EXPECT_EQ(outcome.repeats, 1);
    EXPECT_EQ(outcome.seen, kMany);
    remove_routes();
}

TEST_F(LongDump, IsGivenUpWhenMessagesAreLostAllTheTime) {
    add_routes();
    be_deaf();
    int changes = 0;
    const auto outcome = list(all_routes(), [&] {
        ++changes;
        change_routes();
    });
    EXPECT_EQ(outcome.code, ENOBUFS);
    EXPECT_EQ(outcome.repeats, kAttempts);
    EXPECT_NE(outcome.words.find("10 times"), std::string::npos) << outcome.words;
    EXPECT_EQ(changes, kAttempts);
    reader_.drain();
    EXPECT_EQ(list(all_routes()).seen, kMany);
    remove_routes();
}

// The kernel has no room for a part of the list: a message that is longer than what it was offered.
TEST_F(LongDump, ThatTheKernelCutsOffIsAnError) {
    add_routes();
    wire = {.room = 100};
    const auto cut = list(all_routes());
    wire = {};
    EXPECT_EQ(cut.code, EMSGSIZE);
    EXPECT_NE(cut.words.find("cut off"), std::string::npos) << cut.words;
    EXPECT_EQ(list(all_routes()).seen, kMany);
    remove_routes();
}

// What the kernel sent, less its last bytes.
TEST_F(LongDump, ThatEndsWithinAMessageIsAnError) {
    add_routes();
    wire = {.missing = 6};
    const auto cut = list(all_routes());
    wire = {};
    EXPECT_EQ(cut.code, EBADMSG);
    EXPECT_NE(cut.words.find("cut off within a message"), std::string::npos) << cut.words;
    EXPECT_EQ(list(all_routes()).seen, kMany);
    remove_routes();
}

TEST_F(LongDump, ThatDoesNotEndIsAnError) {
    add_routes();
    const timeval patience{0, 200'000};
    ASSERT_EQ(setsockopt(reader_.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    wire = {.without_end = true};
    const auto cut = list(all_routes());
    wire = {};
    EXPECT_EQ(cut.code, ETIMEDOUT);
    EXPECT_NE(cut.words.find("not to its end"), std::string::npos) << cut.words;
    EXPECT_EQ(list(all_routes()).seen, kMany);
    remove_routes();
}

}  // namespace
}  // namespace nvi::netlink
