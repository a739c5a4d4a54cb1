// SPDX-License-Identifier: GPL-2.0-or-later
// The lab's first process: mounts the host's root under a writable overlay, runs one command there, tells its status.
//
// Serial ports: ttyS0 the kernel's console, ttyS1 the command's output, ttyS2 its exit status.
// The initramfs holds /modules/NN.ko, to be loaded in that order, and /command: the directory, then the
// arguments, each ended by a zero byte.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { MAX_ARGUMENTS = 1024, DEBUG_EXIT_PORT = 0xf4, SYSLOG_CONSOLE_LEVEL = 8 };

// Ends the machine at once; "-device isa-debug-exit" listens at this port.
static void __attribute__((noreturn)) power_off(void) {
    ioperm(DEBUG_EXIT_PORT, 1, 1);
    outb(0, DEBUG_EXIT_PORT);
    for (;;)
        pause();
}

// For the lab's own failures: the console is shown when no status arrives.
static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    dprintf(STDERR_FILENO, "lab: ");
    vdprintf(STDERR_FILENO, format, arguments);
    dprintf(STDERR_FILENO, ": %s\n", strerror(errno));
    tcdrain(STDERR_FILENO);
    power_off();
}

static void load_modules(void) {
    struct dirent **entries;
    int count = scandir("/modules", &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        char path[512];
        int file;

        if (entries[i]->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "/modules/%s", entries[i]->d_name);
        file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0 || (syscall(SYS_finit_module, file, "", 0) && errno != EEXIST))
            die("load %s", path);
        close(file);
    }
}

static void mount_at(const char *source, const char *target, const char *type, unsigned long flags,
                     const char *options) {
    mkdir(target, 0755);
    if (mount(source, target, type, flags, options))
        die("mount %s on %s", source, target);
}

// Not every kernel has each of these; what needs one will say so.
static void mount_optional(const char *type, const char *target, const char *options) {
    mkdir(target, 0755);
    mount(type, target, type, 0, options);
}

static void mount_root(void) {
    struct utsname kernel;
    char modules[256];

    // The host's files do not change under a run, so everything may be cached.
    mount_at("root", "/lower", "9p", MS_RDONLY, "trans=virtio,version=9p2000.L,cache=loose,msize=262144");
    mount_at("tmpfs", "/rw", "tmpfs", 0, "size=75%");
    mkdir("/rw/upper", 0755);
    mkdir("/rw/work", 0755);
    mount_at("overlay", "/new", "overlay", 0, "lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work");

    uname(&kernel);
    mkdir("/new/lib/modules", 0755);
    snprintf(modules, sizeof(modules), "/new/lib/modules/%s", kernel.release);
    mount_at("modules", modules, "9p", MS_RDONLY, "trans=virtio,version=9p2000.L,cache=loose,msize=262144");

    mount_at("proc", "/new/proc", "proc", 0, NULL);
    mount_at("sysfs", "/new/sys", "sysfs", 0, NULL);
    mount_at("devtmpfs", "/new/dev", "devtmpfs", 0, NULL);
    mount_at("devpts", "/new/dev/pts", "devpts", 0, "ptmxmode=666");
    mount_at("tmpfs", "/new/dev/shm", "tmpfs", 0, NULL);
    mount_at("tmpfs", "/new/run", "tmpfs", 0, "mode=755");
    mkdir("/new/run/lock", 01777);
    mount_optional("cgroup2", "/new/sys/fs/cgroup", NULL);
    mount_optional("bpf", "/new/sys/fs/bpf", NULL);
    mount_optional("debugfs", "/new/sys/kernel/debug", NULL);
    mount_optional("tracefs", "/new/sys/kernel/tracing", NULL);

    // This process shares its root with the kernel's threads, so that module autoload finds /sbin/modprobe too.
    if (chdir("/new") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot("."))
        die("move to the new root");
}

static void bring_up_loopback(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
        die("bring up lo");
    close(fd);
}

// A serial line that changes no byte.
static int open_raw(const char *path) {
    struct termios terminal;
    int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd < 0 || tcgetattr(fd, &terminal))
        die("open %s", path);
    cfmakeraw(&terminal);
    cfsetspeed(&terminal, B115200);
    tcsetattr(fd, TCSANOW, &terminal);
    return fd;
}

static char **read_command(void) {
    static char text[128 * 1024], *arguments[MAX_ARGUMENTS + 1];
    int file = open("/command", O_RDONLY), count = 0;
    ssize_t length = read(file, text, sizeof(text) - 1);

    for (ssize_t at = 0; at < length && count < MAX_ARGUMENTS; at += (ssize_t)strlen(text + at) + 1)
        arguments[count++] = text + at;
    if (length <= 0 || length == sizeof(text) - 1 || count < 2 || count == MAX_ARGUMENTS)
        die("read /command");
    close(file);
    return arguments;
}

static pid_t start(char **arguments, int output) {
    pid_t child = fork();

    if (child)
        return child;
    setsid();
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (chdir(arguments[0])) {
        fprintf(stderr, "lab: %s: %s\n", arguments[0], strerror(errno));
        _exit(125);
    }
    execvp(arguments[1], arguments + 1);
    fprintf(stderr, "lab: %s: %s\n", arguments[1], strerror(errno));
    _exit(errno == ENOENT ? 127 : 126);
}

static int wait_for(pid_t child) {
    int status;
    pid_t ended;

    do
        ended = wait(&status);
    while (ended != child && (ended > 0 || errno == EINTR));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// What the command left behind is ended, and nvi must unload: a reference to one of its devices that was never
// given back shows here, as the kernel's "unregister_netdevice: waiting".
static void clean_up(void) {
    kill(-1, SIGKILL);
    while (wait(NULL) > 0 || errno == EINTR)
        ;
    if (!access("/sys/module/nvi/initstate", F_OK) && syscall(SYS_delete_module, "nvi", O_NONBLOCK))
        dprintf(STDERR_FILENO, "lab: WARNING: nvi cannot be unloaded: %s\n", strerror(errno));
}

// Kernels built with kmemleak report on the console what a scan finds; an object must be seen twice.
static void scan_for_leaks(void) {
    static char report[64 * 1024];
    int file = open("/sys/kernel/debug/kmemleak", O_RDWR | O_CLOEXEC);
    ssize_t length;

    if (file < 0)
        return;
    for (int i = 0; i < 2; i++) {
        sleep(5);
        if (write(file, "scan", 4) < 0)
            return;
    }
    while ((length = read(file, report, sizeof(report))) > 0)
        if (write(STDERR_FILENO, report, (size_t)length) < 0)
            break;
    close(file);
}

int main(void) {
    char **arguments = read_command();
    int output, status_line, status;

    mount_at("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    load_modules();
    mount_root();
    sethostname("lab", 3);
    bring_up_loopback();
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    setenv("HOME", "/root", 1);
    setenv("LANG", "C.UTF-8", 1);
    unsetenv("TERM");
    // Booting was quiet; from here on the console tells everything.
    klogctl(SYSLOG_CONSOLE_LEVEL, NULL, 8);

    output = open_raw("/dev/ttyS1");
    status_line = open_raw("/dev/ttyS2");
    status = wait_for(start(arguments, output));
    tcdrain(output);
    clean_up();
    scan_for_leaks();
    tcdrain(STDERR_FILENO);
    dprintf(status_line, "%d\n", status);
    tcdrain(status_line);
    power_off();
}
