// SPDX-License-Identifier: GPL-2.0-or-later
// What the service program costs a packet, beside the simplest program that does the same, beside a packet
// that is no service's and beside IPVS. All of one test are measured in turn, NVI_ROUNDS (9) times; said are
// the median and the distance between the quartiles. NVI_BENCH_OBJECT names the programs.
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "tests/netns/services_fixture.hpp"

namespace nvi::services {
namespace {

uint32_t number(const char* name, uint32_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : static_cast<uint32_t>(std::strtoul(text, nullptr, 0));
}

// One figure, measured in each round.
class Series {
  public:
    void add(double value) { values_.push_back(value); }
    double last() const { return values_.back(); }
    double quantile(double part) const {
        auto sorted = values_;
        std::ranges::sort(sorted);
        return sorted.empty()
                   ? 0
                   : sorted[static_cast<size_t>(part * static_cast<double>(sorted.size() - 1) + 0.5)];
    }
    void print(const char* what, int digits, const char* unit) const {
        std::printf("%-34s %10.*f (%.*f) %s\n", what, digits, quantile(0.5), digits,
                    quantile(0.75) - quantile(0.25), unit);
    }

  private:
    std::vector<double> values_;
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

    double measure(const char* program, const Bytes& packet, uint32_t action) const {
        const auto out = run(packet, bench_->program(program), repeat_);
        EXPECT_EQ(out.action, action) << program;
        return out.nanoseconds;
    }

