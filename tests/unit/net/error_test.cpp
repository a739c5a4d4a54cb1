// SPDX-License-Identifier: GPL-2.0-or-later
// The text of errors.
#include "gateway/net/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace nvi {
namespace {

TEST(ErrorTest, SaysWhatAndWhy) {
    EXPECT_STREQ(Error::system("add link vrf1001", EEXIST).what(), "add link vrf1001: File exists");
    const auto error = Error::system("add route 10.0.0.7/32", ENODEV, "Egress device can not be L3 slave");
    EXPECT_STREQ(error.what(),
                 "add route 10.0.0.7/32: No such device (kernel: \"Egress device can not be L3 slave\")");
    EXPECT_EQ(error.code(), ENODEV);
}

TEST(ErrorTest, ContextComesInFront) {
    Error error("no such file", ENOENT);
    EXPECT_STREQ(error.within("tenant acme").within("apply").what(), "apply: tenant acme: no such file");
}

}  // namespace
}  // namespace nvi
