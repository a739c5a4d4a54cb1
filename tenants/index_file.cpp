// SPDX-License-Identifier: GPL-2.0-or-later
// The index's file: a magic word, then entries: length, checksum, bytes.
#include "tenants/index_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "gateway/net/error.hpp"
#include "gateway/net/fd.hpp"
#include "tenants/file.hpp"

namespace nvi::tenants {

namespace {

constexpr std::string_view kMagic = "nvi-gateway index 4\n";

struct Head {
    uint32_t length;
    uint32_t checksum;
};

// FNV-1a by words: against torn and damaged files, not against people.
uint32_t checksum(std::string_view bytes) {
    uint64_t sum = 0xcbf29ce484222325ULL ^ bytes.size();
    while (!bytes.empty()) {
        uint64_t word = 0;
        const size_t size = std::min(bytes.size(), sizeof word);
        std::memcpy(&word, bytes.data(), size);
        sum = (sum ^ word) * 0x100000001b3ULL;
        sum ^= sum >> 29U;  // the upper bits of a word count for the sum of the next
        bytes.remove_prefix(size);
    }
    return static_cast<uint32_t>(sum ^ sum >> 32U);
}

void put(std::string& out, std::string_view entry) {
    const Head head{static_cast<uint32_t>(entry.size()), checksum(entry)};
    out.append(reinterpret_cast<const char*>(&head), sizeof head);
    out += entry;
}

}  // namespace

void IndexFile::Unmap::operator()(const void* memory) const {
    munmap(const_cast<void*>(memory), bytes);
}

IndexFile::IndexFile(std::string path) : path_(std::move(path)) {
    const int number = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (number < 0) return;
    const Fd fd = Fd::adopt(number);
    struct stat status {};
    if (fstat(fd.get(), &status) < 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return;
    const auto size = static_cast<size_t>(status.st_size);
    void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd.get(), 0);
    if (memory == MAP_FAILED) return;
    mapping_ = {memory, Unmap{size}};

    std::string_view in(static_cast<const char*>(memory), size);
    if (!in.starts_with(kMagic)) return;
    in.remove_prefix(kMagic.size());
    constexpr size_t kUsual = 128;  // bytes of an entry, about
    entries_.reserve(size / kUsual);
    while (!in.empty()) {
        Head head{};
        if (in.size() >= sizeof head) std::memcpy(&head, in.data(), sizeof head);
        const bool whole = in.size() >= sizeof head && in.size() - sizeof head >= head.length;
        const auto entry = whole ? in.substr(sizeof head, head.length) : std::string_view();
        if (!whole || checksum(entry) != head.checksum) {
            entries_.clear();
            return;
        }
        entries_.push_back(entry);
        in.remove_prefix(sizeof head + head.length);
    }
}

void IndexFile::replace(const std::vector<std::string_view>& entries) const {
    std::string out(kMagic);
    for (const auto& entry : entries) put(out, entry);
    write_text(path_, out, Existing::replace);
}

void IndexFile::append(const std::vector<std::string_view>& entries) const {
    std::string out;
    for (const auto& entry : entries) put(out, entry);
    const Fd fd = Fd::open(path_, O_WRONLY | O_APPEND);
    // What is written in part only is damage, and noticed.
    if (write(fd.get(), out.data(), out.size()) < 0) throw Error::system("write " + path_, errno);
}

}  // namespace nvi::tenants
