// SPDX-License-Identifier: GPL-2.0-or-later
// Parsing TOML and applying the tables of keys.
#include "tenants/reader.hpp"

#include "tenants/keys.hpp"
#include "tenants/parse.hpp"
#include "tenants/source.hpp"

namespace nvi::tenants {

namespace {

template <typename T>
void read_file(std::string_view text, const FileName& file, const Table<T>& keys, Diagnostics& diagnostics,
               Read<T>& read) {
    Source source(file, diagnostics);
    try {
        const toml::table root = parse_toml(text);
        read.parsed = true;
        keys.read(source, root, source.whole(), read.value);
        read.sound = source.sound();
    } catch (const SyntaxError& error) {
        source.error({file, error.line, error.column}, "not valid TOML: " + error.message);
    }
}

}  // namespace

Read<Gateway> read_gateway(std::string_view text, const FileName& file, Diagnostics& diagnostics) {
    Read<Gateway> read;
    read.value.place.file = file;
    read_file(text, file, gateway_keys(), diagnostics, read);

    const std::string& folder = read.value.tenants.value;
    const size_t slash = file.str().rfind('/');
    const bool relative = !folder.starts_with('/') && slash != std::string::npos;
    read.value.tenants_directory = relative ? file.str().substr(0, slash + 1) + folder : folder;
    return read;
}

Read<Tenant> read_tenant(std::string_view text, std::string name, const FileName& file,
                         Diagnostics& diagnostics) {
    Read<Tenant> read;
    read.value.place.file = file;
    read.value.name = std::move(name);
    read_file(text, file, tenant_keys(), diagnostics, read);
    return read;
}

}  // namespace nvi::tenants
