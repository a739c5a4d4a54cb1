// SPDX-License-Identifier: GPL-2.0-or-later
// nvi-peerd: what needs time. gwctl works without it; killed or upgraded, it loses no packet.
#include <getopt.h>
#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <list>
#include <string>
#include <utility>

#include "event/source.hpp"
#include "peerd/control.hpp"
#include "peerd/peers.hpp"

namespace {

constexpr const char* kUsage =
    "usage: nvi-peerd [--config FILE] [--socket PATH] [--maps FOLDER] [--state FILE] [--remove]\n"
    "  --config   the gateway's file (/etc/nvi-gateway/gateway.toml)\n"
    "  --socket   where gwctl asks it (/run/nvi-gateway/INODE/peerd.sock, of the network namespace)\n"
    "  --maps     where the packet path's maps are pinned (/sys/fs/bpf/nvi-peers/INODE)\n"
    "  --state    what is known of peers (peers.json in the gateway's state folder)\n"
    "  --remove   take the packet path out of the kernel, and end\n";

void run(const std::string& socket, const nvi::daemon::PeerOptions& peers) {
    using namespace nvi;
    using namespace nvi::daemon;
    event::Loop loop;
    event::Source terminated;
    event::Source interrupted;
    event::Source hung_up;
    event::Source settled;
    terminated.signal(loop, SIGTERM, [&] { loop.end(); });
    interrupted.signal(loop, SIGINT, [&] { loop.end(); });
    std::error_code there;
    std::filesystem::create_directories(std::filesystem::path(socket).parent_path(), there);
    Control control(loop, socket);
    PeerService service(loop, control, peers);
    hung_up.signal(loop, SIGHUP, [&] { service.reload(); });
    // gwctl and editors write several files at once: what changed is read once, half a second later.
    bool changed = false;
    const auto read_again = [&] {
        changed = false;
        service.reload();
    };
    std::list<event::Source> folders;
    for (const std::string& watched : service.folders()) {
        folders.emplace_back().folder(loop, watched, [&] {
            if (!std::exchange(changed, true)) settled.after(loop, 500'000, read_again);
        });
    }
    loop.run();
}

}  // namespace

int main(int argc, char** argv) {
    nvi::daemon::PeerOptions peers{.config = "/etc/nvi-gateway/gateway.toml", .maps = {}, .state = {}};
    std::string socket;
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
        if (peers.maps.empty()) peers.maps = nvi::peers::map_folder();
        if (socket.empty()) socket = nvi::daemon::socket_path();
        if (remove)
            nvi::peers::remove_path(peers.maps);
        else
            run(socket, peers);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, SD_CRIT "nvi-peerd: %s\n", error.what());
        return 1;
    }
}