    const uint32_t rounds_ = number("NVI_ROUNDS", 9);
    const uint32_t repeat_ = number("NVI_REPEAT", 200'000);
    std::optional<bpf::Object> bench_;
};

TEST_F(Bench, NanosecondsAPacket) {
    const auto packet = Packet{}.bytes();
    const auto other = Packet{.destination = "203.0.113.5"}.bytes();
    Series simple, full, ratio, whole, passed;
    for (uint32_t round = 0; round <= rounds_; ++round) {
        const double undoing = measure("bench_nothing", packet, XDP_TX);
        const double by_simple = measure("bench_simple", packet, XDP_TX);
        const double by_full = measure("bench_service", packet, XDP_TX);
        const double by_passing =
            measure("service_xdp", other, XDP_PASS) - measure("bench_pass", packet, XDP_PASS);
        if (round == 0) continue;  // warms up
        simple.add(by_simple - undoing);
        full.add(by_full - undoing);
        ratio.add(full.last() / simple.last());
        whole.add(by_full / by_simple);
        passed.add(by_passing);
    }
    std::printf("by bpf_prog_test_run, less the undoing of what was done:\n");
    simple.print("simplest program", 1, "ns a packet");
    full.print("service program", 1, "ns a packet");
    ratio.print("service / simplest (bar 1.6)", 2, "");
    whole.print("  with the undoing in both", 2, "");
    passed.print("no service's, more than passing", 1, "ns a packet");
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
    // From now on a kernel thread of its own receives by the device, which has a program; its number. It runs
    // on the sender's processor, and comes before the sender: a veth holds few packets.
    static std::string thread_of(const std::string& device) {
        namespace fs = std::filesystem;
        const std::string prefix = "napi/" + device;
        std::ofstream("/sys/class/net/" + device + "/threaded") << "1\n";
        for (const auto& entry : fs::directory_iterator("/proc")) {
            std::string name;
            std::getline(std::ifstream(entry.path() / "comm"), name);
            if (!name.starts_with(prefix)) continue;
            const sched_param first{.sched_priority = 1};
            cpu_set_t here;
            const pid_t thread = std::stoi(entry.path().filename());
            EXPECT_EQ(sched_getaffinity(0, sizeof here, &here), 0);
            EXPECT_EQ(sched_setaffinity(thread, sizeof here, &here), 0) << std::strerror(errno);
            EXPECT_EQ(sched_setscheduler(thread, SCHED_FIFO, &first), 0) << std::strerror(errno);
            return entry.path().filename();
        }
        ADD_FAILURE() << device << " is not received from by a thread";
        return {};
    }
    // Nanoseconds that it ran so far.
    static double ran(const std::string& thread) {
        double nanoseconds = 0;
        std::ifstream("/proc/" + thread + "/schedstat") >> nanoseconds;
        return nanoseconds;
    }

    // Nanoseconds of sending for a packet that arrived.
    double send(const Bytes& packet) {
        constexpr uint32_t kBatch = 64;
        const uint32_t zero = 0;
        Bytes headers(packet.begin(), packet.begin() + 54);
        headers.resize(56);
        EXPECT_EQ(bpf_map_update_elem(bench_->map("starts"), &zero, headers.data(), BPF_ANY), 0);
        const uint64_t before = dropped();
        bpf_test_run_opts options{};
        options.sz = sizeof options;
        options.data_in = packet.data();
        options.data_size_in = static_cast<uint32_t>(packet.size());
        options.repeat = static_cast<int>(repeat_);
        options.batch_size = kBatch;
        options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
        const auto start = std::chrono::steady_clock::now();
        const int error = bpf_prog_test_run_opts(bench_->program("bench_send"), &options);
        const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
        EXPECT_EQ(error, 0) << std::strerror(-error);
        arrived_ = static_cast<double>(dropped() - before);
        // One that is lost costs less than one that arrives.
        EXPECT_GT(arrived_, 0.999 * repeat_);
        return taken.count() / arrived_;
    }
    double arrived_ = 0;  // packets, of the last send()

    // Makes ready for every path; whether there is IPVS.
    bool by_ipvs() {
        sh("sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.in0.rp_filter=0 && ip route add "
           "203.0.113.0/24 dev in0");
        write_service(*maps_, service({backend("172.16.0.11")}));
        return std::system(
                   "ip address add 198.18.0.80/32 dev lo; sysctl -qw net.ipv4.vs.sloppy_tcp=1 2>/dev/null;"
                   "ipvsadm -A -t 198.18.0.80:80 -s mh -b mh-port 2>/dev/null && ipvsadm -a -t "
                   "198.18.0.80:80 -r 172.16.0.11 -i") == 0;
    }
    static std::map<std::string, const char*> programs(bool ipvs) {
        std::map<std::string, const char*> all = {{"floor", "bench_drop"},
                                                  {"service program", "bench_service_live"},
                                                  {"simplest program", "bench_simple_out"}};
        if (ipvs) all["IPVS, tunnel"] = "bench_pass";
        return all;
    }
    static void print(const std::map<std::string, Series>& taken) {
        for (const auto& [name, series] : taken) {
            series.print(name.c_str(), 1, "ns a packet");
            std::printf("%-34s %10.0f packets a second\n", "", 1e9 / series.quantile(0.5));
        }
    }
};

// The gateway's own part: what its receiving thread runs a packet, from taking it up at in0 to handing it to
// out0. Who makes the packets and who drops them are others, as they are other machines where a gateway is.
TEST_F(Pps, OfTheGatewaysThread) {
    const bool ipvs = by_ipvs();
    attach("in0", "bench_pass");
    sh("mount -t sysfs sysfs /sys");
    const std::string thread = thread_of("in0");
    thread_of("out1");
    std::map<std::string, Series> taken;
    Series simple, rates;
    for (uint32_t round = 0; round <= rounds_; ++round) {
        for (const auto& [name, program] : programs(ipvs)) {
            attach("in0", program);
            const double before = ran(thread);
            send(Packet{}.bytes());
            if (round != 0) taken[name].add((ran(thread) - before) / arrived_);
        }
        if (round == 0) continue;
        const double full = taken["service program"].last();
        simple.add(full / taken["simplest program"].last());
        if (ipvs) rates.add(taken["IPVS, tunnel"].last() / full);
    }
    std::printf("\nthe gateway's thread alone, from a veth to a veth:\n");
    // User Mode Linux counts ticks.
    if (taken["floor"].quantile(0.5) == 0) {
        std::printf("this kernel does not measure its threads\n");
        return;
    }
    print(taken);
    simple.print("service / simplest", 2, "");
    if (ipvs) rates.print("service's rate / IPVS's (bar 3)", 2, "");
}

TEST_F(Pps, ByEachPath) {
    const bool ipvs = by_ipvs();
    std::map<std::string, Series> taken;
    Series simple, rates, marginal;
    for (uint32_t round = 0; round <= rounds_; ++round) {
        for (const auto& [name, program] : programs(ipvs)) {
            attach("in0", program);
            const double nanoseconds = send(Packet{}.bytes());
            if (round != 0) taken[name].add(nanoseconds);
        }
        if (round == 0) continue;
        const double floor = taken["floor"].last();
        const double full = taken["service program"].last();
        simple.add(full / taken["simplest program"].last());
        if (!ipvs) continue;
        rates.add(taken["IPVS, tunnel"].last() / full);
        marginal.add((taken["IPVS, tunnel"].last() - floor) / (full - floor));
    }
    std::printf("\nthrough a veth with XDP; the floor is a drop where the others begin:\n");
    print(taken);
    simple.print("service / simplest", 2, "");
    if (!ipvs) {
        std::printf("IPVS: not in this kernel\n");
        return;
    }
    rates.print("service's rate / IPVS's (bar 3)", 2, "");
    marginal.print("  above the floor", 2, "");
}

}  // namespace
}  // namespace nvi::services
