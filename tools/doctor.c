/* tools/doctor.c - tries each right that tarn may use.
 *
 * A right is tried, not looked up: containers, security modules and limits refuse in ways that no
 * file tells of. What would last (a filter, a namespace) is tried in a child that ends at once. */
#include "tools/doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PAIR_BYTES = 512 * 1024, /* send buffer of a socket pair, as posix/ asks for it */
    ENOUGH_DESCRIPTORS = 4096
};

static bool missing(struct doctor_finding *finding, const char *tried, int error)
{
    (void)snprintf(finding->refused, sizeof finding->refused, "%s: %s", tried, strerror(error));
    return false;
}

static void remedy(struct doctor_finding *finding, const char *text)
{
    (void)snprintf(finding->remedy, sizeof finding->remedy, "%s", text);
}

/* Run the probe in a child; it returns 0 or an errno, and so does this. */
static int in_child(int (*probe)(void))
{
    int status;
    pid_t child = fork();

    if (child < 0)
        return errno;
    if (child == 0)
        _exit(probe());
    if (waitpid(child, &status, 0) != child)
        return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : ESRCH;
}

static bool has_capability(unsigned capability)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    if (syscall(SYS_capget, &header, data) != 0)
        return false;
    return data[capability / 32].effective >> capability % 32 & 1;
}

/* --- seccomp: a listener for the socket calls of programs --- */

static int probe_seccomp(void)
{
    struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {.len = 1, .filter = allow};

    if (!has_capability(CAP_SYS_ADMIN) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return errno;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) <
        0)
        return errno;
    return 0;
}

static bool has_seccomp(struct doctor_finding *finding)
{
    int error = in_child(probe_seccomp);

    if (error == 0)
        return true;
    if (error == EBUSY)
        remedy(finding,
               "this shell runs under a program that has a listener already (tarn run, some "
               "containers); run tarn outside it");
    else if (error == EINVAL || error == ENOSYS)
        remedy(finding, "use Linux 5.9 or newer with CONFIG_SECCOMP_FILTER; under gVisor or an old "
                        "container runtime, run tarn on the machine itself");
    else
        remedy(finding,
               "a container's profile forbids it: start the container with "
               "--security-opt seccomp=unconfined, or with a profile that allows seccomp()");
    return missing(finding, "seccomp(NEW_LISTENER)", error);
}

/* --- descriptors: reaching a program's socket by pidfd_getfd --- */

/* The parent reaches into its child, as the supervisor does; Yama allows that, and may forbid more.
 */
static int probe_pidfd(void)
{
    int pidfd, fd, error = 0;
    pid_t child = fork();

    if (child < 0)
        return errno;
    if (child == 0)
        for (;;)
            (void)pause();
    pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    fd = pidfd >= 0 ? (int)syscall(SYS_pidfd_getfd, pidfd, 2, 0) : -1;
    if (fd < 0)
        error = errno;
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    return error;
}

static bool has_pidfd(struct doctor_finding *finding)
{
    int error = in_child(probe_pidfd);

    if (error == 0)
        return true;
    if (error == ENOSYS)
        remedy(finding, "use Linux 5.6 or newer");
    else
        remedy(finding, "sysctl kernel.yama.ptrace_scope=1 (3 forbids it to all); in a container, "
                        "allow pidfd_getfd() in its profile");
    return missing(finding, "pidfd_getfd() of a child", error);
}

/* --- namespaces --- */

static int probe_namespaces(void)
{
    return unshare(CLONE_NEWNS | (has_capability(CAP_SYS_ADMIN) ? 0 : CLONE_NEWUSER)) == 0 ? 0
                                                                                           : errno;
}

static bool has_namespaces(struct doctor_finding *finding)
{
    int error = in_child(probe_namespaces);

    if (error == 0)
        return true;
    if (error == ENOSPC)
        remedy(finding, "sysctl user.max_user_namespaces=10000 user.max_mnt_namespaces=10000");
    else if (access("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", F_OK) == 0)
        remedy(finding, "sysctl kernel.apparmor_restrict_unprivileged_userns=0");
    else
        remedy(finding, "sysctl kernel.unprivileged_userns_clone=1; in a container, start it with "
                        "--cap-add SYS_ADMIN");
    return missing(finding, "unshare() of a mount namespace", error);
}

