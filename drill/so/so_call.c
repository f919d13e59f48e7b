/* drill/so/so_call.c - the functions of the table. */
#include "drill/so/so.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

void so_enter(struct so *so)
{
    pthread_mutex_lock(&so->lock);
    so->spins = false;
    if (so->flags.is_real)
        so_settle(so);
    so_sysctl_read(so);
    so_state_obey(so);
}

int64_t so_leave(struct so *so, int64_t result)
{
    so_waited(so);
    if (so->flags.is_real || pthread_equal(pthread_self(), so->main))
        so_settle(so);
    so_state_write(so);
    pthread_mutex_unlock(&so->lock);
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

/* A call that may have to wait, made until it returns; `w` is its. */
#define CALL(so, call)                         \
    do {                                       \
        struct sys_wait w = {0};               \
        int64_t result;                        \
                                               \
        so_enter(so);                          \
        while ((result = (call)) == SYS_WAITS) \
            so_wait(so, &w);                   \
        return (int)so_leave(so, result);      \
    } while (0)

/* One that never waits. */
#define CALL_NOW(so, call)              \
    do {                                \
        so_enter(so);                   \
        return (int)so_leave(so, call); \
    } while (0)

/* ---- sockets and names ---- */

static int so_socket(void *u, int domain, int type, int protocol)
{
    struct so *so = u;

    CALL_NOW(so, sys_socket(so->sys, domain, type, protocol));
}

/* Scripts may choose other addresses than the flags say. */
static void own(struct so *so, const struct sockaddr *a, socklen_t n)
{
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    struct tarn_ip ip;

    if (n >= sizeof four && a->sa_family == AF_INET) {
        memcpy(&four, a, sizeof four);
        ip = tarn_ip4(ntohl(four.sin_addr.s_addr));
        so_wire_own(so, &ip);
    } else if (n >= sizeof six && a->sa_family == AF_INET6) {
        memcpy(&six, a, sizeof six);
        memcpy(ip.b, &six.sin6_addr, sizeof ip.b);
        so_wire_own(so, &ip);
    }
}

static int so_bind(void *u, int fd, const struct sockaddr *a, socklen_t n)
{
    struct so *so = u;

    so_enter(so);
    own(so, a, n);
    return (int)so_leave(so, sys_bind(so->sys, fd, a, n));
}

static int so_listen(void *u, int fd, int backlog)
{
    struct so *so = u;

    CALL_NOW(so, sys_listen(so->sys, fd, backlog));
}

static int so_accept(void *u, int fd, struct sockaddr *a, socklen_t *n)
{
    struct so *so = u;

    CALL(so, sys_accept(so->sys, fd, a, n, 0, &w));
}

static int so_connect(void *u, int fd, const struct sockaddr *a, socklen_t n)
{
    struct so *so = u;

    CALL(so, sys_connect(so->sys, fd, a, n, &w));
}

static int so_shutdown(void *u, int fd, int how)
{
    struct so *so = u;

    CALL_NOW(so, sys_shutdown(so->sys, fd, how));
}

/* ---- receiving ---- */

static ssize_t so_recvmsg(void *u, int fd, struct msghdr *m, int flags)
{
    struct so *so = u;

    CALL(so, sys_recvmsg(so->sys, fd, m, flags, &w));
}

static ssize_t so_readv(void *u, int fd, const struct iovec *v, int n)
{
    struct so *so = u;

    CALL(so, sys_readv(so->sys, fd, v, n, &w));
}

static ssize_t so_read(void *u, int fd, void *buf, size_t n)
{
    struct iovec v = {.iov_base = buf, .iov_len = n};

    return so_readv(u, fd, &v, 1);
}

/* Size: the seven arguments of recvfrom, as the table has them.
 * NOLINTNEXTLINE(readability-function-size) */
static ssize_t so_recvfrom(void *u, int fd, void *buf, size_t n, int flags, struct sockaddr *a,
                           socklen_t *a_len)
{
    struct iovec v = {.iov_base = buf, .iov_len = n};
    struct msghdr m = {
        .msg_name = a, .msg_namelen = a == NULL ? 0 : *a_len, .msg_iov = &v, .msg_iovlen = 1};
    ssize_t got = so_recvmsg(u, fd, &m, flags);

    if (a_len != NULL)
        *a_len = m.msg_namelen;
    return got;
}

static ssize_t so_recv(void *u, int fd, void *buf, size_t n, int flags)
{
    return so_recvfrom(u, fd, buf, n, flags, NULL, NULL);
}

/* ---- sending ---- */

static ssize_t so_sendmsg(void *u, int fd, const struct msghdr *m, int flags)
{
    struct so *so = u;

    CALL(so, sys_sendmsg(so->sys, fd, m, flags, &w));
}

static ssize_t so_writev(void *u, int fd, const struct iovec *v, int n)
{
    struct so *so = u;

    CALL(so, sys_writev(so->sys, fd, v, n, &w));
}

static ssize_t so_write(void *u, int fd, const void *buf, size_t n)
{
    struct iovec v = {.iov_base = (void *)(uintptr_t)buf, .iov_len = n};

    return so_writev(u, fd, &v, 1);
}

/* Size: the seven arguments of sendto, as the table has them.
 * NOLINTNEXTLINE(readability-function-size) */
static ssize_t so_sendto(void *u, int fd, const void *buf, size_t n, int flags,
                         const struct sockaddr *a, socklen_t a_len)
{
    struct iovec v = {.iov_base = (void *)(uintptr_t)buf, .iov_len = n};
    struct msghdr m = {
        .msg_name = (void *)(uintptr_t)a, .msg_namelen = a_len, .msg_iov = &v, .msg_iovlen = 1};

    return so_sendmsg(u, fd, &m, flags);
}

static ssize_t so_send(void *u, int fd, const void *buf, size_t n, int flags)
{
    return so_sendto(u, fd, buf, n, flags, NULL, 0);
}

/* ---- any descriptor ---- */

static int so_fcntl(void *u, int fd, int cmd, ...)
{
    struct so *so = u;
    va_list args;
    int arg = 0;

    va_start(args, cmd);
    if (cmd == F_SETFL || cmd == F_SETFD)
        arg = va_arg(args, int);
    va_end(args);
    CALL_NOW(so, sys_fcntl(so->sys, fd, cmd, arg));
}

static int so_ioctl(void *u, int fd, unsigned long request, ...)
{
    struct so *so = u;
    va_list args;
    int *arg;

    va_start(args, request);
    arg = va_arg(args, int *);
    va_end(args);
    CALL_NOW(so, sys_ioctl(so->sys, fd, request, arg));
}

int64_t so_close(struct so *so, int fd)
{
    CALL(so, sys_close(so->sys, fd, &w));
}

static int so_close_slot(void *u, int fd)
{
    return (int)so_close(u, fd);
}

static int so_getsockopt(void *u, int fd, int level, int name, void *value, socklen_t *n)
{
    struct so *so = u;

    CALL_NOW(so, sys_getsockopt(so->sys, fd, level, name, value, n));
}

static int so_setsockopt(void *u, int fd, int level, int name, const void *value, socklen_t n)
{
    struct so *so = u;

    CALL_NOW(so, sys_setsockopt(so->sys, fd, level, name, value, n));
}

/* ---- readiness ---- */

static int so_poll(void *u, struct pollfd *p, nfds_t n, int ms)
{
    struct so *so = u;

    CALL(so, sys_poll(so->sys, p, n, ms, &w));
}

static int so_epoll_create(void *u, int size)
{
    struct so *so = u;

    CALL_NOW(so, sys_epoll_create(so->sys, size));
}

static int so_epoll_ctl(void *u, int ep, int op, int fd, struct epoll_event *ev)
{
    struct so *so = u;

    CALL_NOW(so, sys_epoll_ctl(so->sys, ep, op, fd, ev));
}

static int so_epoll_wait(void *u, int ep, struct epoll_event *ev, int n, int ms)
{
    struct so *so = u;

    CALL(so, sys_epoll_wait(so->sys, ep, ev, n, ms, &w));
}

/* ---- pipes ---- */

static int so_pipe(void *u, int fds[2])
{
    struct so *so = u;

    CALL_NOW(so, sys_pipe(so->sys, fds));
}

/* Size: the seven arguments of splice, as the table has them; the offsets are NULL or 0.
 * NOLINTNEXTLINE(readability-function-size) */
static int so_splice(void *u, int in, loff_t *in_at, int out, loff_t *out_at, size_t n,
                     unsigned flags)
{
    struct so *so = u;

    (void)in_at;
    (void)out_at;
    CALL(so, sys_splice(so->sys, in, out, n, flags, &w));
}

/* ---- the network and the clock ---- */

static int so_netdev_send(void *u, const void *packet, size_t n)
{
    struct so *so = u;

    so_enter(so);
    so_wire_inject(so, packet, n);
    return (int)so_leave(so, 0);
}

static int so_netdev_receive(void *u, void *packet, size_t *n, long long *time_us)
{
    struct so *so = u;
    struct so_frame *f = so_receive(so);

    if (f->frame->len < *n)
        *n = f->frame->len;
    memcpy(packet, f->frame->bytes, *n);
    *time_us = so_us_of(so, f->when);
    sim_frame_free(f->frame);
    free(f);
    return 0;
}

static int so_usleep_slot(void *u, useconds_t us)
{
    so_usleep(u, us);
    return 0;
}

static int so_gettimeofday(void *u, struct timeval *tv, struct timezone *tz)
{
    int64_t us = so_time_us(u);

    (void)tz;
    tv->tv_sec = (time_t)(us / 1000000);
    tv->tv_usec = (suseconds_t)(us % 1000000);
    return 0;
}

/* The process goes on to end: its descriptors and sockets are not looked after any more. */
static void so_free(void *u)
{
    so_down(u);
}

void so_table_fill(struct so *so, struct packetdrill_table *table)
{
    *table = (struct packetdrill_table){
        .userdata = so,
        .free = so_free,
        .socket = so_socket,
        .bind = so_bind,
        .listen = so_listen,
        .accept = so_accept,
        .connect = so_connect,
        .read = so_read,
        .readv = so_readv,
        .recv = so_recv,
        .recvfrom = so_recvfrom,
        .recvmsg = so_recvmsg,
        .write = so_write,
        .writev = so_writev,
        .send = so_send,
        .sendto = so_sendto,
        .sendmsg = so_sendmsg,
        .fcntl = so_fcntl,
        .ioctl = so_ioctl,
        .close = so_close_slot,
        .shutdown = so_shutdown,
        .getsockopt = so_getsockopt,
        .setsockopt = so_setsockopt,
        .poll = so_poll,
        .netdev_send = so_netdev_send,
        .netdev_receive = so_netdev_receive,
        .usleep = so_usleep_slot,
        .gettimeofday = so_gettimeofday,
        .epoll_create = so_epoll_create,
        .epoll_ctl = so_epoll_ctl,
        .epoll_wait = so_epoll_wait,
        .pipe = so_pipe,
        .splice = so_splice,
    };
}
