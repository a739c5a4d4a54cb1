// SPDX-License-Identifier: GPL-2.0-or-later
// A change of a file that is taken back unless it is kept.
#include "gateway/net/error.hpp"
#include "tenants/edit.hpp"

namespace nvi::tenants {

FileChange FileChange::write(const std::string& path, std::string_view text, Existing existing) {
    auto before = existing == Existing::replace ? text_or_nothing(path) : std::nullopt;
    write_text(path, text, existing);
    return {path, std::move(before)};
}

FileChange FileChange::remove(const std::string& path) {
    std::optional<std::string> before;
    try {
        before = read_text(path);
    } catch (Error& error) {
        throw error.within(path);
    }
    remove_file(path);
    return {path, std::move(before)};
}

void FileChange::restore() {
    const std::string path = std::exchange(path_, {});
    if (path.empty()) return;
    if (before_)
        write_text(path, *before_, Existing::replace);
    else
        remove_file(path);
}

FileChange::~FileChange() {
    try {
        restore();
    } catch (const std::exception&) {
        // Nobody is left to tell; callers that can tell call restore() themselves.
    }
}

}  // namespace nvi::tenants
