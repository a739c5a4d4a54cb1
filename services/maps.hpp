// SPDX-License-Identifier: GPL-2.0-or-later
// The pinned maps, opened by name: typed reading and writing of their entries.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/net/fd.hpp"

extern "C" {
#include "services/bpf/format.h"
}

namespace nvi::services {

// One map. Errors are thrown with its name.
class Map {
  public:
    Map(Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}
    int fd() const { return fd_.get(); }

    template <typename K, typename V>
    std::optional<V> get(const K& key) const {
        V value{};
        return lookup(&key, &value) ? std::optional(value) : std::nullopt;
    }
    template <typename K, typename V>
    void put(const K& key, const V& value) const {
        update(&key, &value);
    }
    void put_array(const void* value) const {  // the one value of an array
        const uint32_t zero = 0;
        update(&zero, value);
    }
    template <typename K>
    void remove(const K& key) const {  // one that is not there is no error
        erase(&key);
    }
    template <typename K>
    std::vector<K> keys() const {
        std::vector<K> keys;
        K key{};
        for (const K* before = nullptr; next(before, &key); before = &keys.back()) keys.push_back(key);
        return keys;
    }
    // Of an array: all values.
    template <typename V>
    std::vector<V> values(uint32_t count) const {
        std::vector<V> values(count);
        read_array(values.data(), count);
        return values;
    }
    // Of a map with a value for each processor: all of them.
    template <typename V>
    std::vector<V> all(uint32_t key) const {
        static_assert(sizeof(V) % 8 == 0);
        std::vector<V> values(static_cast<size_t>(processors()));
        if (!lookup(&key, values.data())) values.clear();
        return values;
    }

    static int processors();

  private:
    bool lookup(const void* key, void* value) const;
    void update(const void* key, const void* value) const;
    void erase(const void* key) const;
    void read_array(void* values, uint32_t count) const;
    bool next(const void* before, void* key) const;

    Fd fd_;
    std::string name_;
};

class Maps {
  public:
    // Empty when there are none in this directory. Throws Error when some are missing.
    static std::optional<Maps> open(const std::filesystem::path& directory);

    const Map& operator[](const std::string& name) const { return maps_.at(name); }
    const std::filesystem::path& directory() const { return directory_; }

  private:
    std::filesystem::path directory_;
    std::map<std::string, Map> maps_;
};

// A table of NVI_TABLE_SIZE slots as a map of its own, for the map of tables.
Fd make_table(const std::vector<uint32_t>& slots);

}  // namespace nvi::services
