// SPDX-License-Identifier: GPL-2.0-or-later
// What a firewall's elements say of connections that are there.
#include "nft/judge.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "nft/elements.hpp"

namespace nvi::nft {
namespace {

constexpr uint32_t kTenant = 1001;

Address ip(const char* text) {
    return Address::parse(text).value();
}

void append(std::vector<Element>& to, const std::vector<Element>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

// From outside to port 80 of 10.0.0.7, and no more; another tenant denies all.
std::vector<Element> elements() {
    auto all = firewall(kTenant, Verdict::drop, Verdict::accept, false);
    append(all, firewall(1002, Verdict::reject, Verdict::reject, true));
    all.push_back(firewall_class(kTenant, ip("10.0.0.7"), ip("10.0.0.9"), 1));
    all.push_back(firewall_rule(kTenant, true,
                                {.number = 1,
                                 .first_protocol = IPPROTO_TCP,
                                 .last_protocol = IPPROTO_TCP,
                                 .first_remote = ip("198.51.100.0"),
                                 .last_remote = ip("198.51.100.255"),
                                 .first_port = 80,
                                 .last_port = 90},
                                Verdict::accept, true));
    return all;
}

Judge::Connection web() {
    return {.in = true,
            .protocol = IPPROTO_TCP,
            .remote = ip("198.51.100.9"),
            .local = ip("10.0.0.7"),
            .port = 80};
}

class JudgeTest : public testing::Test {
  protected:
    bool denies(const Judge::Connection& connection, uint32_t tenant = kTenant) const {
        return judge_.denies(tenant, connection);
    }

    std::vector<Element> elements_ = elements();
    const uint32_t tenants_[3] = {kTenant, 1002, 1003};
    Judge judge_{elements_, tenants_};
};

TEST_F(JudgeTest, WhatARuleAcceptsStays) {
    EXPECT_FALSE(denies(web()));
    auto last = web();
    last.local = ip("10.0.0.9");
    last.port = 90;
    EXPECT_FALSE(denies(last));
}

TEST_F(JudgeTest, WhatNoRuleAcceptsGoesByTheDefault) {
    auto other = web();
    other.port = 91;
    EXPECT_TRUE(denies(other));
    other = web();
    other.local = ip("10.0.0.10");
    EXPECT_TRUE(denies(other));
    other = web();
    other.remote = ip("198.51.101.0");
    EXPECT_TRUE(denies(other));
    other = web();
    other.protocol = IPPROTO_UDP;
    EXPECT_TRUE(denies(other));
    other.in = false;
    EXPECT_FALSE(denies(other));
    EXPECT_TRUE(denies(other, 1002));
}

TEST_F(JudgeTest, ATenantThatDoesNotFilterDeniesNothing) {
    EXPECT_FALSE(denies(web(), 1003));
    EXPECT_FALSE(denies(web(), 1004));
}

TEST_F(JudgeTest, BelongsToFirewall) {
    for (const auto& element : elements()) EXPECT_TRUE(belongs_to_firewall(element)) << element.set;
    EXPECT_FALSE(belongs_to_firewall(zone("gt1001", kTenant)));
    EXPECT_FALSE(belongs_to_firewall(most_new_connections(kTenant, 10)));
}

}  // namespace
}  // namespace nvi::nft
