/* posix/ioctl.c - ioctls on sockets: how much is queued. */
#include "posix/socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>

static int give_int(struct socket *so, struct posix_reply *r, int64_t value)
{
    int v = value > INT32_MAX ? INT32_MAX : (int)value;

    memcpy(so->px->reply, &v, sizeof v);
    r->data = so->px->reply;
    r->data_len = sizeof v;
    return 0;
}

static int64_t of_stack(struct socket *so, enum tarn_opt opt)
{
    int64_t n = 0;

    return tarn_getopt(so->px->cfg.stack, so->sock, opt, &n) == 0 ? n : 0;
}

static int in_pair(int fd)
{
    int n = 0;

    return fd >= 0 && ioctl(fd, FIONREAD, &n) == 0 ? n : 0;
}

/* ---- queues ---- */

/* Bytes that a read would find; of datagrams, those of the next one. What has come is passed to the
 * pair first: a program that is told of bytes may read them without waiting. */
static int unread(struct socket *so, const struct posix_request *q, struct posix_reply *r)
{
    tarn_ns now = so->px->cfg.clock();
    char byte;
    ssize_t n;

    if (so->state == SOCKET_LISTENING)
        return -EINVAL;
    if (so->type == SOCK_STREAM && so->state == SOCKET_OPEN)
        stream_up(so, now);
    else if (so->type != SOCK_STREAM)
        dgram_up(so, now);
    if (so->type == SOCK_STREAM)
        return give_int(so, r, in_pair(q->from.end) + of_stack(so, TARN_SO_NREAD));
    n = recv(q->from.end, &byte, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    return give_int(so, r, n > 0 ? n : of_stack(so, TARN_SO_NREAD));
}

/* Bytes written that the peer has not acknowledged, or (SIOCOUTQNSD) that were not even sent. One
 * byte in our end is the kept one. */
static int unsent(struct socket *so, struct posix_reply *r, enum tarn_opt opt)
{
    int n = in_pair(so->end);

    if (so->state == SOCKET_LISTENING)
        return -EINVAL;
    if (so->type == SOCK_STREAM && n > 0)
        n--;
    if (so->state == SOCKET_NEW || so->state == SOCKET_CONNECTING)
        n = 0;
    return give_int(so, r, n + of_stack(so, opt));
}

/* Have all bytes in front of the urgent one been read? The pair knows. */
static int at_mark(struct socket *so, const struct posix_request *q, struct posix_reply *r)
{
    int at = 0;

    if (so->state == SOCKET_OPEN)
        stream_up(so, so->px->cfg.clock());
    (void)ioctl(q->from.end, SIOCATMARK, &at);
    return give_int(so, r, at);
}

int ioctl_call(struct socket *so, const struct posix_request *q, struct posix_reply *r)
{
    unsigned request = (unsigned)q->args[0];

    if (interface_knows(request))
        return interface_ioctl(so->px, q, r);
    if (so->netlink != NULL)
        return -ENOTTY;
    switch (request) {
    case FIONREAD: return unread(so, q, r);
    case TIOCOUTQ: return unsent(so, r, TARN_SO_NWRITE);
    case SIOCOUTQNSD: return unsent(so, r, TARN_SO_NOTSENT);
    case SIOCATMARK: return so->type == SOCK_STREAM ? at_mark(so, q, r) : -ENOTTY;
    default: return -ENOTTY;
    }
}
