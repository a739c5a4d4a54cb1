// SPDX-License-Identifier: GPL-2.0-or-later
// From the text of one file to its value. No file is opened here.
#pragma once

#include <string>
#include <string_view>

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

template <typename T>
struct Read {
    T value;
    bool parsed = false;  // it is TOML; the value holds what was sound in it
    bool sound = false;   // and nothing was wrong with it
};

// `file` is used for places only. Errors go to the diagnostics; nothing is thrown.
Read<Gateway> read_gateway(std::string_view text, const FileName& file, Diagnostics& diagnostics);
Read<Tenant> read_tenant(std::string_view text, std::string name, const FileName& file,
                         Diagnostics& diagnostics);

}  // namespace nvi::tenants
