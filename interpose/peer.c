/* interpose/peer.c - descriptors of other processes, by pidfd_getfd. */
#include "interpose/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

void peers_init(struct peers *ps)
{
    for (unsigned i = 0; i < PEER_SLOTS; i++)
        ps->slot[i] = (struct peer){0, -1};
}

void peers_fini(struct peers *ps)
{
    for (unsigned i = 0; i < PEER_SLOTS; i++) {
        if (ps->slot[i].pidfd >= 0)
            close(ps->slot[i].pidfd);
    }
    peers_init(ps);
}

/* One line "Key:\tvalue" of a file in /proc; the value in the given base, or -1. */
static long proc_value(const char *path, const char *key, int base)
{
    char line[128];
    long value = -1;
    size_t len = strlen(key);
    FILE *f = fopen(path, "re");

    if (f == NULL)
        return -1;
    while (value < 0 && fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, key, len) == 0)
            value = strtol(line + len, NULL, base);
    }
    fclose(f);
    return value;
}

/* Before Linux 6.9 only a thread group's leader has a pidfd; its descriptors are those of all its
 * threads, except of one that has unshared them. */
static int open_pidfd(pid_t thread)
{
    char path[64];
    long leader;
    long fd = syscall(SYS_pidfd_open, thread, PIDFD_THREAD);

    if (fd >= 0 || errno != EINVAL)
        return (int)fd;
    snprintf(path, sizeof path, "/proc/%d/status", (int)thread);
    leader = proc_value(path, "Tgid:", 10);
    if (leader < 0) {
        errno = ESRCH;
        return -1;
    }
    return (int)syscall(SYS_pidfd_open, (pid_t)leader, 0);
}

static int renew(struct peer *p, pid_t thread)
{
    if (p->pidfd >= 0)
        close(p->pidfd);
    p->thread = thread;
    p->pidfd = open_pidfd(thread);
    return p->pidfd >= 0 ? 0 : -errno;
}

int peer_descriptor(struct peers *ps, pid_t thread, int fd)
{
    struct peer *p = &ps->slot[(unsigned)thread % PEER_SLOTS];
    long got = -1;
    int err;

    if (p->pidfd >= 0 && p->thread == thread) {
        got = syscall(SYS_pidfd_getfd, p->pidfd, fd, 0);
        if (got >= 0 || errno != ESRCH)
            return got >= 0 ? (int)got : -errno;
    }
    err = renew(p, thread);
    if (err != 0)
        return err;
    got = syscall(SYS_pidfd_getfd, p->pidfd, fd, 0);
    return got >= 0 ? (int)got : -errno;
}

uint64_t peer_cookie(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof cookie;

    if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) != 0)
        return 0;
    return cookie;
}

int peer_is_cloexec(pid_t thread, int fd)
{
    char path[64];
    long flags;

    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)thread, fd);
    flags = proc_value(path, "flags:", 8);
    return flags >= 0 && (flags & O_CLOEXEC) != 0;
}

bool peer_is_capable(pid_t thread, int capability)
{
    char path[64];
    long effective;

    snprintf(path, sizeof path, "/proc/%d/status", (int)thread);
    effective = proc_value(path, "CapEff:", 16);
    return effective >= 0 && (effective >> capability & 1) != 0;
}

bool peer_catches_signals(pid_t thread)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/status", (int)thread);
    return proc_value(path, "SigCgt:", 16) > 0;
}
