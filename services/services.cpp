// SPDX-License-Identifier: GPL-2.0-or-later
// Virtual services, by whichever path.
#include "services/services.hpp"

#include <algorithm>
#include <system_error>

#include "gateway/net/error.hpp"
#include "services/uplink.hpp"

namespace nvi::services {

bool Services::look() {
    if (!maps_) maps_ = Maps::open(pins_directory());
    return maps_.has_value();
}

const Maps& Services::maps() {
    if (!look()) {
        object_.emplace(load(pins_directory()));
        if (!look()) throw Error("the maps of services are not where they were made");
    }
    return *maps_;
}

void Services::forget_if_empty() {
    if (!read_services(*maps_).empty() || !read_programs(*maps_).empty()) return;
    const auto directory = maps_->directory();
    maps_.reset();
    object_.reset();
    std::error_code ignored;  // an empty folder does no harm
    std::filesystem::remove_all(directory, ignored);
    std::filesystem::remove(directory.parent_path(), ignored);
}

std::vector<state::Service> Services::services(const std::vector<Owned>& vips) {
    auto found = look() ? read_services(*maps_) : std::vector<state::Service>{};
    if (!vips.empty()) {
        if (!ipvs_) ipvs_.emplace();
        std::ranges::move(ipvs_->services(vips), std::back_inserter(found));
    }
    std::ranges::sort(found);
    return found;
}

std::vector<state::Program> Services::programs() {
    return look() ? read_programs(*maps_) : std::vector<state::Program>{};
}

bool Services::mark(const state::Service& service, const Address& backend, bool down) {
    if (service.path == state::DataPath::xdp) return look() && mark_backend(*maps_, service, backend, down);
    if (!ipvs_) ipvs_.emplace();
    return ipvs_->mark(service, backend, down);
}

std::vector<Address> Services::down(const state::Service& service) {
    if (service.path == state::DataPath::xdp)
        return look() ? read_down(*maps_, service) : std::vector<Address>{};
    if (!ipvs_) ipvs_.emplace();
    return ipvs_->down(service);
}

ServiceTraffic Services::traffic(const state::Service& service) {
    return look() ? read_traffic(*maps_, service) : ServiceTraffic{};
}

std::vector<std::pair<std::string, uint64_t>> Services::events() {
    return look() ? read_events(*maps_) : std::vector<std::pair<std::string, uint64_t>>{};
}

void Services::put(const state::Service& service) {
    if (service.path == state::DataPath::xdp) {
        write_service(maps(), service);
        return;
    }
    if (!ipvs_) ipvs_.emplace();
    ipvs_->put(service);
}

void Services::remove(const state::Service& service) {
    if (service.path == state::DataPath::xdp) {
        if (!look()) return;
        remove_service(*maps_, service);
        forget_if_empty();
        return;
    }
    if (!ipvs_) ipvs_.emplace();
    ipvs_->remove(service);
}

void Services::put(const state::Program& program) {
    if (!object_) object_.emplace(load(pins_directory()));
    attach(maps(), *object_, program.device, program.version);
}

void Services::remove(const state::Program& program) {
    if (!look()) return;
    detach(*maps_, program.device);
    forget_if_empty();
}

}  // namespace nvi::services
