// SPDX-License-Identifier: GPL-2.0-or-later
// main() of the tests that change the network: each program runs in a network namespace of its own,
// which the kernel takes down with everything in it when the program ends.
#include <gtest/gtest.h>
#include <sched.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

int main(int argc, char** argv) {
    bool listing = false;  // when the build asks for the tests' names it may have no rights
    for (int i = 1; i < argc; ++i) listing = listing || std::string_view(argv[i]) == "--gtest_list_tests";
    testing::InitGoogleTest(&argc, argv);
    if (!listing && unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        std::fprintf(stderr, "no private network namespace: %s\n", std::strerror(errno));
        return 1;
    }
    return RUN_ALL_TESTS();
}
