// SPDX-License-Identifier: GPL-2.0-or-later
// Taking peers' packet path away.
#include "peers/path.hpp"

#include <unistd.h>

#include <cstdlib>

#include "gateway/net/namespace.hpp"
#include "peers/links.hpp"
#include "peers/plane.hpp"

namespace nvi::peers {

std::string map_folder() {
    const char* named = std::getenv("NVI_BPFFS");
    return std::string(named == nullptr ? "/sys/fs/bpf" : named) + "/nvi-peers/" + network_namespace();
}

void remove_path(const std::string& maps) {
    Links links;
    for (const auto& [index, made] : attached(maps)) {
        detach(index);
        if (made) links.remove_clsact(index);
    }
    links.remove(kVtepDevice);
    for (const char* map :
         {"endpoints", "peers", "pins", "networks", "nodes", "refused", "devices", "keepalives"})
        ::unlink((maps + "/" + map).c_str());
    // Where they are empty.
    if (::rmdir(maps.c_str()) == 0) ::rmdir(maps.substr(0, maps.rfind('/')).c_str());
}

}  // namespace nvi::peers
