// SPDX-License-Identifier: GPL-2.0-or-later
// The frame as libnftnl's objects, in the form that the kernel gives back when it is asked for them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "nft/frame.hpp"
#include "nft/handles.hpp"

namespace nvi::nft {

struct FrameObjects {
    TableHandle table;
    std::vector<SetHandle> sets;
    std::vector<ObjectHandle> counters;
    FlowtableHandle flowtable;  // or none; without devices
    std::vector<ChainHandle> chains;
    std::vector<RuleHandle> rules;  // chain by chain, in order
};

FrameObjects frame_objects(FrameOptions options = {});

// The flowtable with these devices (in messages that make it, add devices to it or take them from it).
FlowtableHandle flowtable_with(std::span<const std::string> devices);

// User data with one comment in it, of NFTNL_UDATA_*_COMMENT (which is 0 for every kind of object).
UserDataHandle comment_data(const std::string& comment);
// The comment in an object's user data, or nothing.
std::string comment_in(const void* data, uint32_t length);

}  // namespace nvi::nft
