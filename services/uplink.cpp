// SPDX-License-Identifier: GPL-2.0-or-later
// The program at an uplink.
#include "services/uplink.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "gateway/bpf/classifier.hpp"
#include "gateway/net/error.hpp"

namespace nvi::services {

namespace {

constexpr std::string_view kLink = "xdp-";

std::filesystem::path link_path(const Maps& maps, const std::string& device) {
    return maps.directory() / (std::string(kLink) + device);
}

struct LinkState {
    uint32_t ifindex{};
    uint32_t program{};
};

LinkState state_of(const Fd& link) {
    bpf_link_info info{};
    uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(link.get(), &info, &size) != 0)
        throw Error::system("ask for the XDP link", errno);
    return {info.xdp.ifindex, info.prog_id};
}

Fd open_link(const std::filesystem::path& path) {
    Fd fd = Fd::adopt(bpf_obj_get(path.c_str()));
    if (!fd && errno != ENOENT) throw Error::system("open " + path.string(), errno);
    return fd;
}

uint32_t program_id(int fd) {
    bpf_prog_info info{};
    uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0) throw Error::system("ask for a BPF program", errno);
    return info.id;
}

// What XDP hands over, it takes.
bpf::Classifier classifier(const std::string& device) {
    return {device, bpf::Direction::ingress};
}

Fd make_link(unsigned ifindex, int program) {
    bpf_link_create_opts options{};
    options.sz = sizeof options;
    for (const uint32_t mode : {XDP_FLAGS_DRV_MODE, XDP_FLAGS_SKB_MODE}) {
        options.flags = mode;
        Fd link = Fd::adopt(bpf_link_create(program, static_cast<int>(ifindex), BPF_XDP, &options));
        if (link) return link;
        if (errno == EBUSY || errno == EEXIST)
            throw Error("another XDP program is attached: `ip link` shows it", errno);
        if (mode == XDP_FLAGS_SKB_MODE) throw Error::system("attach the XDP program", errno);
    }
    return {};
}

std::vector<std::string> attached(const Maps& maps) {
    std::vector<std::string> devices;
    for (const auto& entry : std::filesystem::directory_iterator(maps.directory())) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(kLink)) devices.push_back(name.substr(kLink.size()));
    }
    return devices;
}

settings wanted_settings(const Maps& maps) {
    // A connection that is idle is remembered for so long, whatever comes in meanwhile.
    constexpr uint32_t kRemembered = 60;  // seconds
    constexpr uint32_t kAnswers = 1000;
    constexpr uint32_t kConnections = 262144;
    settings wanted{};
    wanted.nvi_ifindex = if_nametoindex("nvi0");
    wanted.remembered_per_second =
        std::max(1U, kConnections / kRemembered / static_cast<uint32_t>(Map::processors()));
    wanted.answers_per_second = kAnswers;
    // In generic mode every device takes what XDP redirects; in native mode only those whose driver does.
    const auto devices = attached(maps);
    wanted.redirect = !devices.empty() && std::ranges::all_of(devices, [](const std::string& device) {
        return mode_of(device) == "generic";
    });
    return wanted;
}

void write_settings(const Maps& maps) {
    maps["settings"].put(uint32_t{0}, wanted_settings(maps));
}

bool settings_are_right(const Maps& maps) {
    const auto have = maps["settings"].get<uint32_t, settings>(0);
    const auto want = wanted_settings(maps);
    return have && have->nvi_ifindex == want.nvi_ifindex && have->redirect == want.redirect &&
           have->remembered_per_second == want.remembered_per_second;
}

}  // namespace

std::vector<state::Program> read_programs(const Maps& maps) {
    std::vector<state::Program> programs;
    const bool right = settings_are_right(maps);
    for (const auto& device : attached(maps)) {
        state::Program program{device, 0};
        const auto link = open_link(link_path(maps, device));
        const auto index = if_nametoindex(program.device.c_str());
        const auto seen = link ? state_of(link) : LinkState{};
        if (right && index != 0 && seen.ifindex == index) {
            const auto note = maps["uplinks"].get<uint32_t, uplink>(index);
            if (note && note->xdp_program == seen.program && note->tc_program == classifier(device).program())
                program.version = note->version;
        }
        programs.push_back(std::move(program));
    }
    std::ranges::sort(programs);
    return programs;
}

void attach(const Maps& maps, const bpf::Object& object, const std::string& device, uint64_t version) {
    const auto index = if_nametoindex(device.c_str());
    if (index == 0) throw Error::system("device " + device, ENODEV);
    const int xdp = object.program("service_xdp");
    const int tc = object.program("service_tc");
    auto note = maps["uplinks"].get<uint32_t, uplink>(index).value_or(uplink{});
    // The classifier first: from its first packet on the program has somebody to hand over to.
    if (classifier(device).attach(tc)) note.made_qdisc = 1;
    note.version = version;
    note.xdp_program = program_id(xdp);
    note.tc_program = program_id(tc);
    maps["uplinks"].put(uint32_t{index}, note);

    write_settings(maps);
    const auto path = link_path(maps, device);
    auto link = open_link(path);
    if (link && state_of(link).ifindex == index) {
        if (bpf_link_update(link.get(), xdp, nullptr) != 0)
            throw Error::system("replace the XDP program", errno);
        return;
    }
    if (link) unlink(path.c_str());  // of a device that is gone
    link.reset();
    link = make_link(index, xdp);
    if (bpf_obj_pin(link.get(), path.c_str()) != 0) throw Error::system("pin " + path.string(), errno);
    write_settings(maps);
}

void detach(const Maps& maps, const std::string& device) {
    const auto path = link_path(maps, device);
    // The last reference to the link: it detaches with it.
    if (unlink(path.c_str()) != 0 && errno != ENOENT) throw Error::system("delete " + path.string(), errno);
    const auto index = if_nametoindex(device.c_str());
    if (index == 0) return;
    const auto note = maps["uplinks"].get<uint32_t, uplink>(index);
    classifier(device).detach();
    if (note && note->made_qdisc != 0) classifier(device).remove_qdisc();
    maps["uplinks"].remove(uint32_t{index});
}

std::string mode_of(const std::string& device) {
    bpf_xdp_query_opts options{};
    options.sz = sizeof options;
    const auto index = if_nametoindex(device.c_str());
    if (index == 0 || bpf_xdp_query(static_cast<int>(index), 0, &options) != 0) return {};
    return options.attach_mode == XDP_ATTACHED_DRV   ? "native"
           : options.attach_mode == XDP_ATTACHED_SKB ? "generic"
           : options.attach_mode == XDP_ATTACHED_HW  ? "offloaded"
                                                     : "";
}

}  // namespace nvi::services
