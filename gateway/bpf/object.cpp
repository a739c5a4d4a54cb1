// SPDX-License-Identifier: GPL-2.0-or-later
// A compiled BPF object.
#include "gateway/bpf/object.hpp"

#include <bpf/libbpf.h>

#include <cerrno>

#include "gateway/bpf/words.hpp"
#include "gateway/net/error.hpp"

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
