// SPDX-License-Identifier: GPL-2.0-or-later
// The nft program, for tests that compare with what it makes and sees.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "gateway/net/address.hpp"

namespace nvi::nft {

inline Address ip(const char* text) {
    return Address::parse(text).value();
}

// What nft says; both of its outputs.
inline std::string run(const std::string& command) {
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    std::string output;
    char buffer[4096];
    for (size_t length = 0; (length = fread(buffer, 1, sizeof(buffer), pipe)) > 0;)
        output.append(buffer, length);
    EXPECT_EQ(pclose(pipe), 0) << command << "\n" << output;
    return output;
}

// Has nft read a text.
inline void load(const std::string& text) {
    const std::string path = testing::TempDir() + "nvi-test.nft";
    std::ofstream(path) << text;
    run("nft -f " + path);
    std::remove(path.c_str());
}

}  // namespace nvi::nft
