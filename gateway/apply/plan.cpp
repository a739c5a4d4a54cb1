// SPDX-License-Identifier: GPL-2.0-or-later
// A difference as text.
#include "gateway/apply/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <type_traits>
#include <unordered_map>

#include "gateway/apply/command.hpp"
#include "gateway/state/kind.hpp"

namespace nvi::apply {

namespace {

std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> result;
    for (std::string word; in >> word;) result.push_back(word);
    return result;
}

// What `before` says where `after` says something else: the words between the common beginning and
// the common end, with the word in front of them ("mtu 1400"), which names what they are.
std::string difference(const std::string& before, const std::string& after) {
    const auto old_words = words(before);
    const auto new_words = words(after);
    const size_t shorter = std::min(old_words.size(), new_words.size());
    size_t head = 0;
    while (head < shorter && old_words[head] == new_words[head]) ++head;
    size_t tail = 0;
    while (tail < shorter - head &&
           old_words[old_words.size() - 1 - tail] == new_words[new_words.size() - 1 - tail]) {
        ++tail;
    }
    const auto joined = [](const std::vector<std::string>& all, size_t begin, size_t end) {
        std::string text;
        for (size_t i = begin; i < end; ++i) text += (i == begin ? "" : " ") + all[i];
        return text;
    };
    if (head + tail == old_words.size()) return "without " + joined(new_words, head, new_words.size() - tail);
    return joined(old_words, head == 0 ? 0 : head - 1, old_words.size() - tail);
}

template <typename T>
state::TenantId owner(const T& object) {
    if constexpr (requires { object.tenant; }) {
        return object.tenant;
    } else {
        return 0;
    }
}

class Grouping {
  public:
    explicit Grouping(const TenantNames& names) : names_(names) {}

    template <typename T>
    void add(const char* kind, const Changes<T>& changes) {
        for (const auto& change : changes) {
            PlanLine line{change.action(), kind, command(change.action(), change.object()), {}};
            if (line.action == Action::change) {
                line.was = difference(command(Action::change, *change.before), line.command);
            }
            lines(owner(change.object())).push_back(std::move(line));
        }
    }
    void add_flow_devices(const Changes<std::string>& changes) {
        for (const auto& change : changes) {
            const auto named = state::kind_named(change.object());
            lines(named ? named->tenant : 0)
                .push_back({change.action(),
                            "flowtable",
                            flow_device_command(change.action(), change.object()),
                            {}});
        }
    }
    void add(FrameChange frame) {
        if (frame == FrameChange::none) return;
        const Action action = frame == FrameChange::add       ? Action::add
                              : frame == FrameChange::replace ? Action::change
                                                              : Action::remove;
        lines(0).push_back({action, "table", command(frame), {}});
    }
    std::vector<PlanGroup> take() {
        std::stable_sort(groups_.begin(), groups_.end(), [](const PlanGroup& a, const PlanGroup& b) {
            if ((a.tenant == 0) != (b.tenant == 0)) return a.tenant == 0;
            return std::tie(a.name, a.tenant) < std::tie(b.name, b.tenant);
        });
        return std::move(groups_);
    }

  private:
    std::vector<PlanLine>& lines(state::TenantId tenant) {
        const auto [found, is_new] = index_.try_emplace(tenant, groups_.size());
        if (is_new) {
            const auto name = names_.find(tenant);
            groups_.push_back({tenant,
                               tenant == 0            ? "gateway"
                               : name != names_.end() ? name->second
                                                      : fmt::format("tenant {}", tenant),
                               {}});
        }
        return groups_[found->second].lines;
    }

