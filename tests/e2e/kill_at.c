// SPDX-License-Identifier: GPL-2.0-or-later
// Preloaded into gwctl: kills it just before its KILL_ATth change, a change being a message to the kernel,
// a write to a file (a sysctl, its own state) or a rename. So every point at which an apply can be stopped
// is tried, not those that a timer happens to hit. What it prints does not count.
// MEANWHILE: a command that is run once, just before the first nftables transaction is sent.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static void count(void) {
    static long left = -1;
    if (left < 0) {
        const char* at = getenv("KILL_AT");
        left = at ? atol(at) : 0;
    }
    if (left > 0 && --left == 0) {
        kill(getpid(), SIGKILL);
        pause();
    }
}

static void meanwhile(const void* data, size_t size) {
    struct {
        struct nlmsghdr head;
        struct nfgenmsg batch;
    } begin;
    const char* set = getenv("MEANWHILE");
    if (!set || size < sizeof(begin)) return;
    memcpy(&begin, data, sizeof(begin));
    // RTM_NEWLINK has the same number, and zeroes there.
    if (begin.head.nlmsg_type != NFNL_MSG_BATCH_BEGIN || begin.batch.res_id != htons(NFNL_SUBSYS_NFTABLES))
        return;
    char* command = strdup(set);
    unsetenv("MEANWHILE");
    unsetenv("LD_PRELOAD");
    if (!command || system(command) != 0) abort();
    free(command);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t sendmsg(int fd, const struct msghdr* message, int flags) {
    count();
    return NEXT(sendmsg)(fd, message, flags);
}

ssize_t sendto(int fd, const void* data, size_t size, int flags, const struct sockaddr* to,
               socklen_t length) {
    count();
    meanwhile(data, size);
    return NEXT(sendto)(fd, data, size, flags, to, length);
}

ssize_t send(int fd, const void* data, size_t size, int flags) {
    count();
    return NEXT(send)(fd, data, size, flags);
}

ssize_t write(int fd, const void* data, size_t size) {
    if (fd > STDERR_FILENO) count();
    return NEXT(write)(fd, data, size);
}

ssize_t writev(int fd, const struct iovec* parts, int number) {
    if (fd > STDERR_FILENO) count();
    return NEXT(writev)(fd, parts, number);
}

int rename(const char* from, const char* to) {
    count();
    return NEXT(rename)(from, to);
}
