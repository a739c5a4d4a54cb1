// SPDX-License-Identifier: GPL-2.0-or-later
// Carries out a difference.
#include "gateway/apply/executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <span>

#include "gateway/apply/connections.hpp"
#include "gateway/apply/injection.hpp"
#include "gateway/apply/memory.hpp"
#include "gateway/net/error.hpp"
#include "gateway/netlink/pipeline.hpp"
#include "gateway/state/interface_address.hpp"
#include "gateway/state/link.hpp"
#include "gateway/state/neighbour.hpp"
#include "gateway/state/route.hpp"
#include "gateway/state/rule.hpp"
#include "gateway/state/sysctl.hpp"
#include "gateway/state/traffic_control.hpp"
#include "gateway/state/vni.hpp"
#include "nft/frame.hpp"
#include "nft/transaction.hpp"

namespace nvi::apply {

namespace {

constexpr const char* kRerun = "what was done stays; `gwctl apply` does the rest";

constexpr int kAttempts = 20;  // at an nft transaction, while others change the ruleset

std::string who(state::TenantId id, const TenantNames& names) {
    if (id == 0) return {};
    const auto name = names.find(id);
    return name == names.end() ? fmt::format("tenant {}: ", id) : fmt::format("tenant {}: ", name->second);
}

// What a person can do about it, where the kernel's words alone do not say.
std::string advice(const Operation& operation, int code) {
    if (const auto* const* link = std::get_if<const state::Link*>(&operation.object)) {
        if (std::holds_alternative<state::NviLink>((*link)->kind) && code == EOPNOTSUPP) {
            return "\nThe kernel has no nvi module. In the source tree, `dkms install ./kernel` builds and "
                   "installs "
                   "it for the running kernel; then `modprobe nvi`.";
        }
        if (code == EEXIST)
            return "\nA device of this kind with the same key and address exists: `ip -d link` shows it.";
    }
    if (std::get_if<const state::Route*>(&operation.object) != nullptr && code == EEXIST) {
        return "\nA route that the gateway did not make is in its place: `ip route show table all` shows it.";
    }
    if (code == EPERM) return "\ngwctl needs CAP_NET_ADMIN.";
    return {};
}

class Executor {
  public:
    Executor(Kernel& kernel, const Diff& diff, const state::State& desired, const TenantNames& names,
             const Progress& progress)
        : kernel_(kernel),
          nft_(diff),
          desired_(desired),
          names_(names),
          progress_(progress),
          operations_(order(diff)),
          pipeline_(kernel.changes()),
          loosen_(state::strict_source_by_default()),
          enable_ipv6_(state::ipv6_disabled_by_default()) {}

    Work run() {
        for (size_t first = 0; first < operations_.size();) {
            const Stage stage = operations_[first].stage;
            size_t last = first;
            while (last < operations_.size() && operations_[last].stage == stage) ++last;
            run_stage(first, last);
            first = last;
        }
        renew_routes();
        return {operations_.size(), pipeline_.requests_sent()};
    }

  private:
    void run_stage(size_t first, size_t last) {
        const Stage stage = operations_[first].stage;
        const auto links = std::span(operations_).subspan(first, last - first);
        if (stage == Stage::dismantle && links.size() > 1) {
            dismantle(first, last);
            return;
        }
        for (size_t i = first; i < last; ++i) {
            current_ = i;
            try {
                std::visit([this](const auto& object) { carry_out(object); }, operations_[i].object);
            } catch (const nft::TransactionError& error) {
                throw failed(i, error.what(), error.code(), error.tenant());
            } catch (const Error& error) {
                throw failed(i, error.what(), error.code());
            }
            if (pipeline_.failed()) break;
            if (progress_) progress_(stage, i + 1, operations_.size());
        }
        flush();
        learn(first, last);
    }

    // The indices of new devices, asked for all at once before the next stage wants them one by one.
    void learn(size_t first, size_t last) {
        std::vector<std::string> names;
        for (size_t i = first; i < last; ++i) {
            const auto* const* made = std::get_if<const state::Link*>(&operations_[i].object);
            if (made != nullptr && operations_[i].action == Action::add) names.push_back((*made)->name);
        }
        if (!names.empty()) kernel_.interfaces().fetch(names);
    }

    void flush() {
        const auto failures = pipeline_.flush();
        if (failures.empty()) return;
        const auto& failure = failures.front();
        const auto error = Error::system("", failure.code, failure.words);
        throw failed(failure.operation, std::string(error.what()).substr(2), failure.code);
    }

    Error failed(size_t at, const std::string& reason, int code, state::TenantId tenant = 0) const {
        const auto& operation = operations_[at];
        return Error(fmt::format("{}{}: {}{}\nStopped at operation {} of {}; {}.",
                                 who(tenant == 0 ? owner(operation) : tenant, names_), command(operation),
                                 reason, advice(operation, code), at + 1, operations_.size(), kRerun),
                     code);
    }

