// SPDX-License-Identifier: GPL-2.0-or-later
// Usage texts, made from the table of verbs.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "gateway/cli/verb.hpp"

namespace nvi::cli {

namespace {

constexpr size_t kWidth = 80;

std::string option_text(const Option& option) {
    return option.argument == nullptr ? fmt::format("--{}", option.name)
                                      : fmt::format("--{} {}", option.name, option.argument);
}

// `text` in lines that end before `kWidth`, all but the first indented.
std::string wrap(const std::string& text, size_t indent) {
    std::string result;
    std::istringstream paragraphs(text);
    for (std::string line; std::getline(paragraphs, line);) {
        if (!result.empty()) result += '\n' + (line.empty() ? "" : std::string(indent, ' '));
        // What is indented already is laid out by hand.
        if (!line.empty() && line[0] == ' ') {
            result += line;
            continue;
        }
        std::istringstream words(line);
        size_t column = indent;
        bool first = true;
        for (std::string word; words >> word; first = false) {
            if (!first && column + 1 + word.size() > kWidth) {
                result += '\n' + std::string(indent, ' ');
                column = indent;
                first = true;
            }
            if (!first) result += ' ';
            result += word;
            column += word.size() + (first ? 0 : 1);
        }
    }
    return result;
}

std::string option_list(std::span<const Option> options) {
    size_t width = 0;
    for (const auto& option : options) width = std::max(width, option_text(option).size());
    std::string text;
    for (const auto& option : options) {
        text += fmt::format("  {:<{}}  {}\n", option_text(option), width, wrap(option.help, width + 4));
    }
    return text;
}

}  // namespace

std::string synopsis(const Verb& verb) {
    std::string text = verb.name;
    for (const auto& positional : verb.positionals) {
        text +=
            positional.optional ? fmt::format(" [{}]", positional.name) : fmt::format(" {}", positional.name);
    }
    for (const auto& option : verb.options) {
        text += option.required ? fmt::format(" {}", option_text(option))
                                : fmt::format(" [{}]", option_text(option));
        if (option.repeated) text += "...";
    }
    return text;
}

std::string usage() {
    std::string text =
        "gwctl makes the kernel of this machine the edge of many tenants' networks.\n\n"
        "Usage: gwctl [--config FILE] [--json] VERB [ARGUMENT...]\n\n";
    auto left = [](const Verb& verb) {
        std::string result = verb.name;
        for (const auto& positional : verb.positionals) {
            result += positional.optional ? fmt::format(" [{}]", positional.name)
                                          : fmt::format(" {}", positional.name);
        }
        return result;
    };
    // A longer synopsis stands on a line of its own, so that the summaries keep their width.
    constexpr size_t kColumn = 28;
    for (const auto& verb : verbs()) {
        std::string head = left(verb);
        if (head.size() > kColumn) head += '\n' + std::string(2 + kColumn, ' ');
        text += fmt::format("  {:<{}}  {}\n", head, kColumn, wrap(verb.summary, kColumn + 4));
    }
    text += "\nOptions of every verb:\n" + option_list(global_options());
    text +=
        "\nExit status: 0 done, or nothing to do; 1 the system refused or failed; 2 bad input or\n"
        "usage; 3 plan --exit-code found changes.  `gwctl help VERB` says more about a verb.\n";
    return text;
}

std::string help(const Verb& verb) {
    std::string text = wrap("Usage: gwctl " + synopsis(verb), 13) + "\n\n" + wrap(verb.description, 0) + "\n";
    if (!verb.options.empty()) text += "\n" + option_list(verb.options);
    return text;
}

}  // namespace nvi::cli
