// SPDX-License-Identifier: GPL-2.0-or-later
// Opening and closing file descriptors.
#include "gateway/net/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "gateway/net/error.hpp"

namespace nvi {

Fd Fd::open(const std::string& path, int flags, unsigned mode) {
    int fd = -1;
    do {
        fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) throw Error::system("open " + path, errno);
    return Fd(fd);
}

void Fd::reset() {
    // Not repeated on EINTR: Linux has released the number already (close(2)).
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

}  // namespace nvi
