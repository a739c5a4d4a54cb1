// SPDX-License-Identifier: GPL-2.0-or-later
// What was applied, and when: the files of each time, so that one can go back.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nvi::apply {

// The operator's files as texts, byte for byte.
struct Files {
    std::string gateway;
    std::map<std::string, std::string> tenants;  // by name
    bool operator==(const Files&) const = default;
};

// "+newco ~acme -old ~gateway.toml", ten at most.
std::string difference(const Files& before, const Files& after);

enum class Result : uint8_t { good, unconfirmed, reverted };

struct Entry {
    unsigned number{};  // from 1
    std::time_t time{};
    std::string command;  // as typed
    std::string user;     // who typed it
    std::string summary;  // "3 to add, ..."
    std::string files;    // whose files changed: "+newco ~acme -old"
    Result result = Result::good;
};

// A change that is taken back at a time unless it is confirmed.
struct Pending {
    unsigned entry{};
    std::time_t deadline{};
    std::string boot;  // of which boot; the kernel forgets everything with the next
};

// In one folder; every file is replaced in one step. Throws Error.
class History {
  public:
    static constexpr size_t kKept = 100;  // entries at least; twice as many at most

    explicit History(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::vector<Entry> entries() const;  // the last kKept, oldest first
    std::optional<Entry> last_good() const;
    Files files(unsigned number) const;  // Error when there is no such entry
    // Adds an entry and gives it its number.
    unsigned add(Entry entry, const Files& files);
    // An entry in which one tenant's file is another than in the one before; empty: it is gone.
    unsigned add(Entry entry, const std::string& tenant, const std::optional<std::string>& text);
    void set(unsigned number, Result result);

    std::optional<Pending> pending() const;
    void set_pending(const Pending& pending);
    void clear_pending();

  private:
    std::filesystem::path entry_path(unsigned number) const;
    std::filesystem::path files_path(unsigned number) const;
    std::vector<unsigned> numbers() const;
    unsigned next_number() const;
    Entry entry(unsigned number) const;
    bool write_difference(unsigned number, const Files& files) const;
    void write_entry(const Entry& entry) const;
    void write_files(unsigned number, const Files& files) const;
    void prune();

    std::filesystem::path folder_;
};

std::string boot_id();

}  // namespace nvi::apply
