/* The filter: what it refuses, what it lets pass, what it traps. */
#include "interpose/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

enum { ALL_GOOD = 0, NO_FILTER = 99, WRONG = 1 };

/* Runs a body in a child under the filter; its result is the child's exit status. */
static int under_filter(int (*body)(int listener))
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        int fd;

        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        fd = filter_install();
        _exit(fd < 0 ? NO_FILTER : body(fd));
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_FILTER)
        test_skip("seccomp listeners are not allowed here");
    return WEXITSTATUS(status);
}

static int fails_with(long result, int err)
{
    return result == -1 && errno == err;
}

static int refuse(int listener)
{
    (void)listener;
    if (!fails_with(socket(AF_BLUETOOTH, SOCK_RAW, 0), EAFNOSUPPORT) ||
        !fails_with(socket(AF_VSOCK, SOCK_STREAM, 0), EAFNOSUPPORT) ||
        !fails_with(socket(AF_PACKET, SOCK_RAW, 0), EAFNOSUPPORT) ||
        !fails_with(syscall(SYS_io_uring_setup, 1, NULL), ENOSYS))
        return WRONG;
    return ALL_GOOD;
}

TEST(filter, other_families_and_io_uring_are_refused)
{
    CHECK_EQ(under_filter(refuse), ALL_GOOD);
}

#ifdef __x86_64__
/* The same numbers by the doors of i386 and of x32. */
static int other_doors(int listener)
{
    long result;

    (void)listener;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
    if (result != -ENOSYS)
        return WRONG;
    return fails_with(syscall(0x40000000L + SYS_getpid), ENOSYS) ? ALL_GOOD : WRONG;
}

TEST(filter, calls_of_other_architectures_are_refused)
{
    CHECK_EQ(under_filter(other_doors), ALL_GOOD);
}
#endif

static int pass(int listener)
{
    int fd[2], copy;
    struct pollfd p = {.fd = listener, .events = POLLIN};

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0 || socket(AF_UNIX, SOCK_DGRAM, 0) < 0)
        return WRONG;
    copy = dup(fd[0]);
    if (copy < 0 || send(fd[0], "x", 1, 0) != 1 || recv(fd[1], &(char){0}, 1, 0) != 1 ||
        write(fd[0], "x", 1) != 1 || fcntl(fd[0], F_SETFL, O_NONBLOCK) != 0 ||
        shutdown(fd[0], SHUT_WR) != 0 || close(copy) != 0)
        return WRONG;
    return poll(&p, 1, 0) == 0 ? ALL_GOOD : WRONG;
}

TEST(filter, local_sockets_and_plain_calls_are_not_trapped)
{
    CHECK_EQ(under_filter(pass), ALL_GOOD);
}

/* A trapped call waits for somebody who answers; a child of the filtered process makes it. */
static int trap(int listener)
{
    struct seccomp_notif n = {0};
    struct seccomp_notif_resp r = {0};
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(fails_with(socket(AF_INET, SOCK_STREAM, 0), EXDEV) ? ALL_GOOD : WRONG);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n) != 0 || n.data.nr != SYS_socket ||
        n.data.args[0] != AF_INET)
        return WRONG;
    r.id = n.id;
    r.error = -EXDEV;
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &r) != 0)
        return WRONG;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

TEST(filter, a_network_socket_is_trapped)
{
    CHECK_EQ(under_filter(trap), ALL_GOOD);
}

static int second(int listener)
{
    (void)listener;
    return filter_install() == -EBUSY ? ALL_GOOD : WRONG;
}

TEST(filter, a_second_listener_is_told_that_the_place_is_taken)
{
    CHECK_EQ(under_filter(second), ALL_GOOD);
}
