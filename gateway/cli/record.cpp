// SPDX-License-Identifier: GPL-2.0-or-later
// Keeping what was applied, and going back to it.
#include "gateway/cli/record.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/types.h>
#include <syslog.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "gateway/apply/down.hpp"
#include "gateway/apply/lock.hpp"
#include "gateway/cli/change.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/desired/desired.hpp"
#include "gateway/net/error.hpp"
#include "tenants/file.hpp"

namespace nvi::cli {

namespace {

// A guardian may be waiting for the lock that long after its deadline.
constexpr std::time_t kGuardianPatience = 300;

// Who is at the keyboard, behind sudo.
std::string user() {
    if (const char* name = std::getenv("SUDO_USER"); name != nullptr) return name;
    const auto* entry = getpwuid(getuid());
    return entry == nullptr ? std::to_string(getuid()) : entry->pw_name;
}

void warn(const Error& error) {
    fmt::print(stderr, "gwctl: applied, but not kept for rollback: {}\n", error.what());
}

void revert(apply::History& history, const apply::Pending& pending) {
    history.set(pending.entry, apply::Result::reverted);
    history.clear_pending();
}

// The guardian's life, in a process of its own.
void guard(const Context& context, const tenants::Gateway& gateway, const apply::Pending& pending,
           unsigned back_to) {
    auto history = history_of(context, gateway);
    const auto awaited = [&] {
        const auto now = history.pending();
        return now && now->entry == pending.entry;
    };
    while (std::time(nullptr) < pending.deadline) {
        if (!awaited()) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    const auto lock = apply::Lock::take(apply::runtime_directory(), context.command + " (going back)",
                                        std::chrono::seconds(kGuardianPatience), {});
    if (!awaited()) return;
    go_back(context, gateway, back_to);
    revert(history, pending);
    syslog(LOG_WARNING, "change %u was not confirmed: went back to %u", pending.entry, back_to);
}

}  // namespace

apply::History history_of(const Context& context, const tenants::Gateway& gateway) {
    // An absolute path replaces what is in front of it.
    return apply::History(std::filesystem::path(context.config).parent_path() / gateway.state / "history");
}

apply::Files read_files(const Context& context, const tenants::Gateway& gateway) {
    apply::Files files;
    files.gateway = tenants::read_text(context.config);
    for (const auto& name : tenants::tenant_names(gateway.tenants_directory)) {
        files.tenants[name] = tenants::read_text(tenants::tenant_path(gateway, name));
    }
    return files;
}

void write_files(const Context& context, const apply::Files& files) {
    using tenants::Existing;
    if (tenants::read_text(context.config) != files.gateway) {
        tenants::write_text(context.config, files.gateway, Existing::replace);
    }
    const auto gateway = load_gateway(context);
    const auto present = read_files(context, gateway);
    for (const auto& [name, text] : files.tenants) {
        const auto found = present.tenants.find(name);
        if (found != present.tenants.end() && found->second == text) continue;
        tenants::write_text(tenants::tenant_path(gateway, name), text, Existing::replace);
    }
    for (const auto& [name, text] : present.tenants) {
        if (!files.tenants.contains(name)) tenants::remove_file(tenants::tenant_path(gateway, name));
    }
}

apply::Entry new_entry(const Context& context, const apply::Outcome& outcome) {
    apply::Entry entry;
    entry.time = std::time(nullptr);
    entry.command = context.command;
    entry.user = user();
    entry.summary = apply::summary(outcome.totals);
    return entry;
}

unsigned record(const Context& context, const tenants::Gateway& gateway, apply::Entry entry) {
    try {
        auto history = history_of(context, gateway);
        const auto files = read_files(context, gateway);
        const auto before = history.last_good();
        entry.files = apply::difference(before ? history.files(before->number) : apply::Files{}, files);
        return history.add(std::move(entry), files);
    } catch (const Error& error) {
        warn(error);
        return 0;
    }
}

void record(const Context& context, const tenants::Gateway& gateway, apply::Entry entry,
            const std::string& tenant, const std::optional<std::string>& text) {
    auto history = history_of(context, gateway);
    try {
        // The first entry has nothing to differ from.
        if (!history.last_good()) {
            record(context, gateway, std::move(entry));
            return;
        }
        if (entry.files.empty()) entry.files = (text ? "+" : "-") + tenant;
        history.add(std::move(entry), tenant, text);
    } catch (const Error& error) {
        warn(error);
    }
}

void settle_pending(const Context& context, const tenants::Gateway& gateway) {
    auto history = history_of(context, gateway);
    const auto pending = history.pending();
    if (!pending) return;
    const bool over =
        pending->boot != apply::boot_id() || std::time(nullptr) > pending->deadline + kGuardianPatience;
    if (!over) {
        throw Error(
            fmt::format("change {} awaits its confirmation until {:%H:%M:%S}: `gwctl confirm` keeps it, "
                        "`gwctl rollback` takes it back",
                        pending->entry, fmt::localtime(pending->deadline)));
    }
    const auto good = history.last_good();
    fmt::print(stderr, "gwctl: change {} was never confirmed: its files are taken back{}\n", pending->entry,
               good ? fmt::format(" to those of change {}", good->number) : "");
    if (good) write_files(context, history.files(good->number));
    revert(history, *pending);
}

apply::Outcome go_back(const Context& context, const tenants::Gateway& gateway, unsigned number) {
    apply::Kernel kernel;
    if (number == 0) {
        apply::Memory memory;
        const auto desired = apply::nothing(kernel.observe({}), memory, kernel.other_vrfs());
        auto outcome = make_so(kernel, desired, [&] { return kernel.observe(desired); }, {});
        memory.forget();
        return outcome;
    }
    const auto target = history_of(context, gateway).files(number);
    const auto present = read_files(context, gateway);
    try {
        write_files(context, target);
        const auto config = load_config(context);
        const auto desired = desired::desired(config, apply::offload_here(config.gateway));
        return make_so(
            kernel, desired, [&] { return kernel.observe(desired); }, names_of(config));
    } catch (const std::exception&) {
        write_files(context, present);
        throw;
    }
}

void start_guardian(const Context& context, const tenants::Gateway& gateway, const apply::Pending& pending,
                    unsigned back_to) {
    const pid_t child = fork();
    if (child < 0) throw Error::system("fork", errno);
    if (child > 0) return;
    // The session that changed the network may be the one that the change cuts off.
    setsid();
    std::signal(SIGHUP, SIG_IGN);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd);
    openlog("gwctl", LOG_PID, LOG_DAEMON);
    try {
        guard(context, gateway, pending, back_to);
    } catch (const std::exception& error) {
        syslog(LOG_ERR, "change %u was not confirmed, and going back failed: %s", pending.entry,
               error.what());
    }
    _exit(0);
}

}  // namespace nvi::cli
