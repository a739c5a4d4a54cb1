// SPDX-License-Identifier: GPL-2.0-or-later
// Keeping what was applied, and going back to it.
#pragma once

#include <optional>
#include <string>

#include "gateway/apply/apply.hpp"
#include "gateway/apply/history.hpp"
#include "gateway/cli/verb.hpp"
#include "tenants/model.hpp"

namespace nvi::cli {

apply::History history_of(const Context& context, const tenants::Gateway& gateway);

// The operator's files as they are; and the files made as they were. Only the files that differ are
// written, and only those of tenants that are not in `files` are deleted.
apply::Files read_files(const Context& context, const tenants::Gateway& gateway);
void write_files(const Context& context, const apply::Files& files);

apply::Entry new_entry(const Context& context, const apply::Outcome& outcome);

// Adds an entry with all files. A history that cannot be written is said on stderr: what was applied is
// applied. Gives the entry's number, 0 if there is none.
unsigned record(const Context& context, const tenants::Gateway& gateway, apply::Entry entry);
// The same where one tenant's file came or went.
void record(const Context& context, const tenants::Gateway& gateway, apply::Entry entry,
            const std::string& tenant, const std::optional<std::string>& text);

// Throws Error while a change awaits its confirmation. One whose time is over, or that is of an earlier
// boot, is taken back first: its files are; the kernel follows with what is applied next.
void settle_pending(const Context& context, const tenants::Gateway& gateway);

// Writes the files of that entry and applies them; if that fails, the files are put back. 0: `down`, files
// stay. The lock is the caller's.
apply::Outcome go_back(const Context& context, const tenants::Gateway& gateway, unsigned number);

// A process of its own that takes the entry back at the deadline unless it was confirmed; it outlives the
// session that started it.
void start_guardian(const Context& context, const tenants::Gateway& gateway, const apply::Pending& pending,
                    unsigned back_to);

}  // namespace nvi::cli
