/* drill/sys/sys_send.c - sending. */
#include "drill/sys/sys_parts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif

/* Pieces of memory that are not copied (MSG_ZEROCOPY) and fit into one packet of Linux's. */
enum { PACKET_PIECES = 17 };

size_t sys_iov_bytes(const struct iovec *v, size_t n)
{
    size_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += v[i].iov_len;
    return sum;
}

bool sys_iov_is_bad(const struct iovec *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].iov_base == NULL && v[i].iov_len > 0)
            return true;
    return false;
}

int sys_vector(struct sys *s, int fd, const struct iovec *v, int n, struct msghdr *m)
{
    const struct sys_file *f = sys_file(s, fd);

    if (f == NULL)
        return -EBADF;
    if (n < 0)
        return -EINVAL;
    *m = (struct msghdr){.msg_iov = (struct iovec *)(uintptr_t)v, .msg_iovlen = (size_t)n};
    return (int)f->kind;
}

struct tarn_iov *sys_iov_from(const struct iovec *v, size_t n, size_t skip, unsigned *n_out)
{
    struct tarn_iov *out = sys_memory((n + 1) * sizeof *out);

    *n_out = 0;
    for (size_t i = 0; i < n; i++) {
        size_t part = v[i].iov_len < skip ? v[i].iov_len : skip;

        skip -= part;
        if (v[i].iov_len > part)
            out[(*n_out)++] = (struct tarn_iov){.base = (uint8_t *)v[i].iov_base + part,
                                                .len = v[i].iov_len - part};
    }
    return out;
}

static unsigned flags_of(int flags, bool nonblocking)
{
    return (nonblocking ? 0u : TARN_MSG_WAITS) |
           ((flags & MSG_FASTOPEN) != 0 ? TARN_MSG_FASTOPEN : 0u) |
           ((flags & MSG_MORE) != 0 ? TARN_MSG_MORE : 0u) |
           ((flags & MSG_OOB) != 0 ? TARN_MSG_OOB : 0u) |
           ((flags & MSG_EOR) != 0 ? TARN_MSG_EOR : 0u);
}

/* Where a message goes, if it says so: 1, 0 when it does not, or -errno. */
static int name_of(const struct sys_socket *so, const struct msghdr *m, int flags,
                   struct tarn_addr *out)
{
    const struct sockaddr *a = m->msg_name;
    int err;

    if (a == NULL || m->msg_namelen == 0 || (so->type == SOCK_STREAM && !(flags & MSG_FASTOPEN)))
        return 0;
    if (m->msg_namelen >= sizeof a->sa_family && a->sa_family == AF_UNSPEC)
        return so->type == SOCK_STREAM ? -EOPNOTSUPP : -EINVAL;
    err = sys_name_read(so, a, m->msg_namelen, out);
    return err < 0 ? err : 1;
}

static bool is_nonblocking(struct sys *s, int fd, int flags)
{
    return (flags & MSG_DONTWAIT) != 0 || (sys_file(s, fd)->flags & O_NONBLOCK) != 0;
}

/* One try with what is left: bytes taken, or -errno. */
static long send_rest(struct sys *s, int fd, const struct msghdr *m, int flags, int64_t done)
{
    struct sys_socket *so = sys_file(s, fd)->so;
    struct tarn_addr to;
    struct tarn_msg out = {.flags = flags_of(flags, is_nonblocking(s, fd, flags))};
    int named = name_of(so, m, flags, &to);
    struct tarn_iov *iov;
    long sent;

    if (named < 0)
        return named;
    out.name = named != 0 ? &to : NULL;
    iov = sys_iov_from(m->msg_iov, m->msg_iovlen, (size_t)done, &out.n_iov);
    out.iov = iov;
    if (out.n_iov > PACKET_PIECES && (flags & MSG_ZEROCOPY) != 0 && so->zerocopy) {
        out.n_iov = PACKET_PIECES;
        out.flags |= TARN_MSG_EOR;
    }
    sent = tarn_sendmsg(sys_stack(s), so->sock, &out, sys_now(s));
    free(iov);
    if (sent > 0 && so->type == SOCK_STREAM)
        so->written += (uint64_t)sent;
    sys_used(s, so, sent == -TARN_EAGAIN);
    return sent;
}

