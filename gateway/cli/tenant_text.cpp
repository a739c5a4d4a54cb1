// SPDX-License-Identifier: GPL-2.0-or-later
// A tenant's file from the options of `tenant add`.
#include "gateway/cli/tenant_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "gateway/cli/bindings.hpp"
#include "tenants/model.hpp"

namespace nvi::cli {

namespace {

std::string number(const std::string& option, const std::string& value) {
    const bool digits = !value.empty() && value.size() < 12 &&
                        std::ranges::all_of(value, [](unsigned char c) { return std::isdigit(c) != 0; });
    // TOML knows no leading zeros.
    if (!digits || (value.size() > 1 && value[0] == '0')) {
        throw UsageError(fmt::format("--{} is a number, not \"{}\"", option, value));
    }
    return value;
}

}  // namespace

std::string tenant_text(const Arguments& arguments) {
    const auto id = number("id", arguments.value("id"));
    const auto type = arguments.value("overlay", "gretap");
    std::string text = fmt::format("id = {}\n\n[overlay]\ntype    = {}\n", id, quoted(type));
    if (arguments.has("key") || type != tenants::name_of(tenants::OverlayType::ipip)) {
        text +=
            fmt::format("key     = {}\n", arguments.has("key") ? number("key", arguments.value("key")) : id);
    }
    if (arguments.has("port")) text += fmt::format("port    = {}\n", number("port", arguments.value("port")));
    text += fmt::format("gateway = {}\n", quoted_list(arguments.values("gateway")));
    for (const auto& kind : bindings()) {
        for (const auto& value : arguments.values(kind.name)) {
            text += "\n" + tenants::header_text(kind.entry(value));
        }
    }
    return text;
}

}  // namespace nvi::cli
