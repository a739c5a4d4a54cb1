// SPDX-License-Identifier: GPL-2.0-or-later
// The compiled program of virtual services.
#include "services/object.hpp"

#include "gateway/bpf/pins.hpp"

extern "C" const unsigned char nvi_service_object[];
extern "C" const unsigned char nvi_service_object_end[];

namespace nvi::services {

namespace {

std::span<const unsigned char> carried() {
    return {nvi_service_object, nvi_service_object_end};
}

}  // namespace

uint64_t program_version() {
    static const uint64_t version = [] {  // FNV-1a
        uint64_t sum = 0xcbf29ce484222325ULL;
        for (const unsigned char byte : carried()) sum = (sum ^ byte) * 0x100000001b3ULL;
        return sum;
    }();
    return version;
}

std::filesystem::path pins_directory() {
    return bpf::pins_directory("nvi-gateway");
}

bool xdp_usable(std::string& why) {
    if (bpf::is_mounted())
        return true;  // every kernel that has it loads XDP programs, every device takes them
    const std::string mount = bpf::filesystem().string();
    why = "no bpffs is mounted on " + mount + " (mount -t bpf bpf " + mount + ")";
    return false;
}

bpf::Object load(const std::filesystem::path& directory) {
    return load(directory, carried());
}

bpf::Object load(const std::filesystem::path& directory, std::span<const unsigned char> elf) {
    bpf::make_directory(directory);
    bpf::Object object(elf, "nvi_services", "the XDP program", directory);
    object.load();
    return object;
}

}  // namespace nvi::services
