/* drill/sys/sys_recv.c - receiving. */
#include "drill/sys/sys_parts.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

enum { CM_INQ = 36 }; /* TCP_INQ, and its message */

void sys_cmsg_put(struct msghdr *m, size_t room, int level, int type, const void *data, size_t n)
{
    struct cmsghdr head = {.cmsg_len = CMSG_LEN(n), .cmsg_level = level, .cmsg_type = type};
    uint8_t *at = (uint8_t *)m->msg_control + m->msg_controllen;

    if (m->msg_control == NULL || room - m->msg_controllen < CMSG_LEN(n)) {
        m->msg_flags |= MSG_CTRUNC;
        return;
    }
    memcpy(at, &head, sizeof head);
    memcpy(at + CMSG_LEN(0), data, n);
    m->msg_controllen +=
        room - m->msg_controllen < CMSG_SPACE(n) ? room - m->msg_controllen : CMSG_SPACE(n);
}

static unsigned flags_of(int flags)
{
    return ((flags & MSG_PEEK) != 0 ? TARN_MSG_PEEK : 0u) |
           ((flags & MSG_TRUNC) != 0 ? TARN_MSG_TRUNC : 0u) |
           ((flags & MSG_OOB) != 0 ? TARN_MSG_OOB : 0u);
}

/* One try with the room that is left. */
static long recv_rest(struct sys *s, struct sys_socket *so, struct msghdr *m, int flags,
                      int64_t done)
{
    struct tarn_addr from;
    struct tarn_msg in = {.flags = flags_of(flags), .name = &from};
    struct tarn_iov *iov = sys_iov_from(m->msg_iov, m->msg_iovlen, (size_t)done, &in.n_iov);
    long got;

    in.iov = iov;
    if (so->type == SOCK_STREAM)
        in.name = NULL;
    got = tarn_recvmsg(sys_stack(s), so->sock, &in, sys_now(s));
    free(iov);
    sys_used(s, so, got == -TARN_EAGAIN);
    if (got < 0)
        return got;
    m->msg_flags |= (in.out_flags & TARN_MSG_TRUNC) != 0 ? MSG_TRUNC : 0;
    m->msg_flags |= (in.out_flags & TARN_MSG_OOB) != 0 ? MSG_OOB : 0;
    if (so->type != SOCK_STREAM)
        sys_name_write(so, &from, m->msg_name, &m->msg_namelen);
    else
        m->msg_namelen = 0;
    return got;
}

static int64_t option(const struct sys *s, const struct sys_socket *so, enum tarn_opt opt)
{
    int64_t value = 0;

    return tarn_getopt(sys_stack(s), so->sock, opt, &value) == 0 ? value : 0;
}

/* How many bytes a stream's call wants before it returns. */
static int64_t target_of(const struct sys *s, const struct sys_socket *so, int flags, int64_t total)
{
    int64_t lowat = option(s, so, TARN_SO_RCVLOWAT);

    if (so->type != SOCK_STREAM || (flags & (MSG_PEEK | MSG_OOB)) != 0)
        return 1;
    if ((flags & MSG_WAITALL) == 0 && lowat < total)
        return lowat;
    return total;
}

/* Bytes that may be read at once, 1 more when the peer has closed and nothing else is left. */
static int queue_hint(const struct sys *s, const struct sys_socket *so)
{
    int64_t n = option(s, so, TARN_SO_NREAD);
    bool closed = (tarn_ready(sys_stack(s), so->sock) & TARN_RDHUP) != 0;

    return n == 0 && closed ? 1 : (int)n;
}

static int64_t received(struct sys *s, const struct sys_socket *so, struct msghdr *m, size_t room,
                        int64_t n)
{
    int hint = queue_hint(s, so);

    if (so->inq && m->msg_control != NULL)
        sys_cmsg_put(m, room, IPPROTO_TCP, CM_INQ, &hint, sizeof hint);
    return n;
}

static int64_t recv_data(struct sys *s, int fd, struct msghdr *m, int flags, struct sys_wait *w)
{
    struct sys_file *f = sys_file(s, fd);
    struct sys_socket *so = f->so;
    int64_t total = (int64_t)sys_iov_bytes(m->msg_iov, m->msg_iovlen), err;
    size_t room = m->msg_controllen;
    long got = recv_rest(s, so, m, flags, w->done);

    m->msg_controllen = 0;
    if (got > 0)
        w->done += got;
    if (got == 0 || w->done >= total || w->done >= target_of(s, so, flags, total))
        return received(s, so, m, room, w->done);
    if (got < 0 && got != -TARN_EAGAIN)
        return w->done > 0 ? received(s, so, m, room, w->done) : got;
    m->msg_controllen = room;
    err = sys_would_wait(s, (flags & MSG_DONTWAIT) != 0 || (f->flags & O_NONBLOCK) != 0,
                         so->receive_limit, w);
    if (err == SYS_WAITS || w->done == 0)
        return err;
    m->msg_controllen = 0;
    return received(s, so, m, room, w->done);
}

int64_t sys_recvmsg(struct sys *s, int fd, struct msghdr *m, int flags, struct sys_wait *w)
{
    int64_t err;
    struct sys_socket *so = sys_socket_at(s, fd, &err);
    struct msghdr before = *m;

    if (so == NULL)
        return err;
    if (sys_iov_is_bad(m->msg_iov, m->msg_iovlen))
        return -EFAULT;
    m->msg_flags = 0;
    err = (flags & MSG_ERRQUEUE) != 0 ? sys_error_recv(s, so, m) : recv_data(s, fd, m, flags, w);
    if (err < 0)
        *m = before; /* a call that fails tells nothing */
    return err;
}

int64_t sys_readv(struct sys *s, int fd, const struct iovec *v, int n, struct sys_wait *w)
{
    struct msghdr m;
    int kind = sys_vector(s, fd, v, n, &m);

    if (kind < 0)
        return kind;
    return kind == SYS_PIPE ? sys_pipe_read(s, fd, &m, w) : sys_recvmsg(s, fd, &m, 0, w);
}
