// SPDX-License-Identifier: GPL-2.0-or-later
// What was applied, and when. An entry is two files: NUMBER.json (what is listed) and NUMBER.files (the
// texts: all of them, or those that differ from the entry before).
#include "gateway/apply/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>

#include "gateway/net/error.hpp"
#include "tenants/file.hpp"

namespace nvi::apply {

namespace {

using nlohmann::json;

constexpr const char* kResults[] = {"good", "unconfirmed", "reverted"};

json read(const std::filesystem::path& path) {
    auto document = json::parse(tenants::read_text(path), nullptr, false);
    if (!document.is_object()) throw Error(path.string() + " is damaged", EBADMSG);
    return document;
}

void write(const std::filesystem::path& path, const json& document) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) throw Error::system(path.parent_path(), error.value());
    // Files are whatever the operator wrote: bytes that are not UTF-8 were refused before.
    tenants::write_text(path, document.dump(1, ' ', false, json::error_handler_t::replace) + "\n",
                        tenants::Existing::replace);
}

}  // namespace

std::string difference(const Files& before, const Files& after) {
    constexpr size_t kShown = 10;
    std::string text;
    size_t count = 0;
    const auto add = [&](char sign, const std::string& name) {
        if (++count > kShown) return;
        text += fmt::format("{}{}{}", text.empty() ? "" : " ", sign, name);
    };
    if (before.gateway != after.gateway) add('~', "gateway.toml");
    for (const auto& [name, text_after] : after.tenants) {
        const auto found = before.tenants.find(name);
        if (found == before.tenants.end()) {
            add('+', name);
        } else if (found->second != text_after) {
            add('~', name);
        }
    }
    for (const auto& [name, gone] : before.tenants) {
        if (!after.tenants.contains(name)) add('-', name);
    }
    return count > kShown ? text + fmt::format(" and {} more", count - kShown) : text;
}

std::filesystem::path History::entry_path(unsigned number) const {
    return folder_ / fmt::format("{:08}.json", number);
}
std::filesystem::path History::files_path(unsigned number) const {
    return folder_ / fmt::format("{:08}.files", number);
}

std::vector<unsigned> History::numbers() const {
    std::vector<unsigned> numbers;
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(folder_, error)) {
        if (file.path().extension() != ".json") continue;
        const std::string stem = file.path().stem();
        unsigned number = 0;
        const auto [end, bad] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
        if (bad == std::errc() && end == stem.data() + stem.size()) numbers.push_back(number);
    }
    std::ranges::sort(numbers);
    return numbers;
}

unsigned History::next_number() const {
    const auto all = numbers();
    return all.empty() ? 1 : all.back() + 1;
}

Entry History::entry(unsigned number) const {
    const auto document = read(entry_path(number));
    Entry entry;
    entry.number = number;
    entry.time = document.value("time", std::time_t{});
    entry.command = document.value("command", "");
    entry.user = document.value("user", "");
    entry.summary = document.value("summary", "");
    entry.files = document.value("files", "");
    const auto result = document.value("result", "good");
    for (size_t i = 0; i < std::size(kResults); ++i) {
        if (result == kResults[i]) entry.result = static_cast<Result>(i);
    }
    return entry;
}

std::vector<Entry> History::entries() const {
    std::vector<Entry> entries;
    const auto all = numbers();
    for (size_t i = all.size() - std::min(all.size(), kKept); i < all.size(); ++i) {
        entries.push_back(entry(all[i]));
    }
    return entries;
}

std::optional<Entry> History::last_good() const {
    const auto all = numbers();
    for (auto number = all.rbegin(); number != all.rend(); ++number) {
        auto candidate = entry(*number);
        if (candidate.result == Result::good) return candidate;
    }
    return std::nullopt;
}

