// SPDX-License-Identifier: GPL-2.0-or-later
// Objects as an operator would type them for ip, sysctl and nft. Only ever printed: nothing is run.
#pragma once

#include <string>

#include "gateway/apply/diff.hpp"
#include "gateway/state/objects.hpp"

namespace nvi::apply {

std::string command(Action action, const state::Sysctl& sysctl);
std::string command(Action action, const state::Rule& rule);
std::string command(Action action, const state::Link& link);
std::string command(Action action, const state::InterfaceAddress& address);
std::string command(Action action, const state::Route& route);
std::string command(Action action, const state::Neighbour& neighbour);
std::string command(Action action, const state::Filter& filter);
std::string flow_device_command(Action action, const std::string& device);
std::string command(Action action, const nft::Element& element);
std::string command(Action action, const state::Service& service);
std::string command(Action action, const state::Program& program);
std::string command(Action action, const state::Steering& steering);
std::string command(Action action, const state::Destination& destination);
std::string command(FrameChange change);

}  // namespace nvi::apply
