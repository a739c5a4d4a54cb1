// SPDX-License-Identifier: GPL-2.0-or-later
// Reading whole files, and replacing them in one step.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nvi::tenants {

// The text of a regular file. Throws Error with the reason alone ("No such file or directory").
std::string read_text(const std::string& path);
std::optional<std::string> text_or_nothing(const std::string& path);

enum class Existing : bool { refuse, replace };

// Writes a file so that at any moment either the old or the new one is there, whole, even after a loss
// of power: a temporary file in the same folder, fsync, rename, fsync of the folder. Mode and owner of a
// file that is replaced stay; a symbolic link stays one. Throws Error.
void write_text(const std::string& path, std::string_view text, Existing existing);

// Deletes the file and makes that durable. Throws Error.
void remove_file(const std::string& path);

}  // namespace nvi::tenants
