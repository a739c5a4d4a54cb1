// SPDX-License-Identifier: GPL-2.0-or-later
// services_bench OBJECT: what the service program costs a packet, beside the simplest program that does the
// same and beside a packet that is no service's. Run by the kernel on one packet again and again
// (bpf_prog_test_run).
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
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
            load(pins_directory(), {reinterpret_cast<const unsigned char*>(elf.data()), elf.size()}));
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

    std::optional<bpf::Object> bench_;
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

// Packets a second: in1 sends into in0, where one of the paths takes them to the backend behind out0, whose
// other end drops and counts them. One processor does all of it.
class Pps : public Bench {
  protected:
    void SetUp() override {
        Bench::SetUp();
        sh("ip link set in0 address 02:00:00:00:00:01");
        const uint32_t out = if_nametoindex("out0");
        const uint32_t zero = 0;
        ASSERT_EQ(bpf_map_update_elem(bench_->map("simple_device"), &zero, &out, BPF_ANY), 0);
        (*maps_)["settings"].put(uint32_t{0}, settings{if_nametoindex("in1"), 1000, 1000, 1});
        attach("out1", "bench_drop");
    }
    void attach(const char* device, const char* program) {
        bpf_xdp_attach_opts options{};
        options.sz = sizeof options;
        ASSERT_EQ(bpf_xdp_attach(static_cast<int>(if_nametoindex(device)), bench_->program(program),
                                 XDP_FLAGS_DRV_MODE, &options),
                  0)
            << device << ' ' << program << ": " << std::strerror(errno);
    }
    uint64_t dropped() const {
        uint64_t sum = 0;
        const Map map(Fd::adopt(dup(bench_->map("received"))), "received");
        for (const uint64_t value : map.all<uint64_t>(0)) sum += value;
        return sum;
    }
    // Packets that arrived, a second of sending.
    double send(const Bytes& packet) {
        constexpr uint32_t kBatch = 64;
        const uint32_t zero = 0;
        Bytes headers(packet.begin(), packet.begin() + 54);
        headers.resize(56);
        EXPECT_EQ(bpf_map_update_elem(bench_->map("starts"), &zero, headers.data(), BPF_ANY), 0);
        const uint64_t before = dropped();
        const auto start = std::chrono::steady_clock::now();
        double seconds = 0;
        do {
            bpf_test_run_opts options{};
            options.sz = sizeof options;
            options.data_in = packet.data();
            options.data_size_in = static_cast<uint32_t>(packet.size());
            options.repeat = 20000;
            options.batch_size = kBatch;
            options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
            const int error = bpf_prog_test_run_opts(bench_->program("bench_send"), &options);
            EXPECT_EQ(error, 0) << std::strerror(-error);
            if (error != 0) return 0;
            seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        } while (seconds < 1.5);
        usleep(50000);
        return static_cast<double>(dropped() - before) / seconds;
    }
    void best(const char* name) {
        double most = 0;
        for (int round = 0; round < 3; ++round) most = std::max(most, send(Packet{}.bytes()));
        std::printf("%-24s %8.0f packets a second\n", name, most);
    }
};

TEST_F(Pps, ByEachPath) {
    sh("sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.in0.rp_filter=0 && ip route add "
       "203.0.113.0/24 dev in0");
    write_service(*maps_, service({backend("172.16.0.11")}));
    attach("in0", "bench_service_live");
    best("service program");
    attach("in0", "bench_simple_out");
    best("simplest program");
    attach("in0", "bench_pass");
    sh("ip address add 198.18.0.80/32 dev lo; sysctl -qw net.ipv4.vs.sloppy_tcp=1 2>/dev/null || true");
    if (std::system("ipvsadm -A -t 198.18.0.80:80 -s mh -b mh-port 2>/dev/null && ipvsadm -a -t "
                    "198.18.0.80:80 -r 172.16.0.11 -i") != 0) {
        std::printf("IPVS: not in this kernel\n");
        return;
    }
    best("IPVS, tunnel");
}

}  // namespace
}  // namespace nvi::services
