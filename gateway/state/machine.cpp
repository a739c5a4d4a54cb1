// SPDX-License-Identifier: GPL-2.0-or-later
// What of the machine a decision depends on and no file says.
#include "gateway/state/machine.hpp"

#include <net/if.h>
#include <sys/utsname.h>

#include <charconv>
#include <string_view>

namespace nvi::state {

namespace {

std::array<unsigned, 3> numbers(std::string_view text) {
    std::array<unsigned, 3> result{};
    for (unsigned& number : result) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc()) break;
        text.remove_prefix(static_cast<size_t>(end - text.data()));
        if (!text.starts_with('.')) break;
        text.remove_prefix(1);
    }
    return result;
}

}  // namespace

std::array<unsigned, 3> Machine::kernel() const {
    constexpr std::string_view kDebian = "Debian ";
    if (const auto at = version.find(kDebian); at != std::string::npos) {
        const auto found = numbers(std::string_view(version).substr(at + kDebian.size()));
        if (found[0] != 0) return found;
    }
    return numbers(release);
}

Machine observe_machine(std::span<const std::string> uplinks) {
    Machine machine;
    utsname names{};
    if (uname(&names) == 0) {
        machine.release = names.release;
        machine.version = names.version;
    }
    for (const auto& uplink : uplinks) {
        if (if_nametoindex(uplink.c_str()) != 0) machine.uplinks_here.push_back(uplink);
    }
    return machine;
}

}  // namespace nvi::state