    void submit(netlink::Message message) {
        injection_.before_change();
        pipeline_.submit(std::move(message), current_);
        if (injection_.active()) flush();
    }

    // The kernel waits for all processors once for a whole group, not once for each of its devices.
    void dismantle(size_t first, size_t last) {
        for (current_ = first; current_ < last; ++current_) {
            submit(state::move_to_victims(link(current_), kernel_.interfaces()));
            if (pipeline_.failed()) break;
        }
        flush();
        current_ = last - 1;
        submit(state::remove_victims());
        flush();
        for (size_t i = first; i < last; ++i) kernel_.interfaces().forget(link(i).name);
        if (progress_) progress_(Stage::dismantle, last, operations_.size());
    }

    const state::Link& link(size_t at) const { return *std::get<const state::Link*>(operations_[at].object); }
    Action action() const { return operations_[current_].action; }

    void carry_out(const state::Sysctl* sysctl) {
        injection_.before_change();
        memory_.keep_sysctl(sysctl->path);
        state::write_sysctl(*sysctl);
    }
    void carry_out(const state::Rule* rule) {
        if (action() == Action::add && rule->l3mdev) {
            memory_.keep_absence(*rule);
            if (kernel_.has(*rule)) return;
        }
        submit(action() == Action::remove ? state::remove(*rule) : state::add(*rule));
    }
    void carry_out(const state::Link* wanted) {
        auto& interfaces = kernel_.interfaces();
        const auto* was = operations_[current_].was;
        switch (action()) {
            case Action::add:
                submit(state::create(*wanted, interfaces));
                // Without the module nothing else is changed.
                if (std::holds_alternative<state::NviLink>(wanted->kind)) flush();
                break;
            case Action::remove:
                submit(state::remove(*wanted, interfaces));
                flush();
                interfaces.forget(wanted->name);
                break;
            case Action::change:
                if (was != nullptr && was->kind != wanted->kind)
                    submit(state::change_kind(*wanted, interfaces));
                if (was == nullptr && std::holds_alternative<state::VxlanLink>(wanted->kind))
                    submit(state::add_vni(*wanted, interfaces));
                submit(
                    state::settings(*wanted, was, was == nullptr ? loosen_ : was->strict_source, interfaces));
                if (was == nullptr ? enable_ipv6_ : was->ipv6_disabled) {
                    injection_.before_change();
                    state::enable_ipv6(wanted->name);
                }
                // Only tunnels come with a queueing discipline of their own.
                if (was == nullptr ? !wanted->master.empty() : was->noqueue != wanted->noqueue) {
                    submit(state::set_noqueue(*wanted, interfaces));
                }
                if ((was != nullptr && was->drop_metadata) != wanted->drop_metadata) {
                    submit(wanted->drop_metadata ? state::enter_block(*wanted, interfaces)
                                                 : state::leave_block(*wanted, interfaces));
                }
                if (was == nullptr ? wanted->up : was->up != wanted->up) {
                    submit(state::set_up(*wanted, wanted->up, interfaces));
                }
                break;
        }
    }
    void carry_out(const state::InterfaceAddress* address) {
        submit(action() == Action::remove ? state::remove(*address, kernel_.interfaces())
                                          : state::add(*address, kernel_.interfaces()));
    }
    void carry_out(const state::Route* route) {
        auto& interfaces = kernel_.interfaces();
        switch (action()) {
            case Action::add:
                submit(state::add(*route, interfaces));
                break;
            case Action::change:
                submit(state::replace(*route, interfaces));
                break;
            case Action::remove:
                submit(state::remove(*route, interfaces));
                break;
        }
    }
    void carry_out(const state::Neighbour* neighbour) {
        submit(action() == Action::remove ? state::remove(*neighbour, kernel_.interfaces())
                                          : state::replace(*neighbour, kernel_.interfaces()));
    }
    void carry_out(const state::Service* service) {
        injection_.before_change();
        if (action() == Action::remove) {
            kernel_.services().remove(*service);
        } else {
            kernel_.services().put(*service);
        }
    }
    void carry_out(const state::Steering* steering) {
        injection_.before_change();
        if (action() == Action::remove) {
            kernel_.steering().remove(*steering);
        } else {
            kernel_.steering().put(*steering);
        }
    }
    void carry_out(const state::Destination* destination) {
        injection_.before_change();
        if (action() == Action::remove) {
            kernel_.steering().remove(*destination);
        } else {
            kernel_.steering().put(*destination);
        }
    }
    void carry_out(const state::Program* program) {
        injection_.before_change();
        if (action() == Action::remove) {
            kernel_.services().remove(*program);
        } else {
            kernel_.services().put(*program);
        }
    }
    void carry_out(const state::Filter* filter) { submit(state::add(*filter)); }
    void carry_out(const Transaction&) {
        injection_.before_change();
        // Against another ruleset than the one that was observed it would be refused, or worse, be wrong.
        for (int attempt = 1;; ++attempt) {
            auto transaction = make_transaction();
            try {
                transaction.commit(kernel_.netfilter(), kernel_.generation());
                end_connections(kernel_.netfilter(), ended(nft_.elements), desired_);
                judge_offloaded();
                return;
            } catch (const nft::TransactionError& error) {
                if (error.code() != ERESTART || attempt == kAttempts) throw;
            }
            current_nft_ = kernel_.observe_nft();
            compare(current_nft_, desired_.nft, nft_);
        }
    }

