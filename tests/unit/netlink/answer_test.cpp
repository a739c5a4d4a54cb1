// SPDX-License-Identifier: GPL-2.0-or-later
// Acknowledgements as kernels send them: plain, capped, with the request inside, with words.
#include "gateway/netlink/answer.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <vector>

namespace nvi::netlink {
namespace {

template <typename T>
void append(std::vector<uint8_t>& bytes, const T& value) {
    bytes.resize(bytes.size() + sizeof(value));
    std::memcpy(bytes.data() + bytes.size() - sizeof(value), &value, sizeof(value));
}

std::vector<uint8_t> words(const char* text) {
    std::vector<uint8_t> bytes;
    append(bytes, nlattr{static_cast<uint16_t>(NLA_HDRLEN + std::strlen(text) + 1), NLMSGERR_ATTR_MSG});
    bytes.insert(bytes.end(), text, text + std::strlen(text) + 1);
    bytes.resize(NLA_ALIGN(bytes.size()));
    append(bytes, nlattr{8, NLMSGERR_ATTR_OFFS});
    append(bytes, uint32_t{32});
    return bytes;
}

std::vector<uint8_t> message(uint16_t type, uint16_t flags, std::vector<uint8_t> payload) {
    std::vector<uint8_t> bytes;
    append(bytes, nlmsghdr{static_cast<uint32_t>(sizeof(nlmsghdr) + payload.size()), type, flags, 5, 0});
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

std::vector<uint8_t> error(int code, uint32_t request_length = sizeof(nlmsghdr)) {
    std::vector<uint8_t> bytes;
    append(bytes, nlmsgerr{code, {request_length, 16, 0, 5, 0}});
    return bytes;
}

std::vector<uint8_t> operator+(std::vector<uint8_t> left, const std::vector<uint8_t>& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

TEST(Answer, Acknowledgement) {
    const auto bytes = message(NLMSG_ERROR, NLM_F_CAPPED, error(0, 68));
    const auto got = answer(MessageView(bytes));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->code, 0);
    EXPECT_EQ(got->sequence, 5U);
    EXPECT_EQ(got->words, "");
}

TEST(Answer, CodesArePositive) {
    const auto bytes = message(NLMSG_ERROR, NLM_F_CAPPED, error(-ENODEV));
    EXPECT_EQ(answer(MessageView(bytes))->code, ENODEV);
}

TEST(Answer, CodesThatAreNoneAreMalformed) {
    const auto bytes = message(NLMSG_ERROR, NLM_F_CAPPED, error(std::numeric_limits<int>::min()));
    EXPECT_EQ(answer(MessageView(bytes))->code, EBADMSG);
}

TEST(Answer, WordsBehindACappedAnswer) {
    const auto bytes = message(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS,
                               error(-EINVAL, 68) + words("Unknown device type"));
    const auto got = answer(MessageView(bytes));
    EXPECT_EQ(got->words, "Unknown device type");
    EXPECT_EQ(got->offset, 32U);
}

TEST(Answer, WordsBehindTheCopiedRequest) {
    const auto bytes = message(NLMSG_ERROR, NLM_F_ACK_TLVS,
                               error(-EINVAL, 20) + std::vector<uint8_t>(4, 0xff) + words("No such table"));
    EXPECT_EQ(answer(MessageView(bytes))->words, "No such table");
}

TEST(Answer, WordsBehindADumpsEnd) {
    std::vector<uint8_t> code;
    append(code, -ENOENT);
    const auto bytes =
        message(NLMSG_DONE, NLM_F_MULTI | NLM_F_ACK_TLVS, code + words("FIB table does not exist"));
    const auto got = answer(MessageView(bytes));
    EXPECT_EQ(got->code, ENOENT);
    EXPECT_EQ(got->words, "FIB table does not exist");
}

TEST(Answer, OtherMessagesAreNone) {
    const auto bytes = message(16, 0, {});
    EXPECT_FALSE(answer(MessageView(bytes)));
}

}  // namespace
}  // namespace nvi::netlink
