// SPDX-License-Identifier: GPL-2.0-or-later
// What the entries of the index's file say. The first is of gateway.toml; then come tenants, those that went
// away, and the state of the tenants' folder when all of that was true: the last entry is one of those.
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
#include "gateway/net/fd.hpp"
#include "tenants/file.hpp"
#include "tenants/load.hpp"

namespace nvi::tenants {

namespace {

constexpr std::string_view kSuffix = ".toml";
// Entries behind the first state of the folder; then the file is written anew.
constexpr size_t kMostAppended = 2000;

// The first byte of an entry.
enum class Kind : char { gateway = 'g', tenant = 't', gone = 'x', folder = 'f' };

// What tells that a file or a folder is still the one that was read.
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
    uint16_t family;
    uint16_t length;  // of a prefix; an address has its full length
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

constexpr int64_t kTick = 100'000'000;  // nanoseconds; generous: the kernel's clock ticks each 1 to 10 ms

// A file that changed just now may change again within the same tick of the kernel's clock.
bool is_settled(const Status& status) {
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

std::string record_of(const Status& status, const Claims& claims) {
    const auto position = [](const Place& place) { return Position{place.line, place.column}; };
    std::string out;
    put(out, Fixed{status, claims.id.value, position(claims.id.place), claims.key.value,
                   position(claims.key.place), static_cast<uint32_t>(claims.type),
                   static_cast<uint32_t>(claims.publics.size() + claims.prefixes.size())});
    const auto add = [&](const Prefix& prefix, const Place& place) {
        PublicRecord record{{},
                            static_cast<uint16_t>(prefix.family()),
                            static_cast<uint16_t>(prefix.length()),
                            position(place)};
        std::ranges::copy(prefix.address().bytes(), record.bytes.begin());
        put(out, record);
    };
    for (const auto& address : claims.publics) add(Prefix::host(address.value), address.place);
    for (const auto& prefix : claims.prefixes) add(prefix.value, prefix.place);
    return out += claims.tenant;
}

Prefix prefix_of(const PublicRecord& record) {
    const Family family = record.family == 4 ? Family::v4 : Family::v6;
    return {Address::from_bytes(family, std::span(record.bytes).first(family == Family::v4 ? 4 : 16)),
            record.length};
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

// Of an entry of that kind.
std::optional<std::string_view> payload(std::string_view entry, Kind kind) {
    if (entry.empty() || entry.front() != static_cast<char>(kind)) return std::nullopt;
    return entry.substr(1);
}

std::string entry_of(Kind kind, std::string_view payload) {
    return std::string(1, static_cast<char>(kind)).append(payload);
}

std::string bytes_of(const Status& status) {
    std::string out;
    put(out, status);
    return out;
}

Status status_of_folder(const std::string& folder) {
    struct stat status {};
    if (stat(folder.c_str(), &status) < 0) return {};
    return status_of(status);
}

// Empty for a record that is none.
std::string_view name_in(std::string_view record) {
    Fixed fixed{};
    std::string_view publics;
    std::string_view name;
    return parse(record, fixed, publics, name) ? name : std::string_view();
}

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};

}  // namespace

Index::Index(const Gateway& gateway, std::string path)
    : file_(std::move(path)), folder_(gateway.tenants_directory), stamp_(stamp_of(gateway)) {
    load();
}

Index::Index(const Gateway& gateway, std::string path, Diagnostics& diagnostics)
    : Index(gateway, std::move(path)) {
    if (!current_) refresh(gateway, diagnostics, nullptr);
}

Index::Index(const Config& config, std::string path) : Index(config.gateway, std::move(path)) {
    Diagnostics nothing;
    if (!current_) refresh(config.gateway, nothing, &config);
}

// The records of the file, and whether the folder is still as it was then.
void Index::load() {
    auto entries = file_.take_entries();
    if (stamp_.empty() || entries.empty() || payload(entries[0], Kind::gateway) != stamp_) return;
    const auto folder = payload(entries.back(), Kind::folder);
    if (!folder) return;
    const Status seen = status_of_folder(folder_.str());
    current_ = *folder == bytes_of(seen);
    folder_status_ = *folder;

    // What came after the first state of the folder: few, as a change of one tenant each.
    std::unordered_map<std::string_view, std::string_view> later;
    size_t base = 1;
    while (!payload(entries[base], Kind::folder)) ++base;
    for (size_t i = base; i < entries.size(); ++i) {
        if (const auto record = payload(entries[i], Kind::tenant)) {
            later.insert_or_assign(name_in(*record), *record);
        } else if (const auto name = payload(entries[i], Kind::gone)) {
            later.insert_or_assign(*name, std::string_view());
        }
    }
    changed_ = current_ && entries.size() - base > kMostAppended;

    // In place: a table beside it costs more page faults than all that is looked at.
    size_t kept = 0;
    for (size_t i = 1; i < base; ++i) {
        const auto record = payload(entries[i], Kind::tenant);
        if (!record) continue;
        const auto name = name_in(*record);
        if (!name.empty() && !later.contains(name)) entries[kept++] = *record;
    }
    entries.resize(kept);
    for (const auto& [name, record] : later) {
        if (!name.empty() && !record.empty()) entries.push_back(record);
    }
    records_ = std::move(entries);
}

void Index::refresh(const Gateway& gateway, Diagnostics& diagnostics, const Config* loaded) {
    const Status seen_folder = status_of_folder(folder_.str());
    const std::unique_ptr<DIR, CloseDirectory> directory(opendir(folder_.str().c_str()));
    if (!directory) throw Error::system("open " + folder_.str(), errno);
    std::unordered_map<std::string_view, std::string_view> known;
    for (const auto& record : records_) known.emplace(name_in(record), record);
    records_.clear();
    records_.reserve(known.size() + 1);
    changed_ = true;

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
                records_.push_back(record->second);
                continue;
            }
        }
        std::optional<Claims> claims;
        bool exact = is_settled(seen);
        if (loaded != nullptr) {
            // Read before: what changed since then may be another file.
            const auto tenant = loaded->tenants.find(std::string(name));
            if (tenant != loaded->tenants.end()) claims = claims_of(tenant->second);
            exact = exact && seen.changed < loaded->read_at - kTick;
        } else {
            ++files_read_;
            auto one = load_tenant(gateway, std::string(name));
            for (const Diagnostic& diagnostic : one.diagnostics.list()) diagnostics.add(diagnostic);
            if (one.ok()) claims = claims_of(one.value);
        }
        if (!claims) {
            complete_ = false;
            continue;
        }
        // An unsettled file's record fits nothing, so that the file is read again.
        keep(record_of(exact ? seen : Status{}, *claims));
        complete_ = complete_ && exact;
    }
    folder_status_ = complete_ && is_settled(seen_folder) ? bytes_of(seen_folder) : bytes_of(Status{});
}

