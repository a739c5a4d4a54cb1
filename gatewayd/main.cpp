// SPDX-License-Identifier: GPL-2.0-or-later
// gatewayd [--config FILE]: health checks. gwctl does without it.
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "gatewayd/daemon.hpp"

int main(int argc, char** argv) {
    std::string config = "/etc/nvi-gateway/gateway.toml";
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) != "--config" || i + 1 == argc) {
            fmt::print(stderr, "usage: gatewayd [--config FILE]\n");
            return 2;
        }
        config = argv[++i];
    }
    try {
        nvi::gatewayd::Daemon(config).run();
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "gatewayd: {}\n", error.what());
        return 1;
    }
}