    // Offloaded connections pass no rule. When routes may have changed each passes the slow way once, and is
    // judged as it is now (nf_flow_dst_check() in net/netfilter/nf_flow_table_ip.c): a tenant with limits
    // gets none offloaded again. IPv6 has nothing like it for all: there an ended connection leaves the
    // flowtable when that looks next, within a second, and a limited tenant's routes are put anew.
    void judge_offloaded() {
        if (nft_.elements.empty() || desired_.nft.frame != nft::frame_digest({.offload = true})) return;
        state::write_sysctl({"net/ipv4/route/flush", "1"});
        if (nft_.frame != FrameChange::none) return;  // a new flowtable: nothing is offloaded
        for (const auto& change : nft_.elements) {
            if (change.before == nullptr && change.after->set == "limited")
                limited_.insert(change.after->tenant);
        }
    }

    // Last: a route can be put only where its device is up.
    void renew_routes() {
        if (limited_.empty()) return;
        for (const auto& route : desired_.routes) {
            if (route.destination.family() == Family::v6 && !route.device.empty() &&
                limited_.contains(route.table)) {
                current_ = operations_.size();
                operations_.push_back({Stage::announce, Action::change, &route});
                carry_out(&route);
            }
        }
        flush();
    }

    // Devices that are deleted before the transaction. They leave the flowtable by themselves; where the
    // kernel keeps the name, the next round finds it.
    std::set<std::string_view> gone() const {
        std::set<std::string_view> names;
        for (const Operation& operation : operations_) {
            if (operation.stage != Stage::withdraw) break;
            const auto* const* link = std::get_if<const state::Link*>(&operation.object);
            if (link != nullptr) names.insert((*link)->name);
        }
        return names;
    }

    std::vector<std::string> flow_devices(Action action) const {
        const auto left = gone();
        std::vector<std::string> devices;
        for (const auto& change : nft_.flow_devices) {
            const bool by_itself = action == Action::remove && left.contains(change.object());
            if (change.action() == action && !by_itself) devices.push_back(change.object());
        }
        return devices;
    }

    nft::Transaction make_transaction() const {
        nft::Transaction transaction;
        switch (nft_.frame) {
            case FrameChange::none:
                for (const auto& change : nft_.elements) {
                    if (change.before != nullptr) transaction.remove(*change.before);
                }
                for (const auto& change : nft_.elements) {
                    if (change.after != nullptr) transaction.add(*change.after);
                }
                transaction.remove_flow_devices(flow_devices(Action::remove));
                transaction.add_flow_devices(flow_devices(Action::add));
                break;
            case FrameChange::remove:
                transaction.remove_table();
                break;
            case FrameChange::replace:
                transaction.remove_table();
                [[fallthrough]];
            case FrameChange::add:
                transaction.add_frame(
                    {.offload = desired_.nft.frame == nft::frame_digest({.offload = true})});
                for (const auto& element : desired_.nft.elements) transaction.add(element);
                transaction.add_flow_devices(desired_.nft.flow_devices);
                break;
        }
        return transaction;
    }

    Kernel& kernel_;
    Diff nft_;  // its elements and frame: of the last observation
    nft::Ruleset current_nft_;
    const state::State& desired_;
    const TenantNames& names_;
    const Progress& progress_;
    std::vector<Operation> operations_;
    netlink::Pipeline pipeline_;
    Injection injection_;
    Memory memory_;
    bool loosen_;
    bool enable_ipv6_;
    std::set<state::TenantId> limited_;  // newly: their offloaded connections are to be judged again
    size_t current_ = 0;
};

}  // namespace

Work carry_out(Kernel& kernel, const Diff& diff, const state::State& desired, const TenantNames& names,
               const Progress& progress) {
    return Executor(kernel, diff, desired, names, progress).run();
}

}  // namespace nvi::apply
