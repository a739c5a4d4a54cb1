// SPDX-License-Identifier: GPL-2.0-or-later
// The pinned maps.
#include "services/maps.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>

#include "gateway/net/error.hpp"

namespace nvi::services {

namespace {

constexpr const char* kNames[] = {"vips",        "tables",       "backends",    "hops",
                                  "connections", "connections4", "handshakes",  "addresses",
                                  "events",      "settings",     "definitions", "uplinks"};

}  // namespace

int Map::processors() {
    return libbpf_num_possible_cpus();
}

bool Map::lookup(const void* key, void* value) const {
    if (bpf_map_lookup_elem(fd(), key, value) == 0) return true;
    if (errno != ENOENT) throw Error::system("read map " + name_, errno);
    return false;
}

void Map::update(const void* key, const void* value) const {
    if (bpf_map_update_elem(fd(), key, value, BPF_ANY) == 0) return;
    if (errno == E2BIG) throw Error("map " + name_ + " is full", E2BIG);
    throw Error::system("write map " + name_, errno);
}

void Map::erase(const void* key) const {
    if (bpf_map_delete_elem(fd(), key) != 0 && errno != ENOENT)
        throw Error::system("delete from map " + name_, errno);
}

void Map::read_array(void* values, uint32_t count) const {
    uint32_t next = 0;
    uint32_t got = count;
    std::vector<uint32_t> keys(count);
    if (bpf_map_lookup_batch(fd(), nullptr, &next, keys.data(), values, &got, nullptr) != 0 &&
        errno != ENOENT)
        throw Error::system("read map " + name_, errno);
}

bool Map::next(const void* before, void* key) const {
    if (bpf_map_get_next_key(fd(), before, key) == 0) return true;
    if (errno != ENOENT) throw Error::system("list map " + name_, errno);
    return false;
}

std::optional<Maps> Maps::open(const std::filesystem::path& directory) {
    Maps maps;
    maps.directory_ = directory;
    for (const char* name : kNames) {
        const std::string path = (directory / name).string();
        Fd fd = Fd::adopt(bpf_obj_get(path.c_str()));
        if (!fd) {
            // ENOSYS: a kernel without BPF.
            if ((errno == ENOENT || errno == ENOSYS) && maps.maps_.empty()) return std::nullopt;
            throw Error::system("open " + path, errno);
        }
        maps.maps_.emplace(name, Map(std::move(fd), name));
    }
    return maps;
}

Fd make_table(const std::vector<uint32_t>& slots) {
    Fd fd = Fd::adopt(bpf_map_create(BPF_MAP_TYPE_ARRAY, "table", sizeof(uint32_t),
                                     NVI_TABLE_SIZE * sizeof(uint32_t), 1, nullptr));
    if (!fd) throw Error::system("make a service's table", errno);
    const uint32_t zero = 0;
    if (bpf_map_update_elem(fd.get(), &zero, slots.data(), BPF_ANY) != 0)
        throw Error::system("write a service's table", errno);
    return fd;
}

}  // namespace nvi::services
