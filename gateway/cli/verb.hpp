// SPDX-License-Identifier: GPL-2.0-or-later
// The command line as a table: one row a verb. Dispatch, usage text and completion are read from it.
#pragma once

#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace nvi::cli {

// Exit statuses, as scripts may rely on them.
enum Exit : int { kDone = 0, kRefused = 1, kBadInput = 2, kChanges = 3 };

// The command line makes no sense: exit 2, with the verb's usage line.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// What a word is, for completion.
enum class Word : uint8_t { none, text, file, tenant, shell, direction, action, protocol, limit };

struct Option {
    const char* name;      // without the dashes
    const char* argument;  // its name in usage, or nullptr for a switch
    const char* help;
    Word word = Word::none;  // what the argument is
    bool repeated = false;
    bool required = false;
};

struct Positional {
    const char* name;
    Word word = Word::text;
    bool optional = false;
};

// What the parser found: the table's names with their values in the order given.
class Arguments {
  public:
    std::map<std::string, std::vector<std::string>> options;
    std::vector<std::string> positionals;

    bool has(const std::string& option) const { return options.contains(option); }
    // The value of an option that is given once, or `otherwise`.
    std::string value(const std::string& option, const std::string& otherwise = {}) const;
    std::span<const std::string> values(const std::string& option) const;
};

struct Context {
    std::string config;  // gateway.toml
    bool json = false;
    bool colour = false;  // stdout takes ANSI colours
    std::string command;  // as typed, for the lock file and the history
};

struct Verb {
    const char* name;         // one or two words
    const char* summary;      // one line
    const char* description;  // paragraphs for `gwctl help VERB`
    std::span<const Positional> positionals;
    std::span<const Option> options;
    int (*run)(const Context&, const Arguments&);
};

// The table, in the order of the usage text.
std::span<const Verb> verbs();
std::span<const Option> global_options();

// The verb that `words` begin with; `consumed` says how many words name it. Null: none.
const Verb* find_verb(std::span<const std::string> words, size_t& consumed);

// The known word nearest to `word`, or empty if none is near.
std::string nearest(std::string_view word, std::span<const std::string> known);

Arguments parse_arguments(std::span<const Option> options, std::span<const Positional> positionals,
                          std::span<const std::string> words);

std::string synopsis(const Verb& verb);  // "tenant add NAME --id N ..."
std::string usage();                     // all verbs, a line each
std::string help(const Verb& verb);      // one verb in full

// The shell's script; throws UsageError for a shell that is not known.
std::string completion_script(const std::string& shell);
// Candidates for the last of `words` (which may be empty), "WORD<TAB>DESCRIPTION" each.
std::vector<std::string> complete(const Context& context, std::span<const std::string> words);

}  // namespace nvi::cli
