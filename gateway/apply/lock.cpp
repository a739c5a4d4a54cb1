// SPDX-License-Identifier: GPL-2.0-or-later
// One change at a time.
#include "gateway/apply/lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "gateway/net/error.hpp"
#include "gateway/net/namespace.hpp"

namespace nvi::apply {

namespace {

constexpr const char* kRuntime = "/run/nvi-gateway";

// "process 1234 (gwctl apply)", as the holder wrote it.
std::string holder(int fd) {
    std::array<char, 512> text{};
    const ssize_t length = pread(fd, text.data(), text.size() - 1, 0);
    std::string line(text.data(), length > 0 ? static_cast<size_t>(length) : 0);
    line = line.substr(0, line.find('\n'));
    const auto space = line.find(' ');
    if (space == std::string::npos) return "another process";
    return fmt::format("process {} ({})", line.substr(0, space), line.substr(space + 1));
}

}  // namespace

std::filesystem::path runtime_directory() {
    const auto directory = std::filesystem::path(kRuntime) / network_namespace();
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) throw Error::system(directory, error.value());
    return directory;
}

Lock Lock::take(const std::filesystem::path& directory, const std::string& command,
                std::chrono::milliseconds patience, const std::function<void(const std::string&)>& waiting) {
    const auto path = directory / "lock";
    Fd fd = Fd::open(path, O_RDWR | O_CREAT);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    bool told = false;
    // Polled: flock has no bound of its own, and an alarm signal would not be the library's to use.
    while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        if (errno != EWOULDBLOCK) throw Error::system(path, errno);
        if (!told && waiting) waiting(holder(fd.get()));
        told = true;
        if (std::chrono::steady_clock::now() >= deadline) {
            throw Error(fmt::format("{} is changing this gateway; waited {} s for it", holder(fd.get()),
                                    std::chrono::duration_cast<std::chrono::seconds>(patience).count()),
                        EBUSY);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const std::string line = fmt::format("{} {}\n", getpid(), command);
    if (ftruncate(fd.get(), 0) != 0 || pwrite(fd.get(), line.data(), line.size(), 0) < 0) {
        throw Error::system(path, errno);
    }
    return Lock(std::move(fd));
}

}  // namespace nvi::apply
