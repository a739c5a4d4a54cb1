// SPDX-License-Identifier: GPL-2.0-or-later
// A compiled BPF object.
#include "gateway/bpf/object.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "gateway/bpf/words.hpp"
#include "gateway/net/error.hpp"
#include "gateway/net/fd.hpp"

namespace nvi::bpf {

void CloseObject::operator()(bpf_object* object) const {
    bpf_object__close(object);
}

Object::Object(std::span<const unsigned char> elf, const char* name, std::string what,
               const std::filesystem::path& pins)
    : what_(std::move(what)) {
    keep_words();
    bpf_object_open_opts options{};
    options.sz = sizeof options;
    options.object_name = name;
    options.pin_root_path = pins.c_str();
    object_.reset(bpf_object__open_mem(elf.data(), elf.size(), &options));
    if (!object_) throw Error::system("open " + what_, errno, last_words());
}

void Object::pin(const char* map, const std::filesystem::path& path) const {
    bpf_map* const found = bpf_object__find_map_by_name(object_.get(), map);
    if (found == nullptr) throw Error(what_ + " has no map " + map);
    const int error = bpf_map__set_pin_path(found, path.c_str());
    if (error != 0) throw Error::system("pin " + path.string(), -error);
}

void Object::renew(std::initializer_list<const char*> maps) const {
    bool renewed = false;
    std::vector<const char*> paths;
    for (const char* name : maps) {
        const bpf_map* map = bpf_object__find_map_by_name(object_.get(), name);
        if (map == nullptr) throw Error(what_ + " has no map " + name);
        paths.push_back(bpf_map__pin_path(map));
        const Fd pinned = Fd::adopt(bpf_obj_get(paths.back()));
        bpf_map_info info{};
        uint32_t size = sizeof(info);
        if (!pinned) continue;
        if (bpf_obj_get_info_by_fd(pinned.get(), &info, &size) != 0)
            throw Error::system(std::string("read ") + paths.back(), errno);
        renewed |= info.key_size != bpf_map__key_size(map) || info.value_size != bpf_map__value_size(map);
    }
    for (const char* path : paths) {
        if (renewed && ::unlink(path) != 0 && errno != ENOENT)
            throw Error::system(std::string("remove ") + path, errno);
    }
}

void Object::load() const {
    keep_words();
    const int error = bpf_object__load(object_.get());
    if (error != 0) throw Error::system("load " + what_, -error, last_words());
}

int Object::program(const char* name) const {
    const bpf_program* program = bpf_object__find_program_by_name(object_.get(), name);
    return program == nullptr ? -1 : bpf_program__fd(program);
}

int Object::map(const char* name) const {
    const bpf_map* map = bpf_object__find_map_by_name(object_.get(), name);
    return map == nullptr ? -1 : bpf_map__fd(map);
}

}  // namespace nvi::bpf
