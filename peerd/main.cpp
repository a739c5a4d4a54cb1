// SPDX-License-Identifier: GPL-2.0-or-later
// nvi-peerd: what needs time. gwctl works without it; killed or upgraded, it loses no packet.
#include <getopt.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <utility>

#include "gateway/net/error.hpp"
#include "peerd/control.hpp"
#include "peerd/loop.hpp"
#include "peerd/peers.hpp"

namespace {

constexpr const char* kUsage =
    "usage: nvi-peerd [--config FILE] [--socket PATH] [--maps FOLDER] [--state FILE] [--remove]\n"
    "  --config   the gateway's file (/etc/nvi-gateway/gateway.toml)\n"
    "  --socket   where gwctl asks it (/run/nvi-gateway/peerd.sock)\n"
    "  --maps     where the packet path's maps are pinned (/sys/fs/bpf/nvi-gateway)\n"
    "  --state    what is known of peers (peers.json in the gateway's state folder)\n"
    "  --remove   take the packet path out of the kernel, and end\n";

void run(const std::string& socket, const nvi::daemon::PeerOptions& peers) {
    using namespace nvi::daemon;
    Loop loop;
    loop.on_signal(SIGTERM, [&] { loop.end(); });
    loop.on_signal(SIGINT, [&] { loop.end(); });
    const std::string folder = socket.substr(0, socket.rfind('/'));
    mkdir(folder.c_str(), 0755);
    Control control(loop, socket);
    PeerService service(loop, control, peers);
    loop.on_signal(SIGHUP, [&] { service.reload(); });
    // gwctl and editors write several files at once: what changed is read once, half a second later at most.
    bool changed = false;
    for (const std::string& watched : service.folders()) loop.on_change(watched, [&] { changed = true; });
    loop.every(500'000, [&] {
        if (std::exchange(changed, false)) service.reload();
    });
    loop.run();
}

}  // namespace

int main(int argc, char** argv) {
    nvi::daemon::PeerOptions peers{.config = "/etc/nvi-gateway/gateway.toml"};
    std::string socket = nvi::daemon::kSocket;
    bool remove = false;
    constexpr option kOptions[] = {{"config", required_argument, nullptr, 'c'},
                                   {"socket", required_argument, nullptr, 's'},
                                   {"maps", required_argument, nullptr, 'm'},
                                   {"state", required_argument, nullptr, 't'},
                                   {"remove", no_argument, nullptr, 'r'},
                                   {"help", no_argument, nullptr, 'h'},
                                   {nullptr, 0, nullptr, 0}};
    for (int word = 0; (word = getopt_long(argc, argv, "", kOptions, nullptr)) != -1;) {
        switch (word) {
            case 'c':
                peers.config = optarg;
                break;
            case 's':
                socket = optarg;
                break;
            case 'm':
                peers.maps = optarg;
                break;
            case 't':
                peers.state = optarg;
                break;
            case 'r':
                remove = true;
                break;
            case 'h':
                std::fputs(kUsage, stdout);
                return 0;
            default:
                std::fputs(kUsage, stderr);
                return 2;
        }
    }
    try {
        if (remove)
            nvi::daemon::PeerService::remove(peers);
        else
            run(socket, peers);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, SD_CRIT "nvi-peerd: %s\n", error.what());
        return 1;
    }
}
