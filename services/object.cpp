// SPDX-License-Identifier: GPL-2.0-or-later
// The compiled program.
#include "services/object.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <system_error>

#include "gateway/net/error.hpp"

extern "C" const unsigned char nvi_service_object[];
extern "C" const unsigned char nvi_service_object_end[];

namespace nvi::services {

namespace {

std::span<const unsigned char> carried() {
    return {nvi_service_object, nvi_service_object_end};
}

// What libbpf says, kept for the error: a library prints nothing.
thread_local std::string words;

int keep_words(libbpf_print_level level, const char* format, va_list arguments) {
    if (level != LIBBPF_WARN) return 0;
    va_list again;
    va_copy(again, arguments);
    const int length = std::vsnprintf(nullptr, 0, format, again);
    va_end(again);
    if (length <= 0) return 0;
    const size_t before = words.size();
    words.resize(before + static_cast<size_t>(length) + 1);
    std::vsnprintf(words.data() + before, static_cast<size_t>(length) + 1, format, arguments);
    words.pop_back();
    return 0;
}

std::string last_words() {
    constexpr size_t kShown = 1500;
    return words.size() <= kShown ? words : "..." + words.substr(words.size() - kShown);
}

std::string bpffs() {
    const char* named = std::getenv("NVI_BPFFS");
    return named == nullptr ? "/sys/fs/bpf" : named;
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
    struct stat status {};
    if (stat("/proc/thread-self/ns/net", &status) != 0)
        throw Error::system("/proc/thread-self/ns/net", errno);
    return std::filesystem::path(bpffs()) / "nvi-gateway" / std::to_string(status.st_ino);
}

bool xdp_usable(std::string& why) {
    struct statfs status {};
    if (statfs(bpffs().c_str(), &status) != 0 || status.f_type != BPF_FS_MAGIC) {
        why = "no bpffs is mounted on " + bpffs() + " (mount -t bpf bpf " + bpffs() + ")";
        return false;
    }
    return true;  // every kernel that has it loads XDP programs, and every device takes them
}

void CloseObject::operator()(bpf_object* object) const {
    bpf_object__close(object);
}

Object Object::load(const std::filesystem::path& directory) {
    return load(directory, carried());
}

Object Object::load(const std::filesystem::path& directory, std::span<const unsigned char> elf) {
    std::error_code code;
    std::filesystem::create_directories(directory, code);
    if (code) throw Error::system("make " + directory.string(), code.value());
    libbpf_set_print(keep_words);
    words.clear();
    bpf_object_open_opts options{};
    options.sz = sizeof options;
    options.object_name = "nvi_services";
    const std::string pins = directory.string();
    options.pin_root_path = pins.c_str();
    Object object(bpf_object__open_mem(elf.data(), elf.size(), &options));
    if (!object.object_) throw Error::system("open the XDP program", errno, last_words());
    const int error = bpf_object__load(object.object_.get());
    if (error != 0) throw Error::system("load the XDP program", -error, last_words());
    return object;
}

int Object::program(const char* name) const {
    const bpf_program* program = bpf_object__find_program_by_name(object_.get(), name);
    return program == nullptr ? -1 : bpf_program__fd(program);
}

int Object::map(const char* name) const {
    const bpf_map* map = bpf_object__find_map_by_name(object_.get(), name);
    return map == nullptr ? -1 : bpf_map__fd(map);
}

}  // namespace nvi::services
