// SPDX-License-Identifier: GPL-2.0-or-later
// Whole files: read, replaced, removed.
#include "tenants/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <system_error>

#include "gateway/net/error.hpp"
#include "gateway/net/fd.hpp"

namespace nvi::tenants {

namespace {

constexpr off_t kLargest = 64 << 20;  // bytes: far above 100,000 hosts

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};

std::string words(int code) {
    return std::generic_category().message(code);
}

std::string folder_of(const std::string& path) {
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

void sync_folder(const std::string& path) {
    const Fd folder = Fd::open(folder_of(path), O_RDONLY | O_DIRECTORY);
    if (fsync(folder.get()) < 0) throw Error::system("fsync " + folder_of(path), errno);
}

// Throws Error with the reason alone ("Is a directory").
ssize_t read_some(const Fd& fd, char* to, size_t size) {
    while (true) {
        const ssize_t got = read(fd.get(), to, size);
        if (got >= 0) return got;
        if (errno != EINTR) throw Error(words(errno), errno);
    }
}

void write_all(const Fd& fd, std::string_view text, const std::string& path) {
    while (!text.empty()) {
        const ssize_t written = write(fd.get(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw Error::system("write " + path, errno);
        text.remove_prefix(static_cast<size_t>(written));
    }
}

// A temporary file that is gone at the end unless it was moved to its place.
class Temporary {
  public:
    explicit Temporary(const std::string& beside) {
        // Hidden, and not ending in .toml: the loader passes it by.
        const size_t slash = beside.rfind('/') + 1;
        path_ = beside.substr(0, slash) + "." + beside.substr(slash) + ".XXXXXX";
        const int fd = mkostemp(path_.data(), O_CLOEXEC);
        if (fd < 0) throw Error::system("create a file in " + folder_of(beside), errno);
        fd_ = Fd::adopt(fd);
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() {
        if (!path_.empty()) unlink(path_.c_str());
    }
    const Fd& fd() const { return fd_; }
    const std::string& path() const { return path_; }
    void moved() { path_.clear(); }

  private:
    std::string path_;
    Fd fd_;
};

}  // namespace

std::string read_text(const std::string& path) {
    // O_NONBLOCK: opening a fifo must not hang.
    int number = -1;
    do {
        number = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    } while (number < 0 && errno == EINTR);
    if (number < 0) throw Error(words(errno), errno);
    const Fd fd = Fd::adopt(number);

    // Most files are small, and there may be ten thousand: one read each, and no question for the size.
    thread_local std::array<char, size_t{32} * 1024> small;
    const ssize_t first = read_some(fd, small.data(), small.size());
    if (first > 0 && static_cast<size_t>(first) < small.size()) {
        return {small.data(), static_cast<size_t>(first)};
    }
    struct stat status {};
    if (fstat(fd.get(), &status) < 0) throw Error(words(errno), errno);
    if (!S_ISREG(status.st_mode)) throw Error("not a regular file", EINVAL);
    if (status.st_size > kLargest) throw Error("larger than 64 MiB", EFBIG);

    auto size = static_cast<size_t>(first);
    std::string text(std::max(static_cast<size_t>(status.st_size) + 1, 2 * size), '\0');
    std::copy_n(small.begin(), size, text.begin());
    while (size > 0) {
        const ssize_t got = read_some(fd, text.data() + size, text.size() - size);
        if (got == 0) break;
        size += static_cast<size_t>(got);
        if (size > static_cast<size_t>(kLargest)) throw Error("larger than 64 MiB", EFBIG);
        if (size == text.size()) text.resize(2 * size);  // it grows while it is read
    }
    text.resize(size);
    return text;
}

std::optional<std::string> text_or_nothing(const std::string& path) {
    try {
        return read_text(path);
    } catch (const Error&) {
        return {};
    }
}

void write_text(const std::string& path, std::string_view text, Existing existing) {
    std::string target = path;
    struct stat status {};
    const bool exists = stat(path.c_str(), &status) == 0;
    if (exists && existing == Existing::refuse) throw Error(path + ": " + words(EEXIST), EEXIST);
    if (exists) {
        const std::unique_ptr<char, Free> real(realpath(path.c_str(), nullptr));
        if (!real) throw Error::system("resolve " + path, errno);
        target = real.get();
    }

    Temporary temporary(target);
    const int fd = temporary.fd().get();
    constexpr mode_t kMode = 0644;
    if (exists && fchown(fd, status.st_uid, status.st_gid) < 0) throw Error::system("chown " + path, errno);
    if (fchmod(fd, exists ? status.st_mode & 07777U : kMode) < 0) throw Error::system("chmod " + path, errno);
    write_all(temporary.fd(), text, path);
    if (fsync(fd) < 0) throw Error::system("fsync " + path, errno);

    const unsigned flags = existing == Existing::refuse ? RENAME_NOREPLACE : 0U;
    if (renameat2(AT_FDCWD, temporary.path().c_str(), AT_FDCWD, target.c_str(), flags) < 0)
        throw Error::system(path, errno);
    temporary.moved();
    sync_folder(target);
}

void remove_file(const std::string& path) {
    if (unlink(path.c_str()) < 0) throw Error::system("remove " + path, errno);
    sync_folder(path);
}

}  // namespace nvi::tenants
