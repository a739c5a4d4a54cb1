// SPDX-License-Identifier: GPL-2.0-or-later
// A tenant's ordered rules as boxes that do not overlap.
#include "tenants/firewall.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <set>

namespace nvi::tenants {

namespace {

constexpr Family kFamilies[] = {Family::v4, Family::v6};
constexpr Direction kDirections[] = {Direction::in, Direction::out};

// The next address, or the one before; what is beyond the family's last or first is never asked for.
Address step(const Address& address, bool up) {
    std::array<uint8_t, 16> bytes{};
    std::ranges::copy(address.bytes(), bytes.begin());
    for (size_t i = address.bytes().size(); i-- > 0;) {
        if (up ? ++bytes[i] != 0 : bytes[i]-- != 0) break;
    }
    return Address::from_bytes(address.family(), std::span(bytes).first(address.bytes().size()));
}

const std::vector<At<Prefix>>& local(const Rule& rule) {
    return rule.direction.value == Direction::in ? rule.to : rule.from;
}
const std::vector<At<Prefix>>& remote(const Rule& rule) {
    return rule.direction.value == Direction::in ? rule.from : rule.to;
}

// Prefixes of one family; all of it when the rule names none.
std::vector<Prefix> of_family(const std::vector<At<Prefix>>& prefixes, Family family) {
    if (prefixes.empty()) return {Prefix::any(family)};
    std::vector<Prefix> result;
    for (const auto& prefix : prefixes) {
        if (prefix.value.family() == family) result.push_back(prefix.value.network());
    }
    return result;
}

bool covers(const Rule& rule, const Address& host) {
    return std::ranges::any_of(of_family(local(rule), host.family()),
                               [&](const Prefix& prefix) { return prefix.contains(host); });
}

// The rules that are about an address, by number.
using Signature = std::vector<size_t>;

Signature signature(const std::vector<Rule>& rules, const Address& host) {
    Signature result;
    for (size_t i = 0; i < rules.size(); ++i) {
        if (covers(rules[i], host)) result.push_back(i);
    }
    return result;
}

// Where the rules about an address change.
std::set<Address> bounds(const std::vector<Rule>& rules, Family family) {
    std::set<Address> result{Prefix::any(family).first()};
    for (const Rule& rule : rules) {
        for (const Prefix& prefix : of_family(local(rule), family)) {
            result.insert(prefix.first());
            if (prefix.last() != Prefix::any(family).last()) result.insert(step(prefix.last(), true));
        }
    }
    return result;
}

bool overlap(const FirewallBox& a, const FirewallBox& b) {
    return a.first_protocol <= b.last_protocol && b.first_protocol <= a.last_protocol &&
           a.first_remote <= b.last_remote && b.first_remote <= a.last_remote &&
           a.first_port <= b.last_port && b.first_port <= a.last_port;
}

// Appends what of `box` is not in `taken`.
void subtract(FirewallBox box, const FirewallBox& taken, std::vector<FirewallBox>& to) {
    if (!overlap(box, taken)) {
        to.push_back(box);
        return;
    }
    const auto cut = [&](auto first, auto last, auto below, auto above) {
        if (box.*first < taken.*first) {
            FirewallBox part = box;
            part.*last = below(taken.*first);
            to.push_back(part);
            box.*first = taken.*first;
        }
        if (taken.*last < box.*last) {
            FirewallBox part = box;
            part.*first = above(taken.*last);
            to.push_back(part);
            box.*last = taken.*last;
        }
    };
    const auto less = [](auto value) { return static_cast<decltype(value)>(value - 1); };
    const auto more = [](auto value) { return static_cast<decltype(value)>(value + 1); };
    cut(&FirewallBox::first_protocol, &FirewallBox::last_protocol, less, more);
    cut(
        &FirewallBox::first_remote, &FirewallBox::last_remote,
        [](const Address& address) { return step(address, false); },
        [](const Address& address) { return step(address, true); });
    cut(&FirewallBox::first_port, &FirewallBox::last_port, less, more);
}

// The packets that one rule is about.
std::vector<FirewallBox> boxes_of(const Rule& rule, Family family, uint16_t number) {
    FirewallBox box{
        .direction = rule.direction.value, .number = number, .action = rule.action, .log = rule.log};
    if (rule.protocol.value != kAnyProtocol) {
        box.first_protocol = rule.protocol.value;
        if (rule.protocol.value == IPPROTO_ICMP && family == Family::v6) box.first_protocol = IPPROTO_ICMPV6;
        box.last_protocol = box.first_protocol;
    }
    auto ports = rule.ports;
    if (ports.empty()) ports.push_back({{0, 65535}, {}});
    std::vector<FirewallBox> result;
    for (const Prefix& prefix : of_family(remote(rule), family)) {
        for (const auto& range : ports) {
            box.first_remote = prefix.first();
            box.last_remote = prefix.last();
            box.first_port = range.value.first;
            box.last_port = range.value.last;
            result.push_back(box);
        }
    }
    return result;
}

class Compiler {
  public:
    explicit Compiler(const Tenant& tenant)
        : rules_(tenant.rules), policy_(tenant.firewall.value_or(Firewall())) {}

    CompiledFirewall run() {
        for (const Family family : kFamilies) add_family(family);
        return std::move(result_);
    }

  private:
    void add_family(Family family) {
        // An address that no rule names: only rules about all addresses.
        Signature common;
        for (size_t i = 0; i < rules_.size(); ++i) {
            if (local(rules_[i]).empty()) common.push_back(i);
        }
        add_boxes(family, common, 0);

        std::map<Signature, uint16_t> numbers{{common, 0}};
        const auto starts = bounds(rules_, family);
        for (auto start = starts.begin(); start != starts.end(); ++start) {
            const auto next = std::next(start);
            const Address last = next == starts.end() ? Prefix::any(family).last() : step(*next, false);
            const Signature about = signature(rules_, *start);
            const auto [known, is_new] = numbers.try_emplace(about, next_);
            if (is_new) add_boxes(family, about, next_++);
            if (known->second == 0) continue;
            result_.classes.push_back({*start, last, known->second});
        }
    }

    void add_boxes(Family family, const Signature& about, uint16_t number) {
        for (const Direction direction : kDirections) {
            const Action policy = direction == Direction::in ? policy_.in : policy_.out;
            std::vector<FirewallBox> taken;
            for (const size_t rule : about) {
                if (rules_[rule].direction.value != direction) continue;
                for (const FirewallBox& box : boxes_of(rules_[rule], family, number)) {
                    std::vector<FirewallBox> parts{box};
                    for (const FirewallBox& earlier : taken) {
                        std::vector<FirewallBox> left;
                        for (const FirewallBox& part : parts) subtract(part, earlier, left);
                        parts = std::move(left);
                        if (parts.size() + result_.boxes.size() > kMostBoxes) {
                            if (!result_.too_many_from) result_.too_many_from = rule;
                            return;
                        }
                    }
                    taken.push_back(box);
                    // What the policy does anyway needs no box.
                    const bool log_policy = policy_.log && policy != Action::accept;
                    if (box.action == policy && box.log == log_policy) continue;
                    result_.boxes.insert(result_.boxes.end(), parts.begin(), parts.end());
                }
            }
        }
    }

    const std::vector<Rule>& rules_;
    const Firewall policy_;
    CompiledFirewall result_;
    uint16_t next_ = 1;
};

}  // namespace

CompiledFirewall compile_firewall(const Tenant& tenant) {
    return Compiler(tenant).run();
}

}  // namespace nvi::tenants
