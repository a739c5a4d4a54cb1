// SPDX-License-Identifier: GPL-2.0-or-later
// The underlay's devices, as the kernel has them.
#include "peerd/underlay.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "gateway/net/error.hpp"

namespace nvi::daemon {

std::vector<std::string> underlay_devices(const tenants::Gateway& gateway) {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) throw Error::system("list the addresses of this machine", errno);
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owned(list, freeifaddrs);
    const auto wanted = gateway.underlay.value.bytes();
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
        const auto* address = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
        if (std::memcmp(&address->sin_addr, wanted.data(), wanted.size()) != 0) continue;
        std::vector<std::string> devices;
        if (entry->ifa_name != std::string("lo")) {
            devices.emplace_back(entry->ifa_name);
        } else {
            for (const auto& device : gateway.outside) devices.push_back(device.value);
        }
        if (gateway.peer_relays) devices.emplace_back("lo");
        return devices;
    }
    throw Error("no device has the underlay's address " + gateway.underlay.value.str());
}

bool filters_reverse_path(const std::string& device) {
    int strongest = 0;
    for (const std::string& name : {std::string("all"), device}) {
        std::ifstream file("/proc/sys/net/ipv4/conf/" + name + "/rp_filter");
        int value = 0;
        if (file >> value) strongest = std::max(strongest, value);
    }
    return strongest == 1;
}

}  // namespace nvi::daemon
