/* drill/sys/sys.h - Linux's socket calls on a stack in a simulated world.
 *
 * A struct sys is the descriptor table of one imaginary process on a simulated host. Its calls take
 * Linux's arguments (real struct msghdr, pollfd, epoll_event, option numbers and layouts) and
 * answer as the kernel does: a result, or -errno.
 *
 * No call sleeps. One that would answers SYS_WAITS and is made again, with the same arguments and
 * the same struct sys_wait, when the world has moved, and at wait->until at the latest: that is
 * when a time limit (SO_RCVTIMEO, poll's) ends it. The world's owner calls sys_moved() after each
 * step of the world, so that what has happened in it is seen at its time: acknowledged sends that
 * asked for a time stamp or were promised not to be copied, wake-ups of edge-triggered waiters.
 *
 * There is no global state; the host's application callbacks are not used. */
#ifndef TARN_DRILL_SYS_SYS_H
#define TARN_DRILL_SYS_SYS_H

#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "sim/host.h"

struct sys;

/* What a call answers that must wait. */
#define SYS_WAITS INT64_MIN

enum { SYS_FILES = 1024 }; /* descriptors are smaller than this */

/* A call in progress: all zero before it is made for the first time. */
struct sys_wait {
    bool begun;
    tarn_ns until; /* once it waits: make it again then at the latest; TARN_NEVER */
    int64_t done;  /* bytes so far */
};

struct sys_config {
    struct sim_world *world;
    struct sim_host *host;
    /* The number of a new descriptor, or -errno; and it is no longer in use. NULL: the lowest free
     * one from 3 on. */
    int (*number)(void *ctx);
    void (*release)(void *ctx, int fd);
    void *ctx;
};

/* NULL: no memory. The world and the host must outlive it; sys_free() closes no connection. */
struct sys *sys_new(const struct sys_config *cfg);
void sys_free(struct sys *s);

/* The world has moved: call after each sim_step(). */
void sys_moved(struct sys *s);

/* Is it a descriptor of this table? A socket? */
bool sys_has(const struct sys *s, int fd);
bool sys_is_socket(const struct sys *s, int fd);
/* The stack's socket behind it; all zero when it is none. */
tarn_sock sys_sock(const struct sys *s, int fd);

/* ---- sys_call.c: sockets and their names ---- */

int64_t sys_socket(struct sys *s, int domain, int type, int protocol);
int64_t sys_bind(struct sys *s, int fd, const struct sockaddr *a, socklen_t n);
int64_t sys_listen(struct sys *s, int fd, int backlog);
/* a and n: where the peer is told; may be NULL. flags: SOCK_NONBLOCK */
int64_t sys_accept(struct sys *s, int fd, struct sockaddr *a, socklen_t *n, int flags,
                   struct sys_wait *w);
int64_t sys_connect(struct sys *s, int fd, const struct sockaddr *a, socklen_t n,
                    struct sys_wait *w);
int64_t sys_shutdown(struct sys *s, int fd, int how);

/* ---- sys_file.c: what any descriptor has. close waits where SO_LINGER says so ---- */

int64_t sys_close(struct sys *s, int fd, struct sys_wait *w);
int64_t sys_fcntl(struct sys *s, int fd, int cmd, int arg);
int64_t sys_ioctl(struct sys *s, int fd, unsigned long request, int *arg);

/* ---- sys_send.c, sys_recv.c ---- */

int64_t sys_sendmsg(struct sys *s, int fd, const struct msghdr *m, int flags, struct sys_wait *w);
int64_t sys_recvmsg(struct sys *s, int fd, struct msghdr *m, int flags, struct sys_wait *w);
/* Of sockets and pipes. */
int64_t sys_writev(struct sys *s, int fd, const struct iovec *v, int n, struct sys_wait *w);
int64_t sys_readv(struct sys *s, int fd, const struct iovec *v, int n, struct sys_wait *w);

/* ---- sys_option.c ---- */

int64_t sys_getsockopt(struct sys *s, int fd, int level, int name, void *value, socklen_t *n);
int64_t sys_setsockopt(struct sys *s, int fd, int level, int name, const void *value, socklen_t n);

/* ---- sys_poll.c, sys_epoll.c: ms < 0 waits for ever ---- */

int64_t sys_poll(struct sys *s, struct pollfd *p, nfds_t n, int ms, struct sys_wait *w);
int64_t sys_epoll_create(struct sys *s, int size);
int64_t sys_epoll_ctl(struct sys *s, int ep, int op, int fd, const struct epoll_event *ev);
int64_t sys_epoll_wait(struct sys *s, int ep, struct epoll_event *out, int n, int ms,
                       struct sys_wait *w);

/* ---- sys_pipe.c: splice goes from a socket to a pipe or back, with NULL or zero offsets; sendfile
 * from a descriptor of this process, which must be a file ---- */

int64_t sys_pipe(struct sys *s, int fds[2]);
int64_t sys_splice(struct sys *s, int in, int out, size_t n, unsigned flags, struct sys_wait *w);
int64_t sys_sendfile(struct sys *s, int out, int file, off_t *offset, size_t n, struct sys_wait *w);

/* ---- sys_sysctl.c ---- */

/* One of Linux's settings ("net.ipv4.tcp_sack") as its file in procfs shows it ("1\n"); a
 * module's parameter by its path in sysfs. 0, -TARN_ENOENT: not a setting that means something
 * here, -TARN_EINVAL: the value is none. */
int sys_sysctl(struct tarn *st, const char *name, const char *text);
/* The names of all, one after the other from *cursor = 0 on; NULL at the end. */
const char *sys_sysctl_next(unsigned *cursor);

#endif
