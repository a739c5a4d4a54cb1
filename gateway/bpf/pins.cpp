// SPDX-License-Identifier: GPL-2.0-or-later
// Where maps and links are pinned.
#include "gateway/bpf/pins.hpp"

#include <linux/magic.h>
#include <sys/statfs.h>

#include <cstdlib>
#include <system_error>

#include "gateway/net/error.hpp"
#include "gateway/net/namespace.hpp"

namespace nvi::bpf {

std::filesystem::path filesystem() {
    const char* named = std::getenv("NVI_BPFFS");
    return named == nullptr ? "/sys/fs/bpf" : named;
}

bool is_mounted() {
    struct statfs status {};
    return statfs(filesystem().c_str(), &status) == 0 && status.f_type == BPF_FS_MAGIC;
}

std::filesystem::path pins_directory(const std::string& name) {
    return filesystem() / name / network_namespace();
}

void make_directory(const std::filesystem::path& directory) {
    std::error_code code;
    std::filesystem::create_directories(directory, code);
    if (code) throw Error::system("make " + directory.string(), code.value());
}

}  // namespace nvi::bpf
