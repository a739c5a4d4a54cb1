// SPDX-License-Identifier: GPL-2.0-or-later
// The fuzz target without the fuzzer: its seeds and the golden files, whole, cut off and damaged. It is what
// every run of the tests can afford; the search for new inputs is `cmake --build --preset fuzz --target
// fuzz`.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tenants/file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace nvi::tenants {
namespace {

void feed(const std::string& text) {
    // A copy of exactly this length, for the address sanitizer.
    const std::vector<uint8_t> bytes(text.begin(), text.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

TEST(SeedsTest, NothingCrashes) {
    size_t inputs = 0;
    for (const char* folder : {"../../fuzz/toml/seeds", "golden"}) {
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            if (!entry.is_regular_file() || entry.path().extension() == ".err") continue;
            const std::string text = read_text(entry.path().string());
            feed(text);
            for (size_t at = 0; at < text.size(); at += 13, ++inputs) {
                feed(text.substr(0, at));
                std::string damaged = text;
                damaged[at] = "\"'[{#\\\n\xc3"[inputs % 8];
                feed(damaged);
            }
        }
    }
    EXPECT_GT(inputs, 1000U);
}

}  // namespace
}  // namespace nvi::tenants
