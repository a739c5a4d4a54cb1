// SPDX-License-Identifier: GPL-2.0-or-later
// gwpeer: a tenant's node behind NAT. Makes its tunnel to the gateway, and keeps the way back open.
#include <getopt.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <random>
#include <string>

#include "gateway/net/error.hpp"
#include "gwpeer/files.hpp"
#include "gwpeer/session.hpp"
#include "gwpeer/tunnel.hpp"

namespace {

using namespace nvi;
using namespace nvi::gwpeer;

constexpr const char* kUsage =
    "usage: gwpeer [--config FILE] [--state FOLDER] [--run FOLDER] run | status\n"
    "  run       make the tunnel and keep it, until SIGTERM\n"
    "  status    what the running one sees: its address and port as the gateway reports them, loss, round "
    "trip\n"
    "  --config  what `gwctl peer export` wrote (/etc/gwpeer.conf)\n"
    "  --state   where the last timestamp is kept (/var/lib/gwpeer)\n"
    "  --run     where the status is kept (/run/gwpeer)\n";

constexpr uint64_t kSecond = 1'000'000'000;  // ns

uint64_t clock_now(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<uint64_t>(time.tv_sec) * kSecond + static_cast<uint64_t>(time.tv_nsec);
}

Fd ending_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    return Fd::adopt(signalfd(-1, &set, SFD_CLOEXEC));
}

void run(const Config& config, const Files& files) {
    const Fd signals = ending_signals();
    Tunnel tunnel(config);
    Session session(config, read_timestamp(files.state));
    std::mt19937_64 engine(std::random_device{}());
    std::uniform_real_distribution<double> random(0, 1);
    const auto pause = [&] { return static_cast<uint64_t>(session.pause(random(engine)) * kSecond); };
    const auto status = [&] {
        const auto server = tunnel.server();
        write_status(files.status, config, session,
                     server         ? server->str()
                     : config.relay ? "by a relay"
                                    : config.server,
                     clock_now(CLOCK_REALTIME));
    };

    // Keepalives keep the time of a clock that nobody sets, their timestamps that of the day.
    uint64_t sent = 0;
    uint64_t due = 0;
    for (;;) {
        const uint64_t time = clock_now(CLOCK_MONOTONIC);
        if (time >= due) {
            // The name is looked up again when answers fail to come.
            if (!tunnel.server() || session.unanswered() >= 3) tunnel.resolve();
            const auto frame = session.next(clock_now(CLOCK_REALTIME));
            // First to the disk: no timestamp is ever sent twice.
            write_timestamp(files.state, session.last());
            tunnel.send(frame);
            sent = time;
            due = sent + pause();
            status();
        }
        pollfd wait[] = {{tunnel.descriptor(), POLLIN, 0}, {signals.get(), POLLIN, 0}};
        const uint64_t left = due - std::min(due, clock_now(CLOCK_MONOTONIC));
        if (::poll(wait, 2, static_cast<int>(left / 1'000'000 + 1)) < 0 && errno != EINTR)
            throw Error::system("poll", errno);
        if (wait[1].revents != 0) return;
        for (auto frame = tunnel.receive(); !frame.empty(); frame = tunnel.receive()) {
            if (!session.take(frame, clock_now(CLOCK_REALTIME))) continue;
            due = sent + pause();
            status();
        }
    }
}

int show_status(const Files& files) {
    std::ifstream file(files.status);
    if (!file) {
        std::cerr << "gwpeer: not running (no " << files.status << ")\n";
        return 1;
    }
    std::cout << file.rdbuf();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::string config_file = "/etc/gwpeer.conf";
    std::string state = "/var/lib/gwpeer";
    std::string running = "/run/gwpeer";
    constexpr option kOptions[] = {{"config", required_argument, nullptr, 'c'},
                                   {"state", required_argument, nullptr, 's'},
                                   {"run", required_argument, nullptr, 'r'},
                                   {"help", no_argument, nullptr, 'h'},
                                   {nullptr, 0, nullptr, 0}};
    for (int word = 0; (word = getopt_long(argc, argv, "", kOptions, nullptr)) != -1;) {
        switch (word) {
            case 'c':
                config_file = optarg;
                break;
            case 's':
                state = optarg;
                break;
            case 'r':
                running = optarg;
                break;
            case 'h':
                std::cout << kUsage;
                return 0;
            default:
                std::cerr << kUsage;
                return 2;
        }
    }
    const std::string verb = optind + 1 == argc ? argv[optind] : "";
    if (verb != "run" && verb != "status") {
        std::cerr << kUsage;
        return 2;
    }
    Config config;
    try {
        config = read_config(config_file);
    } catch (const Error& error) {
        std::cerr << "gwpeer: " << error.what() << '\n';
        return 2;
    }
    try {
        const Files files = files_of(config, state, running);
        if (verb == "status") return show_status(files);
        run(config, files);
        ::unlink(files.status.c_str());
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "gwpeer: " << error.what() << '\n';
        return 1;
    }
}
