/* drill/sys/sys_file.c - the table of descriptors, and the calls that any of them takes. */
#include "drill/sys/sys_parts.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

void *sys_memory(size_t n)
{
    void *at = calloc(1, n);

    if (at == NULL) {
        fputs("tarn: drill: out of memory\n", stderr);
        abort();
    }
    return at;
}

/* ---- the table ---- */

struct sys *sys_new(const struct sys_config *cfg)
{
    struct sys *s = calloc(1, sizeof *s);

    if (s != NULL)
        s->cfg = *cfg;
    return s;
}

struct sys_file *sys_file(struct sys *s, int fd)
{
    if (fd < 0 || fd >= s->n_files || s->files[fd].kind == SYS_NONE)
        return NULL;
    return &s->files[fd];
}

struct sys_socket *sys_socket_at(struct sys *s, int fd, int64_t *err)
{
    struct sys_file *f = sys_file(s, fd);

    *err = f == NULL ? -EBADF : f->kind != SYS_SOCKET ? -ENOTSOCK : 0;
    return *err == 0 ? f->so : NULL;
}

static int number_of(struct sys *s)
{
    if (s->cfg.number != NULL)
        return s->cfg.number(s->cfg.ctx);
    for (int fd = 3; fd < SYS_FILES; fd++)
        if (s->files[fd].kind == SYS_NONE)
            return fd;
    return -EMFILE;
}

int64_t sys_file_new(struct sys *s, enum sys_kind kind, int flags, struct sys_file **out)
{
    int fd = number_of(s);

    if (fd < 0)
        return fd;
    if (fd >= SYS_FILES) {
        s->cfg.release(s->cfg.ctx, fd);
        return -EMFILE;
    }
    if (fd >= s->n_files)
        s->n_files = fd + 1;
    *out = &s->files[fd];
    **out = (struct sys_file){.kind = kind, .flags = flags};
    return fd;
}

void sys_file_drop(struct sys *s, int fd)
{
    struct sys_file *f = &s->files[fd];

    sys_interest_drop(s, fd);
    sys_interests_free(f);
    if (f->so != NULL)
        sys_errors_free(f->so);
    free(f->so);
    if (f->pipe != NULL && --f->pipe->ends == 0)
        free(f->pipe);
    *f = (struct sys_file){.kind = SYS_NONE};
    if (s->cfg.release != NULL)
        s->cfg.release(s->cfg.ctx, fd);
}

void sys_free(struct sys *s)
{
    for (int fd = 0; s != NULL && fd < s->n_files; fd++)
        if (s->files[fd].kind != SYS_NONE)
            sys_file_drop(s, fd);
    free(s);
}

bool sys_has(const struct sys *s, int fd)
{
    return fd >= 0 && fd < s->n_files && s->files[fd].kind != SYS_NONE;
}

bool sys_is_socket(const struct sys *s, int fd)
{
    return sys_has(s, fd) && s->files[fd].kind == SYS_SOCKET;
}

tarn_sock sys_sock(const struct sys *s, int fd)
{
    return sys_is_socket(s, fd) ? s->files[fd].so->sock : (tarn_sock){0, 0};
}

/* ---- waiting, and being seen ---- */

int64_t sys_would_wait(struct sys *s, bool nonblocking, tarn_ns limit, struct sys_wait *w)
{
    if (nonblocking)
        return -EAGAIN;
    if (!w->begun) {
        w->begun = true;
        w->until = limit == 0 ? TARN_NEVER : sys_now(s) + limit;
    }
    return w->until <= sys_now(s) ? -EAGAIN : SYS_WAITS;
}

static uint64_t received(const struct sys *s, const struct sys_socket *so)
{
    struct tarn_tcp_info info = {.state = 0};

    return tarn_tcp_info(sys_stack(s), so->sock, &info, sys_now(s)) == 0 ? info.bytes_received : 0;
}

/* As the kernel's callbacks: new bytes wake readers though there were others, room wakes writers
 * once it is there again, and a new message of the error queue wakes everybody. */
static void look(struct sys *s, int fd, struct sys_socket *so)
{
    struct sys_look now = {.ready = tarn_ready(sys_stack(s), so->sock)};
    unsigned fresh, wake = 0;

    sys_pledges_settle(s, so);
    now.received = received(s, so);
    now.errors = so->errors != NULL;
    fresh = now.ready & ~so->seen.ready;
    if (now.received != so->seen.received || (fresh & (TARN_IN | TARN_RDHUP)) != 0)
        wake |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
    if ((fresh & TARN_OUT) != 0)
        wake |= EPOLLOUT | EPOLLWRNORM;
    if ((fresh & TARN_PRI) != 0)
        wake |= EPOLLPRI;
    if ((fresh & (TARN_ERR | TARN_HUP)) != 0)
        wake |= EPOLLERR | EPOLLHUP | EPOLLIN | EPOLLOUT;
    if (now.errors && !so->seen.errors)
        wake |= EPOLLERR;
    so->seen = now;
    if (wake != 0)
        sys_wake(s, fd, wake);
}

