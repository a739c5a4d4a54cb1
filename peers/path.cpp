// SPDX-License-Identifier: GPL-2.0-or-later
// Taking peers' packet path away.
#include "peers/path.hpp"

#include <unistd.h>

#include "gateway/bpf/pins.hpp"
#include "peers/links.hpp"
#include "peers/plane.hpp"

namespace nvi::peers {

std::string map_folder() {
    return bpf::pins_directory("nvi-peers");
}

void remove_path(const std::string& maps) {
    for (const auto& [index, made] : attached(maps)) detach(index, made);
    Links().remove(kVtepDevice);
    for (const char* map :
         {"endpoints", "peers", "pins", "networks", "nodes", "refused", "devices", "keepalives"})
        ::unlink((maps + "/" + map).c_str());
    // Where they are empty.
    if (::rmdir(maps.c_str()) == 0) ::rmdir(maps.substr(0, maps.rfind('/')).c_str());
}

}  // namespace nvi::peers
