// SPDX-License-Identifier: GPL-2.0-or-later
// Ownership of one file descriptor.
#pragma once

#include <string>
#include <utility>

namespace nvi {

// Move-only; closes on destruction. Made from an already open descriptor by adopt(), or by open().
class Fd {
  public:
    Fd() = default;  // owns nothing
    static Fd adopt(int fd) { return Fd(fd); }
    // open(2) with O_CLOEXEC added. Throws Error "open PATH: ..." with the errno.
    static Fd open(const std::string& path, int flags, unsigned mode = 0644);

    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { reset(); }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    // Gives up ownership; the caller closes.
    int release() { return std::exchange(fd_, -1); }
    void reset();

  private:
    explicit Fd(int fd) : fd_(fd) {}
    int fd_ = -1;
};

}  // namespace nvi
