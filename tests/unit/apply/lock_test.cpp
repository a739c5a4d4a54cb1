// SPDX-License-Identifier: GPL-2.0-or-later
// Two that want to change the same gateway.
#include "gateway/apply/lock.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "gateway/net/error.hpp"

namespace nvi::apply {
namespace {

using namespace std::chrono_literals;

class LockTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = std::filesystem::temp_directory_path() / "nvi-lock-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        directory_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }
    std::filesystem::path directory_;
};

TEST_F(LockTest, the_second_is_told_who_holds_it) {
    const auto first = Lock::take(directory_, "gwctl apply", 0ms, {});
    std::string told;
    try {
        Lock::take(directory_, "gwctl down", 50ms, [&](const std::string& holder) { told = holder; });
        FAIL() << "two locks";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), EBUSY);
        const auto self = "process " + std::to_string(getpid()) + " (gwctl apply)";
        EXPECT_NE(std::string(error.what()).find(self), std::string::npos) << error.what();
        EXPECT_EQ(told, self);
    }
}

TEST_F(LockTest, is_free_again_when_its_holder_is_gone) {
    { const auto first = Lock::take(directory_, "a long command that leaves nothing behind", 0ms, {}); }
    const auto second = Lock::take(directory_, "gwctl", 0ms, {});
}

}  // namespace
}  // namespace nvi::apply
