// SPDX-License-Identifier: GPL-2.0-or-later
// gwctl: from words to a verb, from exceptions to an exit status.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/verb.hpp"
#include "gateway/net/error.hpp"

namespace nvi::cli {

namespace {

constexpr const char* kConfig = "/etc/nvi-gateway/gateway.toml";

struct Request {
    const Verb* verb{};
    Context context;
    Arguments arguments;
};

bool wants_colour(const std::string& when) {
    if (when == "always") return true;
    if (when == "never") return false;
    if (when != "auto") throw UsageError(fmt::format("--color is auto, always or never, not \"{}\"", when));
    const char* no_colour = std::getenv("NO_COLOR");  // https://no-color.org
    return isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0');
}

// The global options may stand before the verb or after it.
const Verb* take_verb(std::vector<std::string>& words) {
    size_t at = 0;
    while (at < words.size() && words[at].starts_with("-")) {
        const bool takes_value = words[at] == "--config" || words[at] == "--color";
        at += takes_value ? 2 : 1;
    }
    if (at >= words.size()) return nullptr;
    size_t consumed = 0;
    const auto rest = std::span<const std::string>(words).subspan(at);
    const Verb* verb = find_verb(rest, consumed);
    if (verb == nullptr) {
        std::vector<std::string> known;
        for (const auto& candidate : verbs()) known.emplace_back(candidate.name);
        std::string tried = rest[0];
        std::string seconds;  // of the verbs that begin with this word
        for (const auto& candidate : verbs()) {
            const std::string_view name = candidate.name;
            if (name.starts_with(rest[0] + " "))
                seconds += (seconds.empty() ? "" : ", ") + std::string(name.substr(rest[0].size() + 1));
        }
        if (rest.size() > 1 && !seconds.empty() && !rest[1].starts_with("-")) tried += ' ' + rest[1];
        if (!seconds.empty() && tried == rest[0])
            throw UsageError(fmt::format("{} what? {}", tried, seconds));
        const auto guess = nearest(tried, known);
        throw UsageError(fmt::format("no such verb: \"{}\"{}", tried,
                                     guess.empty() ? "" : fmt::format(" (did you mean {}?)", guess)));
    }
    const auto first = words.begin() + static_cast<std::ptrdiff_t>(at);
    words.erase(first, first + static_cast<std::ptrdiff_t>(consumed));
    return verb;
}

Request understand(std::vector<std::string> words) {
    Request request;
    request.context.command = "gwctl";
    for (const auto& word : words) request.context.command += ' ' + word;
    std::replace(words.begin(), words.end(), std::string("-h"), std::string("--help"));

    request.verb = take_verb(words);
    std::vector<Option> options(global_options().begin(), global_options().end());
    std::span<const Positional> positionals;
    const bool help = std::find(words.begin(), words.end(), "--help") != words.end();
    if (request.verb != nullptr && !help) {
        options.insert(options.end(), request.verb->options.begin(), request.verb->options.end());
        positionals = request.verb->positionals;
        request.arguments = parse_arguments(options, positionals, words);
    } else if (!help) {
        request.arguments = parse_arguments(options, {}, words);
    }
    request.context.config = request.arguments.value("config", kConfig);
    request.context.json = request.arguments.has("json");
    request.context.colour = wants_colour(request.arguments.value("color", "auto"));
    if (help) request.arguments.options["help"];
    return request;
}

int run(const std::vector<std::string>& words) {
    // Spoken by the completion scripts; the words are whatever was typed so far.
    if (!words.empty() && words[0] == "complete") {
        Context context{.config = kConfig, .command = "gwctl complete"};
        for (size_t i = 1; i + 1 < words.size(); ++i) {
            if (words[i] == "--config") context.config = words[i + 1];
        }
        for (const auto& line : complete(context, std::span<const std::string>(words).subspan(1))) {
            fmt::print("{}\n", line);
        }
        return kDone;
    }
    const Request request = understand(words);
    if (request.arguments.has("help")) {
        fmt::print("{}", request.verb == nullptr ? usage() : help(*request.verb));
        return kDone;
    }
    if (request.arguments.has("version")) return run_version(request.context, request.arguments);
    if (request.verb == nullptr) {
        fmt::print(stderr, "{}", usage());
        return kBadInput;
    }
    return request.verb->run(request.context, request.arguments);
}

}  // namespace

}  // namespace nvi::cli

int main(int argc, char** argv) {
    using namespace nvi::cli;
    constexpr int kKeptMemory = 512 << 20;  // bytes
    // `gwctl plan | head` ends quietly; a write to a closed socket is an error like another.
    std::signal(SIGPIPE, SIG_DFL);
    // Memory that is given back is asked for again a moment later, page by page.
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, kKeptMemory);
    try {
        const int status = run(std::vector<std::string>(argv + 1, argv + argc));
        if (std::fflush(stdout) != 0) throw nvi::Error::system("stdout", errno);
        return status;
    } catch (const UsageError& error) {
        fmt::print(stderr, "gwctl: {}\n`gwctl help` lists the verbs, `gwctl help VERB` their options.\n",
                   error.what());
        return kBadInput;
    } catch (const InputError& error) {
        fmt::print(stderr, "{}", error.what());
        return kBadInput;
    } catch (const std::exception& error) {
        fmt::print(stderr, "gwctl: {}\n", error.what());
        return kRefused;
    }
}
