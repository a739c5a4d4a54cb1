// SPDX-License-Identifier: GPL-2.0-or-later
// services_bench OBJECT: what the service program costs a packet, beside the simplest program that does the
// same and beside a packet that is no service's. Run by the kernel on one packet again and again
// (bpf_prog_test_run).
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "tests/netns/services_fixture.hpp"

namespace nvi::services {
namespace {

constexpr uint32_t kRepeat = 200'000;
constexpr int kRounds = 7;

// Instructions that this processor executes, in the kernel too; -1 where it does not count them.
class Instructions {
  public:
    Instructions() {
        perf_event_attr attributes{};
        attributes.type = PERF_TYPE_HARDWARE;
        attributes.size = sizeof attributes;
        attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
        fd_ = Fd::adopt(static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0)));
    }
    double now() const {
        uint64_t value = 0;
        if (!fd_ || read(fd_.get(), &value, sizeof value) != sizeof value) return -1;
        return static_cast<double>(value);
    }

  private:
    Fd fd_;
};

struct Figure {
    double nanoseconds;   // a packet, the least of kRounds: what others do on the machine only adds
    double instructions;  // a packet; below 0: not known
};

class Bench : public Program {
  protected:
    void SetUp() override {
        Program::SetUp();
        std::ifstream file(std::getenv("NVI_BENCH_OBJECT"), std::ios::binary);
        const std::string elf{std::istreambuf_iterator<char>(file), {}};
        bench_.emplace(
            Object::load(pins_directory(), {reinterpret_cast<const unsigned char*>(elf.data()), elf.size()}));
        sh("ip neighbour replace 198.51.100.7 lladdr 02:00:00:00:02:07 dev in0");
        write_service(*maps_, service({backend("198.51.100.7")}));
        vip_key key{};
        key.address[0] = inet_addr("198.18.0.80");
        key.port = htons(80);
        key.protocol = IPPROTO_TCP;
        key.family = 4;
        struct {
            uint32_t source, destination;
            uint8_t mac[6], pad[2];
        } tunnel{inet_addr("172.16.0.1"), inet_addr("198.51.100.7"), {2, 0, 0, 0, 2, 7}, {}};
        ASSERT_EQ(bpf_map_update_elem(bench_->map("simple_vips"), &key, &tunnel, BPF_ANY), 0);
    }

    Figure measure(const char* program, const Bytes& packet, uint32_t action) {
        const int fd = bench_->program(program);
        const Instructions instructions;
        Figure figure{1e9, 1e9};
        for (int round = 0; round < kRounds; ++round) {
            const double before = instructions.now();
            const auto out = run(packet, fd, kRepeat);
            const double after = instructions.now();
            EXPECT_EQ(out.action, action) << program;
            figure.nanoseconds = std::min(figure.nanoseconds, static_cast<double>(out.nanoseconds));
            figure.instructions = before < 0 ? -1 : std::min(figure.instructions, (after - before) / kRepeat);
        }
        std::printf("%-24s %6.0f ns", program, figure.nanoseconds);
        if (figure.instructions >= 0) std::printf("  %6.0f instructions", figure.instructions);
        std::printf("\n");
        return figure;
    }

    std::optional<Object> bench_;
};

TEST_F(Bench, NanosecondsAPacket) {
    const auto packet = Packet{}.bytes();
    const auto nothing = measure("bench_nothing", packet, XDP_TX);
    const auto simple = measure("bench_simple", packet, XDP_TX);
    const auto full = measure("bench_service", packet, XDP_TX);
    const auto passed = measure("service_xdp", Packet{.destination = "203.0.113.5"}.bytes(), XDP_PASS);
    const auto floor = measure("bench_pass", packet, XDP_PASS);
    std::printf("\nundoing what it did is in the first three and taken off here, in ns a packet:\n");
    std::printf("simplest program  %.0f\nservice program   %.0f\nratio             %.2f (bar 1.6)\n",
                simple.nanoseconds - nothing.nanoseconds, full.nanoseconds - nothing.nanoseconds,
                (full.nanoseconds - nothing.nanoseconds) / (simple.nanoseconds - nothing.nanoseconds));
    std::printf("with the undoing in both, ratio %.2f\n", full.nanoseconds / simple.nanoseconds);
    std::printf("no service's      %.0f\n", passed.nanoseconds - floor.nanoseconds);
}

// One processor does everything: it makes the packets, sends them on and counts them.
TEST_F(Bench, DISABLED_Send) {
    (*maps_)["settings"].put(uint32_t{0}, settings{if_nametoindex("in1"), 1000, 1000, 1});
}

}  // namespace
}  // namespace nvi::services
