// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs that touch neither files nor kernel, and check.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/output.hpp"
#include "nft/frame.hpp"
#include "tenants/check_prefixes.hpp"
#include "tenants/keys.hpp"
#include "tenants/schema.hpp"

namespace nvi::cli {

int run_check(const Context& context, const Arguments&) {
    auto loaded = tenants::load(context.config);
    if (context.json) {
        auto errors = nlohmann::json::array();
        for (const auto& diagnostic : loaded.diagnostics.list()) {
            errors.push_back({{"file", diagnostic.place.file.str()},
                              {"line", diagnostic.place.line},
                              {"column", diagnostic.place.column},
                              {"message", diagnostic.message}});
        }
        auto warnings = nlohmann::json::array();
        if (loaded.ok()) {
            for (const auto& each : tenants::one_sided(loaded.value)) {
                warnings.push_back({{"file", each.place.file.str()},
                                    {"line", each.place.line},
                                    {"column", each.place.column},
                                    {"message", each.message}});
            }
        }
        print_json({{"ok", loaded.ok()},
                    {"tenants", loaded.value.tenants.size()},
                    {"errors", errors},
                    {"warnings", warnings}});
        return loaded.ok() ? kDone : kBadInput;
    }
    if (!loaded.ok()) throw InputError(loaded.diagnostics);
    for (const auto& each : tenants::one_sided(loaded.value))
        fmt::print(stderr, "{}: warning: {}\n", each.place.str(), each.message);
    const auto count = loaded.value.tenants.size();
    fmt::print("{}: {} tenant{}, no errors\n", context.config, count, count == 1 ? "" : "s");
    return kDone;
}

int run_version(const Context& context, const Arguments&) {
    if (context.json) {
        print_json({{"version", NVI_VERSION}, {"frame", nft::frame_digest()}});
    } else {
        fmt::print("gwctl {} (nft frame {})\n", NVI_VERSION, nft::frame_digest());
    }
    return kDone;
}

int run_schema(const Context&, const Arguments& arguments) {
    const auto& file = arguments.positionals.at(0);
    if (file != "gateway" && file != "tenant") {
        throw UsageError(fmt::format("the schema of what? gateway or tenant, not \"{}\"", file));
    }
    const auto& shape = file == "gateway" ? tenants::gateway_file_shape() : tenants::tenant_file_shape();
    fmt::print("{}\n", tenants::schema(shape).dump(2));
    return kDone;
}

int run_completion(const Context& context, const Arguments& arguments) {
    const auto script = completion_script(arguments.positionals.at(0));
    if (context.json) {
        print_json({{"shell", arguments.positionals.at(0)}, {"script", script}});
    } else {
        fmt::print("{}", script);
    }
    return kDone;
}

int run_help(const Context&, const Arguments& arguments) {
    if (arguments.positionals.empty()) {
        fmt::print("{}", usage());
        return kDone;
    }
    size_t consumed = 0;
    if (const auto* verb = find_verb(arguments.positionals, consumed); verb != nullptr) {
        fmt::print("{}", help(*verb));
        return kDone;
    }
    // The first word of several verbs: all of them.
    std::string text;
    for (const auto& verb : verbs()) {
        if (std::string_view(verb.name).starts_with(arguments.positionals[0] + " ")) {
            text += fmt::format("  {}\n      {}\n", synopsis(verb), verb.summary);
        }
    }
    if (text.empty()) throw UsageError(fmt::format("no such verb: \"{}\"", arguments.positionals[0]));
    fmt::print("{}", text);
    return kDone;
}

}  // namespace nvi::cli
