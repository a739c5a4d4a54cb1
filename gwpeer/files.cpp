// SPDX-License-Identifier: GPL-2.0-or-later
// The node's files, each replaced in one step.
#include "gwpeer/files.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "gateway/net/error.hpp"

namespace nvi::gwpeer {

namespace {

void replace(const std::string& path, const std::string& text) {
    const std::string fresh = path + ".new";
    std::ofstream file(fresh, std::ios::trunc);
    file << text;
    file.close();
    if (!file) throw Error("write " + fresh);
    if (std::rename(fresh.c_str(), path.c_str()) != 0) throw Error::system("rename " + fresh, errno);
}

}  // namespace

Files files_of(const Config& config, const std::string& state_folder, const std::string& run_folder) {
    mkdir(state_folder.c_str(), 0755);
    mkdir(run_folder.c_str(), 0755);
    return {state_folder + "/" + config.name + ".timestamp", run_folder + "/" + config.name + ".status"};
}

uint64_t read_timestamp(const std::string& path) {
    std::ifstream file(path);
    uint64_t timestamp = 0;
    return file >> timestamp ? timestamp : 0;
}

void write_timestamp(const std::string& path, uint64_t timestamp) {
    replace(path, std::to_string(timestamp) + "\n");
}

void write_status(const std::string& path, const Config& config, const Session& session,
                  const std::string& server, uint64_t now) {
    constexpr double kMillisecond = 1e6;  // ns
    constexpr double kSecond = 1e9;
    std::ostringstream text;
    text << "peer           " << config.name << "\ndevice         " << config.device << "\nserver         "
         << server << "\nstate          "
         << (session.answered() == 0    ? "not answered yet"
             : session.unanswered() > 3 ? "no answer"
                                        : "up")
         << '\n';
    if (const auto seen = session.seen_as()) text << "seen as        " << seen->str() << '\n';
    if (const auto time = session.round_trip())
        text << "round trip     " << static_cast<double>(*time) / kMillisecond << " ms\n";
    if (session.answered() > 0)
        text << "last answer    " << static_cast<double>(now - session.answered_at()) / kSecond
             << " s before\n";
    text << "keepalives     " << session.sent() << " sent, " << session.answered()
         << " answered\ninterval       " << session.interval() << " s\nmoved          " << session.moves()
         << " times\n";
    replace(path, text.str());
}

}  // namespace nvi::gwpeer
