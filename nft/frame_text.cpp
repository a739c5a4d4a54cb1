// SPDX-License-Identifier: GPL-2.0-or-later
// The frame as a file that nft reads.
#include "nft/frame_text.hpp"

#include <fmt/format.h>

#include "nft/ruleset.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

namespace {

struct PartText {
    std::string operator()(const Compare& part) const {
        const bool name = info(part.field).data_type == DataType::interface_name;
        const std::string value = name ? fmt::format("\"{}\"", part.text) : part.text;
        return fmt::format("{} {}{}", info(part.field).rule, part.equal ? "" : "!= ", value);
    }
    std::string operator()(const AnyBit& part) const {
        return fmt::format("{} & {} != 0", info(part.field).rule, part.text);
    }
    std::string operator()(const InSet& part) const {
        return fmt::format("{} {}@{}", rule_text(part.key), part.in ? "" : "!= ", part.set);
    }
    std::string operator()(const ConntrackState& part) const { return "ct state " + part.text; }
    std::string operator()(const SetZone& part) const {
        return fmt::format("ct zone set {} map @{}", info(part.by).rule, part.map);
    }
    std::string operator()(const Translate& part) const {
        return fmt::format("{} {} to {} map @{}", part.source ? "snat" : "dnat",
                           part.family == Family::v4 ? "ip" : "ip6", rule_text(part.key), part.map);
    }
    std::string operator()(const SetMark& part) const {
        return fmt::format("ct mark set {} map @{}", rule_text(part.key), part.map);
    }
    std::string operator()(const SetPacketMark& part) const {
        return fmt::format("meta mark set {} map @{}", rule_text(part.key), part.map);
    }
    std::string operator()(const Decide& part) const {
        return fmt::format("{} vmap @{}", rule_text(part.key), part.map);
    }
    std::string operator()(const Readable& part) const {
        return fmt::format("{} >= 0", info(part.field).rule);
    }
    std::string operator()(const Log& part) const {
        return fmt::format("log prefix \"{}\" group {}", part.prefix, kLogGroup);
    }
    std::string operator()(const Reject&) const { return "reject with icmpx admin-prohibited"; }
    std::string operator()(const Confirmed&) const { return "ct status confirmed"; }
    std::string operator()(const Fragment& part) const {
        return part.family == Family::v4 ? "ip frag-off & 0x3fff != 0" : "exthdr frag exists";
    }
    std::string operator()(const Return&) const { return "return"; }
    std::string operator()(const Jump& part) const { return "jump " + part.chain; }
    std::string operator()(const ClampSegments& part) const {
        return fmt::format("tcp option maxseg size set {} map @{}", rule_text(part.key), part.map);
    }
    std::string operator()(const Offload& part) const { return "flow add @" + part.flowtable; }
    std::string operator()(const Untrack&) const { return "notrack"; }
    std::string operator()(const Count& part) const {
        return fmt::format("counter name \"{}\"", part.counter);
    }
    std::string operator()(const Accept&) const { return "accept"; }
    std::string operator()(const Drop&) const { return "drop"; }
    std::string operator()(const Goto& part) const { return "goto " + part.chain; }
};

// nft's names of the types.
std::string_view type_name(DataType type) {
    switch (type) {
        case DataType::ip_address:
            return "ipv4_addr";
        case DataType::protocol:
            return "inet_proto";
        case DataType::service:
            return "inet_service";
        case DataType::interface_name:
            return "ifname";
        default:
            return "integer";
    }
}
std::string types_text(const Layout& layout) {
    std::string text;
    for (const Field field : layout.fields)
        text += fmt::format("{}{}", text.empty() ? "" : " . ", type_name(info(field).data_type));
    return text;
}

std::string set_text(const SetDefinition& set) {
    std::string text =
        fmt::format("\t# {}\n\t{} {} {{\n\t\t", set.about, set.is_map() ? "map" : "set", set.name);
    // nft 1.0.6 lists maps whose data are ranges by types.
    if (set.data.range) {
        text += fmt::format("type {} : interval {}", types_text(set.key), types_text(set.data));
    } else {
        text += "typeof " + type_text(set.key);
        if (set.is_map()) text += " : " + type_text(set.data);
    }
    if (set.key.interval) text += "\n\t\tflags interval";
    if (set.stateful == Stateful::connections) text += "\n\t\tct count over 0";
    if (is_dynamic(set)) text += "\n\t\tflags dynamic";
    return text + "\n\t}\n\n";
}

std::string chain_text(const ChainDefinition& chain) {
    std::string text = fmt::format("\tchain {} {{\n", chain.name);
    const Hook& hook = chain.hook;
    if (!hook.name.empty()) {
        text += fmt::format("\t\ttype {} hook {} priority {}; policy accept;\n", hook.type, hook.name,
                            hook.priority_text);
    }
    for (const auto& rule : chain.rules) text += fmt::format("\t\t{}\n", rule_text(rule));
    return text + "\t}\n\n";
}

}  // namespace

std::string rule_text(const RuleDefinition& rule) {
    std::string text;
    for (const Part& part : rule.parts) {
        if (!text.empty()) text += ' ';
        text += std::visit(PartText{}, part);
    }
    if (!rule.comment.empty()) text += fmt::format(" comment \"{}\"", rule.comment);
    return text;
}

std::string frame_text(FrameOptions options) {
    std::string text = fmt::format("table inet {} {{\n\tcomment \"{}\"\n\n", kTable, kMark);
    for (const auto& set : sets()) text += set_text(set);
    const Frame& of = frame(options);
    for (const auto& counter : of.counters) text += fmt::format("\tcounter {} {{\n\t}}\n\n", counter);
    if (of.flowtable) {
        text += fmt::format("\tflowtable {} {{\n\t\thook ingress priority filter\n\t\tcounter\n\t}}\n\n",
                            kFlowtable);
    }
    for (const auto& chain : of.chains) text += chain_text(chain);
    text.pop_back();
    return text + "}\n";
}

}  // namespace nvi::nft
