// SPDX-License-Identifier: GPL-2.0-or-later
// Writing tenants' files, and editing them as a person would: comments and order of what stays are kept.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tenants/file.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

// The text of a new tenant's file.
std::string tenant_text(const Tenant& tenant);

// An entry of a list of tables: the table's name, and its keys with their values as TOML.
struct Entry {
    std::string_view table;
    std::vector<std::pair<std::string_view, std::string>> keys;
};
// "10.0.0.7:80", "[fd00::7]:80": as the files have it.
std::string endpoint_text(const Address& address, const PortRange& ports);
// "[[floating]]" and a line a key.
std::string header_text(const Entry& entry);
Entry entry_of(const Host& host);
Entry entry_of(const Peer& peer);
Entry entry_of(const Floating& floating);
Entry entry_of(const Snat& snat);
Entry entry_of(const Forward& forward);
Entry entry_of(const PublicPrefix& prefix);
Entry entry_of(const Peering& peering);
Entry entry_of(const Rule& rule);
// [firewall] and [limits] with a blank line before; empty where the tenant has none.
std::string firewall_text(const Tenant& tenant);
std::string limits_text(const Limits& limits);
Entry entry_of(const Service& service);
std::string backend_text(const Backend& backend);  // as an inline table

// All of these take the text of a file that is valid TOML and give the changed text. What they give is
// parsed again and compared with what was meant; Error is thrown where a file is written in a way that
// they cannot edit, and where there is no such entry.

// Puts the entry behind the last one of its table.
std::string append_entry(std::string_view text, const Entry& entry);
// Puts the entry in front of the one of this number; behind the last one when there are just as many.
std::string insert_entry(std::string_view text, const Entry& entry, size_t number);
// Removes the entry of this number (from 0, in the order of the file), with the comment that stands
// directly above it.
std::string remove_entry(std::string_view text, std::string_view table, size_t number);
// Replaces one value of an entry; `value` is TOML.
std::string replace_value(std::string_view text, std::string_view table, size_t number, std::string_view key,
                          std::string_view value);
// The same, where the entry need not have the key.
std::string set_value(std::string_view text, std::string_view table, size_t number, std::string_view key,
                      std::string_view value);
// The same of a table that there is one of, as [limits]: sets a key, whether or not table and key are there;
// removes a key, and with the last one the table.
std::string set_key(std::string_view text, std::string_view table, std::string_view key,
                    std::string_view value);
std::string remove_key(std::string_view text, std::string_view table, std::string_view key);

// A change of a file that is taken back unless it is kept: a tenant whose objects the kernel refuses must
// not leave a file behind.
class FileChange {
  public:
    // Throws Error; nothing is changed then.
    static FileChange write(const std::string& path, std::string_view text, Existing existing);
    static FileChange remove(const std::string& path);

    FileChange(FileChange&& other) noexcept
        : path_(std::exchange(other.path_, {})), before_(std::move(other.before_)) {}
    FileChange& operator=(FileChange&&) = delete;
    FileChange(const FileChange&) = delete;
    FileChange& operator=(const FileChange&) = delete;
    ~FileChange();  // restores, silently

    void keep() { path_.clear(); }
    void restore();  // throws Error when the file cannot be put back

  private:
    FileChange(std::string path, std::optional<std::string> before)
        : path_(std::move(path)), before_(std::move(before)) {}

    std::string path_;                   // empty: nothing to restore
    std::optional<std::string> before_;  // empty: there was no file
};

}  // namespace nvi::tenants
