// SPDX-License-Identifier: GPL-2.0-or-later
// Escaping and suggestions.
#include "tenants/text.hpp"

#include <gtest/gtest.h>

namespace nvi::tenants {
namespace {

TEST(TextTest, HostileTextIsEscaped) {
    EXPECT_EQ(printable("plain äöü €"), "plain äöü €");
    EXPECT_EQ(printable("\x1b[31mred\x07\x7f"), "\\x1b[31mred\\x07\\x7f");
    EXPECT_EQ(printable("\u202Eabc\u200b"), "\\u202eabc\\u200b");
    EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
    EXPECT_EQ(printable("\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80"),
              "\\xc0\\x80 \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80");
    EXPECT_EQ(printable("\u0085"), "\\x85");
    EXPECT_EQ(printable("a\tb"), "a b");
    EXPECT_EQ(printable(printable("\x1b\\")), printable("\x1b\\"));
}

TEST(TextTest, Quoted) {
    EXPECT_EQ(in_quotes("a\"b\\c"), "\"a\\\"b\\\\c\"");
    EXPECT_LT(in_quotes(std::string(10000, 'x')).size(), 200U);
}

TEST(TextTest, NearestName) {
    const std::vector<std::string_view> names = {"address", "node", "mac", "public", "private"};
    EXPECT_EQ(nearest("adress", names), "address");
    EXPECT_EQ(nearest("ndoe", names), "node");
    EXPECT_EQ(nearest("Node", names), "node");
    EXPECT_EQ(nearest("pubilc", names), "public");
    EXPECT_EQ(nearest("hostname", names), "");
    EXPECT_EQ(nearest("", names), "");
    EXPECT_EQ(nearest(std::string(100000, 'a'), names), "");
}

}  // namespace
}  // namespace nvi::tenants
