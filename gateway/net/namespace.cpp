// SPDX-License-Identifier: GPL-2.0-or-later
// The network namespace that this program is in.
#include "gateway/net/namespace.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "gateway/net/error.hpp"

namespace nvi {

std::string network_namespace() {
    constexpr const char* kFile = "/proc/thread-self/ns/net";
    struct stat status {};
    if (stat(kFile, &status) != 0) throw Error::system(kFile, errno);
    return std::to_string(status.st_ino);
}

}  // namespace nvi
