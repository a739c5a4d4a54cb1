// SPDX-License-Identifier: GPL-2.0-or-later
// Ownership of descriptors.
#include "gateway/net/fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "gateway/net/error.hpp"

namespace nvi {
namespace {

bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

TEST(FdTest, ClosesWhatItOwns) {
    int number = -1;
    {
        Fd fd = Fd::open("/dev/null", O_RDONLY);
        number = fd.get();
        EXPECT_TRUE(fcntl(number, F_GETFD) & FD_CLOEXEC);
        Fd moved = std::move(fd);
        EXPECT_EQ(moved.get(), number);
        EXPECT_TRUE(is_open(number));
    }
    EXPECT_FALSE(is_open(number));
}

TEST(FdTest, ErrorNamesThePath) {
    try {
        Fd::open("/nonexistent/file", O_RDONLY);
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "open /nonexistent/file: No such file or directory");
        EXPECT_EQ(error.code(), ENOENT);
    }
}

}  // namespace
}  // namespace nvi