/* --- TUN --- */

static bool has_tun(struct doctor_finding *finding)
{
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        int error = errno;

        if (error == ENOENT || error == ENODEV)
            remedy(finding, "modprobe tun; in a container, start it with --device /dev/net/tun");
        else
            remedy(finding, "chmod 0666 /dev/net/tun, or run tarn as root");
        return missing(finding, "open /dev/net/tun", error);
    }
    (void)close(fd);
    if (has_capability(CAP_NET_ADMIN))
        return true;
    remedy(finding,
           "let root make one for you: ip tuntap add dev tarn0 mode tap vnet_hdr user $USER; "
           "or setcap cap_net_admin=ep on tarn");
    return missing(finding, "making a TAP without CAP_NET_ADMIN", EPERM);
}

/* --- limits --- */

static bool has_descriptors(struct doctor_finding *finding)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max >= ENOUGH_DESCRIPTORS)
        return true;
    (void)snprintf(finding->refused, sizeof finding->refused,
                   "the limit of open files is %llu: a connection of a program takes one",
                   (unsigned long long)limit.rlim_max);
    (void)snprintf(finding->remedy, sizeof finding->remedy,
                   "ulimit -Hn %d as root, or a line \"* hard nofile %d\" in "
                   "/etc/security/limits.conf",
                   ENOUGH_DESCRIPTORS * 16, ENOUGH_DESCRIPTORS * 16);
    return false;
}

/* What the socket's send buffer becomes, in the unit that was asked for: the kernel doubles. */
static int buffer_granted(int fd)
{
    int size = PAIR_BYTES;
    socklen_t len = sizeof size;

    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &len) == 0 ? size / 2 : 0;
}

static bool has_buffers(struct doctor_finding *finding)
{
    int ends[2], granted;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        remedy(finding, "allow socketpair(AF_UNIX)");
        return missing(finding, "socketpair(AF_UNIX)", errno);
    }
    granted = buffer_granted(ends[0]);
    (void)close(ends[0]);
    (void)close(ends[1]);
    if (granted >= PAIR_BYTES)
        return true;
    (void)snprintf(finding->refused, sizeof finding->refused,
                   "a send buffer of %d bytes: the kernel gives %d", PAIR_BYTES, granted);
    (void)snprintf(finding->remedy, sizeof finding->remedy, "sysctl net.core.wmem_max=%d",
                   PAIR_BYTES);
    return false;
}

/* --- ports below 1024, for slirp's forwards --- */

/* Take any free port below 1024 for a moment. */
static int try_low_port(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), error = EADDRINUSE;

    if (fd < 0)
        return errno;
    for (uint16_t port = 1; port < 1024 && error == EADDRINUSE; port++) {
        to.sin_port = htons(port);
        error = bind(fd, (struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno;
    }
    (void)close(fd);
    return error;
}

static bool has_low_ports(struct doctor_finding *finding)
{
    int error = try_low_port();

    if (error == 0)
        return true;
    remedy(finding, "use a port from 1024 up, or sysctl net.ipv4.ip_unprivileged_port_start=1, or "
                    "setcap cap_net_bind_service=ep on tarn");
    return missing(finding, "bind() to a port below 1024", error);
}

const struct doctor_check doctor_checks[] = {
    {"seccomp", "tarn run: catching a program's socket calls", has_seccomp},
    {"pidfd", "tarn run: reaching a program's sockets", has_pidfd},
    {"namespaces", "tarn run: a program's own /etc/resolv.conf and /etc/hosts", has_namespaces},
    {"tun", "--link tap", has_tun},
    {"descriptors", "tarn run: many connections at once", has_descriptors},
    {"wmem_max", "tarn run: bulk transfers at full speed", has_buffers},
    {"low-ports", "-p with a port below 1024", has_low_ports},
    {NULL, NULL, NULL},
};
