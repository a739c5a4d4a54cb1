// SPDX-License-Identifier: GPL-2.0-or-later
// Words of the command line against the table.
#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <numeric>

#include "gateway/cli/verb.hpp"

namespace nvi::cli {

namespace {

namespace po = boost::program_options;

// Option names of the table ("confirm" of "--confirm"), with their dashes.
std::vector<std::string> known_options(std::span<const Option> options) {
    std::vector<std::string> known;
    for (const auto& option : options) known.push_back(std::string("--") + option.name);
    return known;
}

[[noreturn]] void refuse_unknown(const std::string& word, std::span<const Option> options) {
    const auto guess = nearest(word, known_options(options));
    throw UsageError(fmt::format("no such option: {}{}", word,
                                 guess.empty() ? "" : fmt::format(" (did you mean {}?)", guess)));
}

// The number of single-letter edits between two words.
size_t distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

}  // namespace

std::string Arguments::value(const std::string& option, const std::string& otherwise) const {
    const auto found = options.find(option);
    return found == options.end() || found->second.empty() ? otherwise : found->second.back();
}

std::span<const std::string> Arguments::values(const std::string& option) const {
    const auto found = options.find(option);
    return found == options.end() ? std::span<const std::string>{}
                                  : std::span<const std::string>(found->second);
}

std::string nearest(std::string_view word, std::span<const std::string> known) {
    std::string best;
    size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
    for (const auto& candidate : known) {
        const size_t d = distance(word, candidate);
        if (d < best_distance) {
            best_distance = d;
            best = candidate;
        }
    }
    return best;
}

Arguments parse_arguments(std::span<const Option> options, std::span<const Positional> positionals,
                          std::span<const std::string> words) {
    po::options_description description;
    for (const auto& option : options) {
        if (option.argument == nullptr) {
            description.add_options()(option.name, "");
        } else {
            description.add_options()(option.name, po::value<std::vector<std::string>>()->composing(), "");
        }
    }
    // A name that no option can have collects what is not an option.
    constexpr const char* kRest = "positional arguments";
    description.add_options()(kRest, po::value<std::vector<std::string>>());
    po::positional_options_description rest;
    rest.add(kRest, -1);

    Arguments arguments;
    try {
        using namespace po::command_line_style;
        const auto parsed = po::command_line_parser(std::vector<std::string>(words.begin(), words.end()))
                                .options(description)
                                .positional(rest)
                                .style((unix_style & ~allow_guessing & ~allow_short))
                                .run();
        for (const auto& given : parsed.options) {
            if (given.string_key == kRest) {
                arguments.positionals.insert(arguments.positionals.end(), given.value.begin(),
                                             given.value.end());
            } else {
                auto& values = arguments.options[given.string_key];
                values.insert(values.end(), given.value.begin(), given.value.end());
            }
        }
    } catch (const po::unknown_option& error) {
        refuse_unknown("--" + error.get_option_name().substr(error.get_option_name().find_first_not_of('-')),
                       options);
    } catch (const po::invalid_command_line_syntax& error) {
        throw UsageError(error.what());
    } catch (const po::error& error) {
        throw UsageError(error.what());
    }

    for (const auto& option : options) {
        const auto given = arguments.values(option.name);
        if (option.required && given.empty()) {
            throw UsageError(fmt::format("--{} {} is missing", option.name, option.argument));
        }
        if (!option.repeated && given.size() > 1)
            throw UsageError(fmt::format("--{} is given twice", option.name));
    }
    for (const auto& word : arguments.positionals) {
        if (word.size() > 1 && word[0] == '-') refuse_unknown(word, options);
    }
    const auto needed =
        std::count_if(positionals.begin(), positionals.end(), [](const auto& p) { return !p.optional; });
    if (arguments.positionals.size() < static_cast<size_t>(needed)) {
        throw UsageError(fmt::format("{} is missing", positionals[arguments.positionals.size()].name));
    }
    if (arguments.positionals.size() > positionals.size()) {
        throw UsageError(
            fmt::format("too many arguments: \"{}\"", arguments.positionals[positionals.size()]));
    }
    return arguments;
}

}  // namespace nvi::cli
