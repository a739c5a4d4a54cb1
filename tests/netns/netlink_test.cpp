// SPDX-License-Identifier: GPL-2.0-or-later
// Sockets and pipelines against the running kernel, in an empty network namespace:
//
//   lo (up)   routes to 10.x.y.z/32 dev lo
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <set>
#include <string>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"
#include "gateway/netlink/pipeline.hpp"
#include "gateway/netlink/socket.hpp"
#include "tests/netns/routes.hpp"

namespace nvi::netlink {
namespace {

std::set<uint32_t> destinations(Socket& socket) {
    rtmsg head{};
    head.rtm_family = AF_INET;
    head.rtm_protocol = kMark;
    Message request(RTM_GETROUTE, 0, head, kRoute);
    const auto all = dump<uint32_t>(socket, request, [](const MessageView& message) {
        return message.attributes<rtmsg>(kRoute).be32(RTA_DST);
    });
    return {all.begin(), all.end()};
}

TEST_F(Netlink, AskBringsTheReply) {
    Message request(RTM_GETLINK, 0, ifinfomsg{}, kLink);
    request.put_text(IFLA_IFNAME, "lo");
    std::string name;
    const Answer end = ask(socket_, request, [&](const MessageView& message) {
        name = message.attributes<ifinfomsg>(kLink).text(IFLA_IFNAME).value_or("");
    });
    EXPECT_EQ(end.code, 0);
    EXPECT_EQ(name, "lo");
}

TEST_F(Netlink, ChangeSpeaksWithTheKernelsWords) {
    Message wrong = route(RTM_NEWROUTE, NLM_F_CREATE, 0x0a000001);
    Message missing(
        RTM_NEWROUTE, NLM_F_CREATE,
        [] {
            rtmsg head{};
            head.rtm_family = AF_INET;
            head.rtm_dst_len = 33;
            return head;
        }(),
        kRoute);
    try {
        change(socket_, missing, "add route");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), EINVAL);
        EXPECT_NE(std::string(error.what()).find("Invalid prefix length"), std::string::npos) << error.what();
    }
    change(socket_, wrong, "add route");
    Message gone = remove(0x0a000001);
    change(socket_, gone, "delete route");
}

TEST_F(Netlink, PipelineAddsDumpsAndDeletesManyRoutes) {
    constexpr uint32_t kRoutes = 20000;
    Pipeline pipeline(socket_);
    for (uint32_t i = 0; i < kRoutes; ++i) pipeline.submit(add(0x0a000000 + i), i);
    EXPECT_TRUE(pipeline.flush().empty());
    EXPECT_EQ(pipeline.requests_sent(), kRoutes);
    EXPECT_LT(pipeline.datagrams_sent(), kRoutes / 100);

    const auto there = destinations(socket_);
    EXPECT_EQ(there.size(), kRoutes);
    EXPECT_EQ(*there.rbegin(), 0x0a000000 + kRoutes - 1);

    for (uint32_t i = 0; i < kRoutes; ++i) pipeline.submit(remove(0x0a000000 + i), i);
    EXPECT_TRUE(pipeline.flush().empty());
    EXPECT_TRUE(destinations(socket_).empty());
}

TEST_F(Netlink, PipelineNamesEachFailure) {
    Pipeline pipeline(socket_);
    for (uint32_t i = 0; i < 10; ++i)
        pipeline.submit(add(0x0a010000 + i / 2), 100 + i);  // each second is there
    const auto failures = pipeline.flush();
    ASSERT_EQ(failures.size(), 5U);
    for (size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(failures[i].operation, 101 + 2 * i);
        EXPECT_EQ(failures[i].code, EEXIST);
    }
    EXPECT_FALSE(pipeline.failed());
    for (uint32_t i = 0; i < 5; ++i) pipeline.submit(remove(0x0a010000 + i), i);
    EXPECT_TRUE(pipeline.flush().empty());
}

TEST_F(Netlink, PipelineSurvivesFailureOfEveryRequest) {
    constexpr uint32_t kRoutes = 5000;
    Pipeline pipeline(socket_);
    for (uint32_t i = 0; i < kRoutes; ++i) pipeline.submit(remove(0x0a020000 + i), i);
    EXPECT_TRUE(pipeline.failed());
    const auto failures = pipeline.flush();
    ASSERT_EQ(failures.size(), kRoutes);
    for (uint32_t i = 0; i < kRoutes; ++i) {
        EXPECT_EQ(failures[i].operation, i);
        EXPECT_EQ(failures[i].code, ESRCH);
    }
}

TEST_F(Netlink, PipelineBringsReplies) {
    std::set<size_t> answered;
    Pipeline pipeline(socket_, [&](size_t operation, const MessageView& message) {
        EXPECT_EQ(message.attributes<ifinfomsg>(kLink).text(IFLA_IFNAME), "lo");
        answered.insert(operation);
    });
    for (size_t i = 0; i < 2000; ++i) {
        Message request(RTM_GETLINK, 0, ifinfomsg{}, kLink);
        request.put_text(IFLA_IFNAME, i % 2 == 0 ? "lo" : "none");
        pipeline.submit(request, i, 2048);
    }
    const auto failures = pipeline.flush();
    EXPECT_EQ(failures.size(), 1000U);
    for (const auto& failure : failures) EXPECT_EQ(failure.code, ENODEV);
    EXPECT_EQ(answered.size(), 1000U);
}

// Answers that do not fit the receive buffer are lost; that is told, and nobody waits for them.
TEST_F(Netlink, LostAnswersAreReported) {
    Pipeline pipeline(socket_);
    const int tiny = 1;  // the kernel's least, 2304 bytes
    ASSERT_EQ(setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny)), 0);
    for (uint32_t i = 0; i < 200; ++i) pipeline.submit(remove(0x0a030000 + i), i);
    const auto failures = pipeline.flush();
    ASSERT_EQ(failures.size(), 200U);
    size_t lost = 0;
    for (const auto& failure : failures) lost += failure.code == ENOBUFS ? 1U : 0U;
    EXPECT_GT(lost, 100U);
    socket_.drain();
    EXPECT_TRUE(destinations(socket_).empty());
}

TEST_F(Netlink, RefusedDumpTellsWhy) {
    rtmsg head{};
    head.rtm_family = AF_INET;
    Message request(RTM_GETROUTE, 0, head, kRoute);
    request.put_u32(RTA_TABLE, 4711);
    try {
        dump(
            socket_, request, [](const MessageView&) {}, [] {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ENOENT);
        EXPECT_NE(std::string(error.what()).find("FIB table does not exist"), std::string::npos)
            << error.what();
    }
}

TEST_F(Netlink, SocketIsUsableAfterACallbackThrew) {
    Message request(RTM_GETLINK, 0, ifinfomsg{}, kLink);
    EXPECT_THROW(dump(
                     socket_, request, [](const MessageView&) { throw Error("mine"); }, [] {}),
                 Error);
    EXPECT_TRUE(destinations(socket_).empty());
}

}  // namespace
}  // namespace nvi::netlink