    const TenantNames& names_;
    std::vector<PlanGroup> groups_;
    std::unordered_map<state::TenantId, size_t> index_;
};

const char* sign(Action action) {
    return action == Action::add ? "+" : action == Action::change ? "~" : "-";
}

const char* colour_of(Action action) {
    return action == Action::add ? "\033[32m" : action == Action::change ? "\033[33m" : "\033[31m";
}

const char* word(Action action) {
    return action == Action::add ? "add" : action == Action::change ? "change" : "remove";
}

template <typename T>
void count(const Changes<T>& changes, Totals& into) {
    for (const auto& change : changes) {
        switch (change.action()) {
            case Action::add:
                ++into.add;
                break;
            case Action::change:
                ++into.change;
                break;
            case Action::remove:
                ++into.remove;
                break;
        }
    }
}

}  // namespace

TenantNames names_of(const state::State& observed, TenantNames names) {
    constexpr std::string_view kBegin = "nvi-gateway ";
    for (const auto& link : observed.links) {
        if (link.tenant == 0 || !link.alias.starts_with(kBegin)) continue;
        names.try_emplace(link.tenant, link.alias.substr(kBegin.size()));
    }
    return names;
}

std::vector<PlanGroup> plan(const Diff& diff, const TenantNames& names) {
    Grouping grouping(names);
    grouping.add("sysctl", diff.sysctls);
    grouping.add("rule", diff.rules);
    // Masters first, as one would have to type it.
    auto links = diff.links;
    std::ranges::stable_partition(links, [](const auto& change) { return change.object().master.empty(); });
    grouping.add("link", links);
    grouping.add("address", diff.addresses);
    grouping.add("route", diff.routes);
    grouping.add("neighbour", diff.neighbours);
    grouping.add("service", diff.services);
    grouping.add("program", diff.programs);
    grouping.add("program", diff.steerings);
    grouping.add("destination", diff.destinations);
    grouping.add("filter", diff.filters);
    grouping.add(diff.frame);
    grouping.add("element", diff.elements);
    grouping.add_flow_devices(diff.flow_devices);
    return grouping.take();
}

Totals totals(const Diff& diff) {
    Totals result;
    count(diff.sysctls, result);
    count(diff.rules, result);
    count(diff.links, result);
    count(diff.addresses, result);
    count(diff.routes, result);
    count(diff.neighbours, result);
    count(diff.services, result);
    count(diff.programs, result);
    count(diff.steerings, result);
    count(diff.destinations, result);
    count(diff.filters, result);
    count(diff.elements, result);
    count(diff.flow_devices, result);
    switch (diff.frame) {
        case FrameChange::none:
            break;
        case FrameChange::add:
            ++result.add;
            break;
        case FrameChange::replace:
            ++result.change;
            break;
        case FrameChange::remove:
            ++result.remove;
            break;
    }
    return result;
}

std::string summary(const Totals& totals) {
    return fmt::format("{} to add, {} to change, {} to remove", totals.add, totals.change, totals.remove);
}

std::string plan_text(const std::vector<PlanGroup>& groups, bool colour) {
    std::string text;
    for (const auto& group : groups) {
        text += colour ? fmt::format("\033[1m{}\033[0m\n", group.name) : group.name + "\n";
        for (const auto& line : group.lines) {
            text += fmt::format("  {}{} {}{}", colour ? colour_of(line.action) : "", sign(line.action),
                                line.command, colour ? "\033[0m" : "");
            if (!line.was.empty()) text += fmt::format("  (was: {})", line.was);
            text += '\n';
        }
    }
    return text;
}

nlohmann::json plan_json(const std::vector<PlanGroup>& groups) {
    auto changes = nlohmann::json::array();
    for (const auto& group : groups) {
        for (const auto& line : group.lines) {
            nlohmann::json change = {
                {"action", word(line.action)}, {"object", line.object}, {"command", line.command}};
            if (group.tenant == 0) {
                change["tenant"] = nullptr;
            } else {
                change["tenant"] = group.name;
                change["id"] = group.tenant;
            }
            if (!line.was.empty()) change["was"] = line.was;
            changes.push_back(std::move(change));
        }
    }
    return changes;
}

}  // namespace nvi::apply
