// SPDX-License-Identifier: GPL-2.0-or-later
// The index's file: a header, one record a tenant, a checksum. Records are looked at where they lie.
#include "tenants/index.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "gateway/net/error.hpp"
#include "tenants/file.hpp"
#include "tenants/load.hpp"

namespace nvi::tenants {

namespace {

constexpr std::string_view kMagic = "nvi-gateway index 1\n";
constexpr std::string_view kSuffix = ".toml";

// What tells that a file is still the one that was read.
struct Status {
    uint64_t inode;
    uint64_t size;
    int64_t changed;  // st_ctim and st_mtim in nanoseconds
    int64_t modified;
};
struct Position {
    uint32_t line;
    uint32_t column;
};
struct Fixed {  // of a record; followed by the publics and the name
    Status status;
    uint32_t id;
    Position id_at;
    uint32_t key;
    Position key_at;
    uint32_t type;
    uint32_t publics;
};
struct PublicRecord {
    std::array<uint8_t, 16> bytes;
    uint32_t family;
    Position at;
};
static_assert(std::is_trivially_copyable_v<Fixed> && std::has_unique_object_representations_v<Fixed>);
static_assert(std::has_unique_object_representations_v<PublicRecord>);

int64_t nanoseconds(const timespec& time) {
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Status status_of(const struct stat& status) {
    return {status.st_ino, static_cast<uint64_t>(status.st_size), nanoseconds(status.st_ctim),
            nanoseconds(status.st_mtim)};
}

// A file that changed just now may change again within the same tick of the kernel's clock.
bool is_settled(const Status& status) {
    constexpr int64_t kTick = 100'000'000;  // generous: ticks are 1 to 10 ms
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return status.changed < nanoseconds(now) - kTick;
}

template <typename T>
void put(std::string& out, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
bool take(std::string_view& in, T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (in.size() < sizeof value) return false;
    std::memcpy(&value, in.data(), sizeof value);
    in.remove_prefix(sizeof value);
    return true;
}

// FNV-1a by words: against torn and truncated files, not against people.
uint64_t checksum(std::string_view data) {
    uint64_t sum = 0xcbf29ce484222325ULL ^ data.size();
    uint64_t word = 0;
    while (take(data, word)) sum = (sum ^ word) * 0x100000001b3ULL;
    for (const char byte : data) sum = (sum ^ static_cast<uint8_t>(byte)) * 0x100000001b3ULL;
    return sum;
}

std::string record_of(const Status& status, const Claims& claims) {
    const auto position = [](const Place& place) { return Position{place.line, place.column}; };
    std::string out;
    put(out, Fixed{status, claims.id.value, position(claims.id.place), claims.key.value,
                   position(claims.key.place), static_cast<uint32_t>(claims.type),
                   static_cast<uint32_t>(claims.publics.size())});
    for (const auto& address : claims.publics) {
        PublicRecord record{{}, static_cast<uint32_t>(address.value.family()), position(address.place)};
        std::copy(address.value.bytes().begin(), address.value.bytes().end(), record.bytes.begin());
        put(out, record);
    }
    return out += claims.tenant;
}

Address address_of(const PublicRecord& record) {
    const Family family = record.family == 4 ? Family::v4 : Family::v6;
    return Address::from_bytes(family, std::span(record.bytes).first(family == Family::v4 ? 4 : 16));
}

// A record is self-consistent when its name is what is left behind the publics.
bool parse(std::string_view record, Fixed& fixed, std::string_view& publics, std::string_view& name) {
    if (!take(record, fixed) || record.size() / sizeof(PublicRecord) < fixed.publics) return false;
    const size_t bytes = fixed.publics * sizeof(PublicRecord);
    publics = record.substr(0, bytes);
    name = record.substr(bytes);
    return is_tenant_name(name);
}

std::string stamp_of(const Gateway& gateway) {
    struct stat status {};
    std::string stamp = gateway.place.file.str() + '\n' + gateway.tenants_directory + '\n';
    if (stat(gateway.place.file.str().c_str(), &status) == 0) {
        const Status seen = status_of(status);
        if (!is_settled(seen)) return {};  // fits nothing
        put(stamp, seen);
    }
    return stamp;
}

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};

}  // namespace

Index::Index(const Gateway& gateway, std::string path, Diagnostics& diagnostics)
    : path_(std::move(path)), folder_(gateway.tenants_directory), stamp_(stamp_of(gateway)) {
    load(stamp_);
    refresh(gateway, diagnostics);
}

void Index::load(const std::string& stamp) {
    try {
        stored_ = read_text(path_);
    } catch (const Error&) {
        return;
    }
    std::string_view in = stored_;
    uint64_t sum = 0;
    uint32_t length = 0;
    if (stamp.empty() || in.size() < sizeof sum) return;
    std::string_view tail = in.substr(in.size() - sizeof sum);
    take(tail, sum);
    in.remove_suffix(sizeof sum);
    if (sum != checksum(in) || !in.starts_with(kMagic)) return;
    in.remove_prefix(kMagic.size());
    if (!take(in, length) || in.substr(0, length) != stamp) return;
    in.remove_prefix(length);
    records_.reserve(in.size() / (sizeof(Fixed) + sizeof(PublicRecord)));
    while (take(in, length) && length <= in.size()) {
        Fixed fixed{};
        std::string_view publics;
        std::string_view name;
        if (parse(in.substr(0, length), fixed, publics, name)) records_.emplace(name, in.substr(0, length));
        in.remove_prefix(length);
    }
}

void Index::refresh(const Gateway& gateway, Diagnostics& diagnostics) {
    const std::unique_ptr<DIR, CloseDirectory> directory(opendir(folder_.str().c_str()));
    if (!directory) throw Error::system("open " + folder_.str(), errno);
    decltype(records_) known;
    known.swap(records_);
    records_.reserve(known.size() + 1);

    while (const dirent* entry = readdir(directory.get())) {
        const std::string_view file = entry->d_name;
        if (file.starts_with('.') || !file.ends_with(kSuffix)) continue;
        struct stat status {};
        if (fstatat(dirfd(directory.get()), entry->d_name, &status, 0) < 0) status = {};
        const Status seen = status_of(status);

        const std::string_view name = file.substr(0, file.size() - kSuffix.size());
        if (const auto record = known.find(name); record != known.end()) {
            Status before{};
            std::memcpy(&before, record->second.data(), sizeof before);
            if (std::memcmp(&before, &seen, sizeof seen) == 0) {
                records_.insert(*record);
                continue;
            }
        }
        ++files_read_;
        changed_ = true;
        auto loaded = load_tenant(gateway, std::string(name));
        if (!loaded.ok()) {
            for (const Diagnostic& diagnostic : loaded.diagnostics.list()) diagnostics.add(diagnostic);
            continue;
        }
        // An unsettled file's record fits nothing, so that the file is read again.
        const std::string& made =
            fresh_.emplace_back(record_of(is_settled(seen) ? seen : Status{}, claims_of(loaded.value)));
        records_.emplace(std::string_view(made).substr(made.size() - name.size()), made);
    }
    if (records_.size() != known.size()) changed_ = true;
}

void Index::check(const Tenant& tenant, Diagnostics& diagnostics) const {
    const Claims own = claims_of(tenant);
    std::unordered_map<Address, const Place*> publics;
    for (const auto& address : own.publics) publics.emplace(address.value, &address.place);

    // One look at every record is faster than building tables that are used once.
    for (const auto& [by, record] : records_) {
        if (by == tenant.name) continue;
        Fixed fixed{};
        std::string_view held;
        std::string_view name;
        if (!parse(record, fixed, held, name)) continue;
        const auto place = [&](const Position& at) {
            return Place{folder_.str() + '/' + std::string(name).append(kSuffix), at.line, at.column};
        };
        const std::string holder(by);
        if (own.id.value != 0 && fixed.id == own.id.value)
            diagnostics.add(own.id.place, id_is_taken(fixed.id, holder, place(fixed.id_at)));
        if (own.key.value != 0 && fixed.key == own.key.value && fixed.type == static_cast<uint32_t>(own.type))
            diagnostics.add(own.key.place, key_is_taken(own.type, fixed.key, holder, place(fixed.key_at)));
        PublicRecord address{};
        while (!publics.empty() && take(held, address)) {
            const auto found = publics.find(address_of(address));
            if (found != publics.end())
                diagnostics.add(*found->second, public_is_taken(found->first, holder, place(address.at)));
        }
    }
}

void Index::save() const {
    if (!changed_ || stamp_.empty()) return;
    std::string out(kMagic);
    put(out, static_cast<uint32_t>(stamp_.size()));
    out += stamp_;
    for (const auto& [name, record] : records_) {
        put(out, static_cast<uint32_t>(record.size()));
        out += record;
    }
    put(out, checksum(out));
    write_text(path_, out, Existing::replace);
}

Candidate check_against(const Index& index, const Gateway& gateway, const std::string& name,
                        std::string_view text) {
    auto [tenant, diagnostics] = read_and_check(gateway, name, text);
    Candidate candidate{std::move(tenant), std::move(diagnostics)};
    if (!candidate.tenant.name.empty()) index.check(candidate.tenant, candidate.diagnostics);
    const std::string own = tenant_path(gateway, name);
    candidate.diagnostics.finish([&](const std::string& file) {
        return file == own ? std::optional<std::string>(text) : text_or_nothing(file);
    });
    return candidate;
}

}  // namespace nvi::tenants
