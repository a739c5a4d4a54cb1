// SPDX-License-Identifier: GPL-2.0-or-later
// A tenant's file from the options of `tenant add`.
#include "gateway/cli/tenant_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "tenants/model.hpp"

namespace nvi::cli {

namespace {

// A TOML basic string.
std::string quoted(const std::string& value) {
    std::string text = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') text += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            text += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            text += c;
        }
    }
    return text + '"';
}

std::string number(const std::string& option, const std::string& value) {
    const bool digits = !value.empty() && value.size() < 12 &&
                        std::ranges::all_of(value, [](unsigned char c) { return std::isdigit(c) != 0; });
    // TOML knows no leading zeros.
    if (!digits || (value.size() > 1 && value[0] == '0')) {
        throw UsageError(fmt::format("--{} is a number, not \"{}\"", option, value));
    }
    return value;
}

// "LEFT=RIGHT"
std::pair<std::string, std::string> halves(const std::string& option, const std::string& value,
                                           const char* form) {
    const auto at = value.find('=');
    if (at == std::string::npos || at == 0 || at + 1 == value.size()) {
        throw UsageError(fmt::format("--{} \"{}\" does not have the form {}", option, value, form));
    }
    return {value.substr(0, at), value.substr(at + 1)};
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    size_t begin = 0;
    for (size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, begin)) {
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    parts.push_back(text.substr(begin));
    return parts;
}

std::string list(std::span<const std::string> values) {
    std::string text;
    for (const auto& value : values) text += (text.empty() ? "" : ", ") + quoted(value);
    return "[" + text + "]";
}

std::string host(const std::string& value) {
    const auto [address, rest] = halves("host", value, "ADDR=NODE[,MAC]");
    const auto parts = split(rest, ',');
    if (parts.size() > 2)
        throw UsageError(fmt::format("--host \"{}\" does not have the form ADDR=NODE[,MAC]", value));
    std::string text =
        fmt::format("\n[[host]]\naddress = {}\nnode    = {}\n", quoted(address), quoted(parts[0]));
    if (parts.size() == 2) text += fmt::format("mac     = {}\n", quoted(parts[1]));
    return text;
}

std::string forward(const std::string& value) {
    constexpr const char* kForm = "PROTO:PUBLIC:PORT=PRIVATE:PORT";
    const auto [left, inner] = halves("forward", value, kForm);
    const auto colon = left.find(':');
    if (colon == std::string::npos) {
        throw UsageError(fmt::format("--forward \"{}\" does not have the form {}", value, kForm));
    }
    return fmt::format("\n[[forward]]\nprotocol = {}\npublic   = {}\nprivate  = {}\n",
                       quoted(left.substr(0, colon)), quoted(left.substr(colon + 1)), quoted(inner));
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
    text += fmt::format("gateway = {}\n", list(arguments.values("gateway")));
    for (const auto& value : arguments.values("host")) text += host(value);
    for (const auto& value : arguments.values("floating")) {
        const auto [outer, inner] = halves("floating", value, "PUBLIC=PRIVATE");
        text += fmt::format("\n[[floating]]\npublic  = {}\nprivate = {}\n", quoted(outer), quoted(inner));
    }
    for (const auto& value : arguments.values("snat")) {
        const auto [from, to] = halves("snat", value, "PREFIX=PUBLIC[,PUBLIC]");
        text += fmt::format("\n[[snat]]\nfrom = {}\nto   = {}\n", quoted(from), list(split(to, ',')));
    }
    for (const auto& value : arguments.values("forward")) text += forward(value);
    return text;
}

}  // namespace nvi::cli
