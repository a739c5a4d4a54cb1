// SPDX-License-Identifier: GPL-2.0-or-later
// Settings below /proc/sys.
#include "gateway/state/sysctl.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "gateway/net/error.hpp"
#include "gateway/net/fd.hpp"

namespace nvi::state {
namespace {

constexpr const char* kRoot = "/proc/sys/";

uint32_t number(const std::string& path) {
    const auto text = read_sysctl(path);
    uint32_t value = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

}  // namespace

std::optional<std::string> read_sysctl(const std::string& path) {
    Fd file;
    try {
        file = Fd::open(kRoot + path, O_RDONLY);
    } catch (const Error& error) {
        if (error.code() == ENOENT) return std::nullopt;
        throw;
    }
    std::array<char, 4096> buffer{};
    const ssize_t length = read(file.get(), buffer.data(), buffer.size());
    if (length < 0) throw Error::system("read " + std::string(kRoot) + path, errno);
    std::string value(buffer.data(), static_cast<size_t>(length));
    while (!value.empty() && value.back() == '\n') value.pop_back();
    return value;
}

void write_sysctl(const Sysctl& sysctl) {
    const Fd file = Fd::open(kRoot + sysctl.path, O_WRONLY);
    // One write: the kernel takes each as a value of its own.
    if (write(file.get(), sysctl.value.data(), sysctl.value.size()) < 0) {
        throw Error::system("write \"" + sysctl.value + "\" to " + kRoot + sysctl.path, errno);
    }
}

uint32_t rp_filter_all() {
    return number("net/ipv4/conf/all/rp_filter");
}

bool strict_source_by_default() {
    return std::max(rp_filter_all(), number("net/ipv4/conf/default/rp_filter")) == 1;
}

bool ipv6_disabled_by_default() {
    return number("net/ipv6/conf/default/disable_ipv6") != 0;
}

void enable_ipv6(const std::string& device) {
    write_sysctl({"net/ipv6/conf/" + device + "/disable_ipv6", "0"});
}

}  // namespace nvi::state
