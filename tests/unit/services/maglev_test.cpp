// SPDX-License-Identifier: GPL-2.0-or-later
// Shares, and how few connections move.
#include "services/maglev.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nvi::services {
namespace {

constexpr uint32_t kSize = 65537;

std::vector<Share> backends(uint32_t count) {
    std::vector<Share> shares;
    for (uint32_t i = 0; i < count; ++i) {
        shares.push_back({permutation_of(Address::v4(0x0a000001 + i), kSize), 1});
    }
    return shares;
}

std::vector<uint32_t> counts(const std::vector<uint32_t>& table, size_t shares) {
    std::vector<uint32_t> result(shares);
    for (const uint32_t index : table) ++result.at(index);
    return result;
}

// The largest difference between a share of the places and the share of the weights, in parts of the latter.
double worst(const std::vector<Share>& shares) {
    const auto total = std::accumulate(shares.begin(), shares.end(), 0.0,
                                       [](double sum, const Share& share) { return sum + share.weight; });
    const auto got = counts(maglev_table(shares, kSize), shares.size());
    double most = 0;
    for (size_t i = 0; i < shares.size(); ++i) {
        const double wanted = shares[i].weight / total;
        most = std::max(most, std::abs(got[i] / double{kSize} - wanted) / wanted);
    }
    return most;
}

// The paper's own example: table 1, seven places, three backends, of which the second goes.
TEST(Maglev, PublishedExample) {
    std::vector<Share> shares = {{{3, 4}, 1}, {{0, 2}, 1}, {{3, 1}, 1}};
    EXPECT_EQ(maglev_table(shares, 7), (std::vector<uint32_t>{1, 0, 1, 0, 2, 2, 0}));
    shares[1].weight = 0;
    EXPECT_EQ(maglev_table(shares, 7), (std::vector<uint32_t>{0, 0, 0, 0, 2, 2, 2}));
}

TEST(Maglev, SpreadOverThousandBackends) {
    const double most = worst(backends(1000));
    RecordProperty("most_off_permille", static_cast<int>(most * 1000));
    EXPECT_LE(most, 0.02);
}

// Each place is 1/65.5 of an average backend: lighter ones cannot be met more closely than by one place.
TEST(Maglev, SpreadByWeight) {
    auto few = backends(10);
    for (uint32_t i = 0; i < few.size(); ++i) few[i].weight = i + 1;
    EXPECT_LE(worst(few), 0.02);

    auto many = backends(1000);
    uint32_t total = 0;
    for (uint32_t i = 0; i < many.size(); ++i) total += many[i].weight = i % 10 + 1;
    const auto got = counts(maglev_table(many, kSize), many.size());
    for (size_t i = 0; i < many.size(); ++i) {
        EXPECT_NEAR(got[i], double{kSize} * many[i].weight / total, 1.0) << i;
    }
}

TEST(Maglev, RemovalMovesFewOthers) {
    auto shares = backends(100);
    const auto before = maglev_table(shares, kSize);
    double most = 0;
    for (uint32_t gone = 0; gone < shares.size(); gone += 9) {
        shares[gone].weight = 0;
        const auto after = maglev_table(shares, kSize);
        shares[gone].weight = 1;
        uint32_t moved = 0;
        for (uint32_t i = 0; i < kSize; ++i) {
            EXPECT_NE(after[i], gone);
            moved += before[i] != gone && after[i] != before[i] ? 1 : 0;
        }
        most = std::max(most, moved / double{kSize});
    }
    RecordProperty("most_moved_permille", static_cast<int>(most * 1000));
    EXPECT_LT(most, 0.02);
}

TEST(Maglev, NobodyToChoose) {
    EXPECT_TRUE(maglev_table({}, kSize).empty());
    auto shares = backends(2);
    for (auto& share : shares) share.weight = 0;
    EXPECT_TRUE(maglev_table(shares, kSize).empty());
    EXPECT_TRUE(turns_table(shares, kSize).empty());
}

TEST(Turns, HeavierOnesAreSpread) {
    auto shares = backends(3);
    shares[0].weight = 2;
    EXPECT_EQ(turns_table(shares, 8), (std::vector<uint32_t>{0, 1, 2, 0, 0, 1, 2, 0}));
    shares[0].weight = 0;
    EXPECT_EQ(turns_table(shares, 4), (std::vector<uint32_t>{1, 2, 1, 2}));
}

}  // namespace
}  // namespace nvi::services
