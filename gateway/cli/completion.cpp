// SPDX-License-Identifier: GPL-2.0-or-later
// Completion: the shells' scripts ask the program itself, which answers from the table of verbs.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "gateway/cli/verb.hpp"
#include "tenants/shape.hpp"

namespace nvi::cli {

namespace {

// "complete" is no verb of the table: it is spoken by these scripts only.
constexpr const char* kBash = R"(# bash completion for gwctl
_gwctl() {
    local IFS=$'\n' word=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=($(gwctl complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
    if [ "${COMPREPLY[0]}" = :file ]; then
        COMPREPLY=($(compgen -f -- "$word"))
        compopt -o filenames
    fi
}
complete -F _gwctl gwctl
)";

constexpr const char* kZsh = R"(#compdef gwctl
_gwctl() {
    local -a lines described
    local line
    lines=("${(@f)$(gwctl complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ $lines[1] == :file* ]]; then
        _files
        return
    fi
    for line in $lines; do described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}"); done
    _describe gwctl described
}
if [ "$funcstack[1]" = _gwctl ]; then _gwctl "$@"; else compdef _gwctl gwctl; fi
)";

constexpr const char* kFish = R"(# fish completion for gwctl
function __gwctl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l answers (gwctl complete $words[2..-1] 2>/dev/null)
    if test "$answers[1]" = :file
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $answers
    end
end
complete -c gwctl -f -a '(__gwctl_complete)'
)";

std::vector<std::string> tenant_names(const Context& context) {
    // Names only: a file that does not parse has a name all the same.
    std::vector<std::string> names;
    std::error_code error;
    const auto directory = std::filesystem::path(context.config).parent_path() / "tenants.d";
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        if (entry.path().extension() == ".toml") names.push_back(entry.path().stem());
    }
    std::sort(names.begin(), names.end());
    return names;
}

class Candidates {
  public:
    explicit Candidates(std::string prefix) : prefix_(std::move(prefix)) {}
    void add(const std::string& word, const std::string& description = {}) {
        if (!word.starts_with(prefix_)) return;
        const auto line = word + '\t' + description;
        if (std::find(lines_.begin(), lines_.end(), line) == lines_.end()) lines_.push_back(line);
    }
    void add(Word word, const Context& context) {
        switch (word) {
            case Word::none:
            case Word::text:
                break;
            case Word::file:
                lines_.emplace_back(":file");
                break;
            case Word::tenant:
                for (const auto& name : tenant_names(context)) add(name);
                break;
            case Word::shell:
                for (const char* shell : {"bash", "zsh", "fish"}) add(shell);
                break;
            case Word::direction:
                add_choices("rule", "direction");
                break;
            case Word::action:
                add_choices("rule", "action");
                break;
            case Word::protocol:
                add_choices("rule", "protocol");
                break;
            case Word::limit:
                for (const auto& key : tenants::tenant_table_shape("limits").keys)
                    add(std::string(key.name), std::string(key.doc));
                break;
        }
    }
    std::vector<std::string> take() { return std::move(lines_); }

  private:
    // What the key of a tenant's file may be.
    void add_choices(const char* table, std::string_view name) {
        for (const auto& key : tenants::tenant_table_shape(table).keys) {
            if (key.name != name) continue;
            for (const auto& choice : key.shape.choices) add(std::string(choice.text), std::string(key.doc));
        }
    }

    std::string prefix_;
    std::vector<std::string> lines_;
};

const Option* find_option(std::span<const Option> options, const std::string& word) {
    for (const auto& option : options) {
        if (word == std::string("--") + option.name) return &option;
    }
    return nullptr;
}

}  // namespace

std::string completion_script(const std::string& shell) {
    if (shell == "bash") return kBash;
    if (shell == "zsh") return kZsh;
    if (shell == "fish") return kFish;
    throw UsageError(fmt::format("no completion for \"{}\": bash, zsh or fish", shell));
}

std::vector<std::string> complete(const Context& context, std::span<const std::string> words) {
    if (words.empty()) return {};
    Candidates candidates(words.back());
    auto done = words.first(words.size() - 1);

    // Options of every verb come before the verb.
    while (!done.empty() && done[0].starts_with("--")) {
        const auto* option = find_option(global_options(), done[0]);
        const size_t taken = option != nullptr && option->argument != nullptr ? 2 : 1;
        if (done.size() < taken) {
            candidates.add(option->word, context);
            return candidates.take();
        }
        done = done.subspan(taken);
    }

    size_t consumed = 0;
    const Verb* verb = done.empty() ? nullptr : find_verb(done, consumed);
    if (verb == nullptr) {
        // A word of a verb's name: the first, or the second after a first that is there.
        for (const auto& candidate : verbs()) {
            const std::string name = candidate.name;
            const auto space = name.find(' ');
            if (done.empty()) {
                candidates.add(name.substr(0, space), space == std::string::npos ? candidate.summary : "");
            } else if (space != std::string::npos && done.size() == 1 && name.substr(0, space) == done[0]) {
                candidates.add(name.substr(space + 1), candidate.summary);
            }
        }
        if (done.empty()) {
            for (const auto& option : global_options()) {
                if (words.back().starts_with("-"))
                    candidates.add(std::string("--") + option.name, option.help);
            }
        }
        return candidates.take();
    }

    const auto given = done.subspan(consumed);
    if (!given.empty()) {
        const auto* option = find_option(verb->options, given.back());
        if (option != nullptr && option->argument != nullptr) {
            candidates.add(option->word, context);
            return candidates.take();
        }
    }
    if (words.back().starts_with("-")) {
        for (const auto& option : verb->options) candidates.add(std::string("--") + option.name, option.help);
        return candidates.take();
    }
    size_t positionals = 0;
    for (size_t i = 0; i < given.size(); ++i) {
        const auto* option = find_option(verb->options, given[i]);
        if (option == nullptr) {
            ++positionals;
        } else if (option->argument != nullptr) {
            ++i;
        }
    }
    if (positionals < verb->positionals.size()) candidates.add(verb->positionals[positionals].word, context);
    return candidates.take();
}

}  // namespace nvi::cli