void sys_moved(struct sys *s)
{
    for (int fd = 0; fd < s->n_files; fd++)
        if (s->files[fd].kind == SYS_SOCKET)
            look(s, fd, s->files[fd].so);
}

void sys_used(struct sys *s, struct sys_socket *so, bool in_vain)
{
    if (!in_vain)
        sim_host_touch(s->cfg.host);
    so->seen.ready &= tarn_ready(sys_stack(s), so->sock);
}

/* ---- close ---- */

static int64_t option(const struct sys *s, const struct sys_socket *so, enum tarn_opt opt)
{
    int64_t value = 0;

    return tarn_getopt(sys_stack(s), so->sock, opt, &value) == 0 ? value : 0;
}

/* Is there something to linger for: bytes or a FIN that the peer has not acknowledged? */
static bool is_ending(const struct sys *s, const struct sys_socket *so)
{
    struct tarn_tcp_info info;

    if (tarn_tcp_info(sys_stack(s), so->sock, &info, sys_now(s)) < 0)
        return false;
    return info.state == TARN_TCP_FIN_WAIT_1 || info.state == TARN_TCP_CLOSING ||
           info.state == TARN_TCP_LAST_ACK;
}

/* SO_LINGER with a time: the call returns when all is acknowledged or the time is up. The
 * connection ends as by close() in any case. */
static int64_t linger(struct sys *s, struct sys_file *f, struct sys_wait *w)
{
    int64_t seconds = option(s, f->so, TARN_SO_LINGER);

    if (seconds <= 0 || f->so->type != SOCK_STREAM || option(s, f->so, TARN_SO_NREAD) > 0)
        return 0;
    if (!w->begun)
        (void)tarn_shutdown(sys_stack(s), f->so->sock, TARN_SHUT_RDWR, sys_now(s));
    if (!is_ending(s, f->so))
        return 0;
    return sys_would_wait(s, false, (tarn_ns)seconds * 1000000000u, w);
}

int64_t sys_close(struct sys *s, int fd, struct sys_wait *w)
{
    struct sys_file *f = sys_file(s, fd);

    if (f == NULL)
        return -EBADF;
    if (f->kind == SYS_SOCKET) {
        bool again = w->begun;

        if (linger(s, f, w) == SYS_WAITS) {
            sys_used(s, f->so, again);
            return SYS_WAITS;
        }
        tarn_close(sys_stack(s), f->so->sock, sys_now(s));
        sys_used(s, f->so, false);
    }
    sys_file_drop(s, fd);
    return 0;
}

/* ---- fcntl, ioctl ---- */

int64_t sys_fcntl(struct sys *s, int fd, int cmd, int arg)
{
    struct sys_file *f = sys_file(s, fd);

    if (f == NULL)
        return -EBADF;
    switch (cmd) {
    case F_GETFL: return f->flags;
    case F_SETFL: f->flags = (f->flags & O_ACCMODE) | (arg & (O_NONBLOCK | O_ASYNC)); return 0;
    case F_GETFD:
    case F_SETFD: return 0;
    default: return -EINVAL;
    }
}

static int64_t queued(struct sys *s, const struct sys_socket *so, enum tarn_opt opt, int *out)
{
    if (option(s, so, TARN_SO_ACCEPTCONN) != 0)
        return -EINVAL;
    *out = (int)option(s, so, opt);
    return 0;
}

int64_t sys_ioctl(struct sys *s, int fd, unsigned long request, int *arg)
{
    struct sys_file *f = sys_file(s, fd);

    if (f == NULL)
        return -EBADF;
    if (request == FIONBIO) {
        f->flags = (f->flags & ~O_NONBLOCK) | (*arg != 0 ? O_NONBLOCK : 0);
        return 0;
    }
    if (f->kind == SYS_PIPE && request == FIONREAD) {
        *arg = (int)f->pipe->n;
        return 0;
    }
    if (f->kind != SYS_SOCKET)
        return -ENOTTY;
    switch (request) {
    case SIOCINQ: return queued(s, f->so, TARN_SO_NREAD, arg);
    case SIOCOUTQ: return queued(s, f->so, TARN_SO_NWRITE, arg);
    case SIOCOUTQNSD: return queued(s, f->so, TARN_SO_NOTSENT, arg);
    default: return -ENOTTY;
    }
}
