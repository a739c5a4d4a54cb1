// SPDX-License-Identifier: GPL-2.0-or-later
// The program at an uplink, beside what others have there. Topology: services_fixture.hpp.
#include "gateway/bpf/classifier.hpp"
#include "services/uplink.hpp"
#include "services_fixture.hpp"

namespace nvi::services {
namespace {

// Peers' program is at the same hook of the same uplink, and outlives services.
TEST_F(Program, LeavesOthersClassifiersAlone) {
    attach(*maps_, *object_, "in0", program_version());
    const bpf::Classifier other("in0", bpf::Direction::ingress, {.priority = 1, .handle = 1});
    EXPECT_FALSE(other.attach(object_->program("service_tc"))) << "there is a clsact already";
    const uint32_t program = other.program();
    EXPECT_NE(program, 0U);
    detach(*maps_, "in0");
    EXPECT_EQ(other.program(), program);
    EXPECT_EQ(bpf::Classifier("in0", bpf::Direction::ingress).program(), 0U);
    other.detach();
    other.remove_qdisc();
    EXPECT_TRUE(other.attach(object_->program("service_tc"))) << "the clsact is gone with the last";
}

}  // namespace
}  // namespace nvi::services
