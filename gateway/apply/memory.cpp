// SPDX-License-Identifier: GPL-2.0-or-later
// What was there before the gateway changed it.
#include "gateway/apply/memory.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "gateway/apply/lock.hpp"
#include "gateway/net/error.hpp"
#include "gateway/state/sysctl.hpp"
#include "tenants/file.hpp"

namespace nvi::apply {

namespace {

std::filesystem::path file() {
    return runtime_directory() / "before.json";
}

nlohmann::json read() {
    if (!std::filesystem::exists(file())) return nlohmann::json::object();
    auto document = nlohmann::json::parse(tenants::read_text(file()), nullptr, false);
    // Nobody but us writes it; if somebody did, what it said is lost and `down` leaves the sysctls.
    return document.is_object() ? document : nlohmann::json::object();
}

// Unless it is written down already: what there is now may be the gateway's.
void keep(const char* kind, const std::string& key, const nlohmann::json& value) {
    auto document = read();
    if (document[kind].contains(key)) return;
    document[kind][key] = value;
    tenants::write_text(file(), document.dump(2) + "\n", tenants::Existing::replace);
}

std::string name(const state::Rule& rule) {
    return fmt::format("{} {} {}", rule.family == Family::v4 ? "ip" : "ip6", rule.priority,
                       rule.l3mdev ? "l3mdev" : "table");
}

}  // namespace

void Memory::keep_sysctl(const std::string& path) {
    if (const auto value = state::read_sysctl(path)) keep("sysctl", path, *value);
}

void Memory::keep_absence(const state::Rule& rule) {
    keep("absent", name(rule), true);
}

bool Memory::was_absent(const state::Rule& rule) const {
    return read().value("absent", nlohmann::json::object()).contains(name(rule));
}

std::vector<state::Sysctl> Memory::sysctls() const {
    const auto document = read();
    if (!document.contains("sysctl")) return {};
    std::vector<state::Sysctl> sysctls;
    for (const auto& [path, value] : document["sysctl"].items()) {
        if (value.is_string()) sysctls.push_back({path, value.get<std::string>()});
    }
    return sysctls;
}

void Memory::forget() {
    std::filesystem::remove(file());
}

}  // namespace nvi::apply