void Index::keep(std::string record) {
    records_.emplace_back(fresh_.emplace_back(std::move(record)));
}

void Index::check(const Tenant& tenant, Diagnostics& diagnostics) const {
    const Claims own = claims_of(tenant);
    std::unordered_map<Address, const Place*> publics;
    for (const auto& address : own.publics) publics.emplace(address.value, &address.place);

    // One look at every record is faster than building tables that are used once.
    for (const auto& record : records_) {
        Fixed fixed{};
        std::string_view held;
        std::string_view name;
        if (!parse(record, fixed, held, name) || name == tenant.name) continue;
        const auto holder = [&] { return std::string(name); };  // made where there is something to say
        const auto place = [&](const Position& at) {
            return Place{folder_.str() + '/' + holder() + std::string(kSuffix), at.line, at.column};
        };
        if (own.id.value != 0 && fixed.id == own.id.value)
            diagnostics.add(own.id.place, id_is_taken(fixed.id, holder(), place(fixed.id_at)));
        if (own.key.value != 0 && fixed.key == own.key.value && fixed.type == static_cast<uint32_t>(own.type))
            diagnostics.add(own.key.place, key_is_taken(own.type, fixed.key, holder(), place(fixed.key_at)));
        PublicRecord each{};
        while (!(publics.empty() && own.prefixes.empty()) && take(held, each)) {
            const Prefix taken = prefix_of(each);
            const auto add = [&](const std::string& what, const Place& wanted) {
                diagnostics.add(wanted, public_is_taken(what, holder(), place(each.at)));
            };
            for (const auto& prefix : own.prefixes)
                if (prefix.value.overlaps(taken)) add(prefix.value.str(), prefix.place);
            if (taken.is_host()) {
                const auto found = publics.find(taken.address());
                if (found != publics.end()) add(found->first.str(), *found->second);
                continue;
            }
            for (const auto& address : own.publics)
                if (taken.contains(address.value)) add(address.value.str(), address.place);
        }
    }
}

void Index::save() {
    if (!changed_ || stamp_.empty()) return;
    std::deque<std::string> made;
    std::vector<std::string_view> entries;
    entries.reserve(records_.size() + 2);
    const auto add = [&](Kind kind, std::string_view payload) {
        entries.push_back(made.emplace_back(entry_of(kind, payload)));
    };
    add(Kind::gateway, stamp_);
    for (const auto& record : records_) add(Kind::tenant, record);
    add(Kind::folder, folder_status_);
    file_.replace(entries);
    changed_ = false;
    current_ = folder_status_ != bytes_of(Status{});
}

void Index::written(const Tenant& tenant) {
    if (!current_) return;
    struct stat status {};
    if (stat((folder_.str() + '/' + tenant.name + std::string(kSuffix)).c_str(), &status) < 0) return;
    follow(entry_of(Kind::tenant, record_of(status_of(status), claims_of(tenant))));
}

void Index::removed(std::string_view name) {
    if (current_) follow(entry_of(Kind::gone, name));
}

void Index::follow(const std::string& entry) {
    // By a finer clock than the kernel's own: whatever changes the folder from now on, within the same tick
    // too, gives it another time.
    const int number = open(folder_.str().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (number < 0) return;
    const Fd folder = Fd::adopt(number);
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const timespec times[] = {{0, UTIME_OMIT}, now};
    if (futimens(folder.get(), times) < 0) return;
    try {
        file_.append({entry, entry_of(Kind::folder, bytes_of(status_of_folder(folder_.str())))});
    } catch (const Error&) {
        current_ = false;  // the next run looks at all files
    }
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