/* The same, once more for each packet that the message's pieces fill. */
static long send_pieces(struct sys *s, int fd, const struct msghdr *m, int flags, int64_t done)
{
    int64_t total = (int64_t)sys_iov_bytes(m->msg_iov, m->msg_iovlen);
    long sent = send_rest(s, fd, m, flags, done), more = sent;

    while (more > 0 && (flags & MSG_ZEROCOPY) != 0 && done + sent < total) {
        more = send_rest(s, fd, m, flags, done + sent);
        sent += more > 0 ? more : 0;
    }
    return sent;
}

/* Is it a send that connects (RFC 7413), and is the handshake not over? An unproven connection that
 * was accepted is not such a one. */
static bool is_opening(const struct sys *s, const struct sys_socket *so)
{
    struct tarn_tcp_info info = {.state = TARN_TCP_CLOSED};

    (void)tarn_tcp_info(sys_stack(s), so->sock, &info, sys_now(s));
    return info.state == TARN_TCP_SYN_SENT || (so->opening && info.state == TARN_TCP_SYN_RECEIVED);
}

/* A writer that waits is woken when there is room worth the while, not by the first free byte. */
static bool is_awake(const struct sys *s, const struct sys_socket *so)
{
    return so->opening ||
           (tarn_ready(sys_stack(s), so->sock) & (TARN_OUT | TARN_ERR | TARN_HUP)) != 0;
}

/* The call's result, when nothing more will be sent. */
static int64_t sent_all(struct sys *s, struct sys_socket *so, int flags, int64_t done)
{
    if (done > 0 && so->type == SOCK_STREAM)
        sys_pledge(s, so, (flags & MSG_ZEROCOPY) != 0 && so->zerocopy);
    return done;
}

int64_t sys_sendmsg(struct sys *s, int fd, const struct msghdr *m, int flags, struct sys_wait *w)
{
    int64_t err, total = (int64_t)sys_iov_bytes(m->msg_iov, m->msg_iovlen);
    struct sys_socket *so = sys_socket_at(s, fd, &err);
    bool waits;
    long sent;

    if (so == NULL)
        return err;
    if (sys_iov_is_bad(m->msg_iov, m->msg_iovlen))
        return -EFAULT;
    if (w->begun)
        flags &= ~MSG_FASTOPEN; /* it has connected */
    sent = -TARN_EAGAIN;
    if (!w->begun || is_awake(s, so))
        sent = send_pieces(s, fd, m, flags, w->done);
    if (sent == -TARN_EINPROGRESS && !is_nonblocking(s, fd, flags))
        sent = -TARN_EAGAIN;
    if (sent > 0)
        w->done += sent;
    waits = so->type == SOCK_STREAM && !is_nonblocking(s, fd, flags) && is_opening(s, so);
    if (sent >= 0 && !waits && (w->done >= total || so->type != SOCK_STREAM))
        return sent_all(s, so, flags, so->type == SOCK_STREAM ? w->done : sent);
    if (sent < 0 && sent != -TARN_EAGAIN)
        return w->done > 0 && !so->opening ? sent_all(s, so, flags, w->done) : sent;
    so->opening = waits;
    err = sys_would_wait(s, is_nonblocking(s, fd, flags), so->send_limit, w);
    return err == SYS_WAITS || w->done == 0 ? err : sent_all(s, so, flags, w->done);
}

int64_t sys_writev(struct sys *s, int fd, const struct iovec *v, int n, struct sys_wait *w)
{
    struct msghdr m;
    int kind = sys_vector(s, fd, v, n, &m);

    if (kind < 0)
        return kind;
    return kind == SYS_PIPE ? sys_pipe_write(s, fd, &m, w) : sys_sendmsg(s, fd, &m, 0, w);
}