Files History::files(unsigned number) const {
    if (!std::filesystem::exists(files_path(number))) {
        throw Error(fmt::format("the history has no entry {}", number), ENOENT);
    }
    // Back to one that is whole, then forward again.
    std::vector<json> steps;
    for (unsigned at = number; at > 0; --at) {
        if (!std::filesystem::exists(files_path(at))) continue;
        steps.push_back(read(files_path(at)));
        if (steps.back().contains("gateway")) break;
    }
    Files files;
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        if (step->contains("gateway")) files.gateway = (*step)["gateway"].get<std::string>();
        for (const auto& [name, text] : (*step)["tenants"].items()) {
            if (text.is_null()) {
                files.tenants.erase(name);
            } else {
                files.tenants[name] = text.get<std::string>();
            }
        }
    }
    return files;
}

void History::write_entry(const Entry& entry) const {
    write(entry_path(entry.number), {{"time", entry.time},
                                     {"command", entry.command},
                                     {"user", entry.user},
                                     {"summary", entry.summary},
                                     {"files", entry.files},
                                     {"result", kResults[static_cast<size_t>(entry.result)]}});
}

void History::write_files(unsigned number, const Files& files) const {
    json texts = json::object();
    for (const auto& [name, text] : files.tenants) texts[name] = text;
    write(files_path(number), {{"gateway", files.gateway}, {"tenants", std::move(texts)}});
}

// Only what differs from the entry before, where that is little: the files of ten thousand tenants are 5 MB.
bool History::write_difference(unsigned number, const Files& files) const {
    const auto all = numbers();
    if (all.empty()) return false;
    Files before;
    try {
        before = this->files(all.back());
    } catch (const Error&) {
        return false;  // damaged: from here on the history is whole again
    }
    if (before.gateway != files.gateway) return false;
    json changes = json::object();
    for (const auto& [name, text] : files.tenants) {
        const auto found = before.tenants.find(name);
        if (found == before.tenants.end() || found->second != text) changes[name] = text;
    }
    for (const auto& [name, text] : before.tenants) {
        if (!files.tenants.contains(name)) changes[name] = nullptr;
    }
    if (2 * changes.size() > files.tenants.size()) return false;
    write(files_path(number), {{"tenants", std::move(changes)}});
    return true;
}

unsigned History::add(Entry entry, const Files& files) {
    entry.number = next_number();
    if (!write_difference(entry.number, files)) write_files(entry.number, files);
    write_entry(entry);  // last: an entry that is listed is whole
    prune();
    return entry.number;
}

unsigned History::add(Entry entry, const std::string& tenant, const std::optional<std::string>& text) {
    entry.number = next_number();
    json change = json::object();
    change[tenant] = text ? json(*text) : json(nullptr);
    write(files_path(entry.number), {{"tenants", std::move(change)}});
    write_entry(entry);
    prune();
    return entry.number;
}

void History::set(unsigned number, Result result) {
    auto changed = entry(number);
    changed.result = result;
    write_entry(changed);
}

void History::prune() {
    const auto all = numbers();
    // The oldest that stays must be whole: all files are written. So not at every change.
    if (all.size() < 2 * kKept) return;
    const size_t gone = all.size() - kKept;
    write_files(all[gone], files(all[gone]));
    for (size_t i = 0; i < gone; ++i) {
        std::filesystem::remove(entry_path(all[i]));
        std::filesystem::remove(files_path(all[i]));
    }
}

std::optional<Pending> History::pending() const {
    const auto path = folder_ / "pending";
    if (!std::filesystem::exists(path)) return std::nullopt;
    const auto document = read(path);
    return Pending{document.value("entry", 0U), document.value("deadline", std::time_t{}),
                   document.value("boot", "")};
}

void History::set_pending(const Pending& pending) {
    write(folder_ / "pending",
          {{"entry", pending.entry}, {"deadline", pending.deadline}, {"boot", pending.boot}});
}

void History::clear_pending() {
    std::filesystem::remove(folder_ / "pending");
}

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string line;
    std::getline(file, line);
    return line;
}

}  // namespace nvi::apply
