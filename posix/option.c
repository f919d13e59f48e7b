/* posix/option.c - getsockopt and setsockopt.
 *
 * Every option that is known is a row: REAL ones are the stack's, STORED ones are remembered and
 * have no effect here, OFF ones are not done and may only be told so, and the rest have a function.
 * What has no row is ENOPROTOOPT. */
#include "posix/option.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

enum { RCVBUF_MIN = 2304, SNDBUF_MIN = 4608, BUFFER_MAX = 8 * 1024 * 1024 };

/* ---- values ---- */

int option_give(struct socket *so, const struct posix_request *q, struct posix_reply *r,
                const void *value, size_t n)
{
    struct posix *px = so->px;

    memcpy(px->reply, value, n);
    r->data = px->reply;
    r->data_len = (uint32_t)(n < q->room ? n : q->room);
    return 0;
}

int option_give_int(struct socket *so, const struct posix_request *q, struct posix_reply *r,
                    int value)
{
    uint8_t byte = (uint8_t)value;

    if (q->args[0] == IPPROTO_IP && q->room > 0 && q->room < sizeof value && value >= 0 &&
        value <= UINT8_MAX)
        return option_give(so, q, r, &byte, 1);
    return option_give(so, q, r, &value, sizeof value);
}

int option_read_int(const struct posix_request *q, int *value)
{
    if (q->data_len >= sizeof *value) {
        memcpy(value, q->data, sizeof *value);
        return 0;
    }
    if (q->args[0] == IPPROTO_IP && q->data_len >= 1) {
        *value = q->data[0];
        return 0;
    }
    return -EINVAL;
}

/* ---- rows of the stack ---- */

static int get_real(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    int64_t value = 0;
    int err = tarn_getopt(so->px->cfg.stack, so->sock, o->stack, &value);

    /* A buried socket has no stack socket any more; it answers like a fresh one. */
    if (err != 0 && so->state != SOCKET_GONE)
        return err;
    return option_give_int(so, q, r, (int)value);
}

static int set_real(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = option_read_int(q, &value);

    if (err != 0 || so->state == SOCKET_GONE)
        return err;
    if (o->kind == OPTION_BOOL)
        value = value != 0;
    return tarn_setopt(so->px->cfg.stack, so->sock, o->stack, value, so->px->cfg.clock());
}

/* -1 stands for the default of the time to live. */
static int set_ttl(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = option_read_int(q, &value);

    if (err != 0)
        return err;
    if (value == -1)
        value = 64;
    return tarn_setopt(so->px->cfg.stack, so->sock, o->stack, value, so->px->cfg.clock());
}

/* Linux doubles what is asked for and shows the double; the stack gets the double too. */
static int set_buffer(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = option_read_int(q, &value);
    int least = o->stack == TARN_SO_RCVBUF ? RCVBUF_MIN : SNDBUF_MIN;
    int64_t bytes;

    if (err != 0)
        return err;
    bytes = value < 0 ? BUFFER_MAX : 2 * (int64_t)value;
    if (bytes < least)
        bytes = least;
    if (bytes > BUFFER_MAX)
        bytes = BUFFER_MAX;
    return tarn_setopt(so->px->cfg.stack, so->sock, o->stack, bytes, so->px->cfg.clock());
}

static int get_mtu(struct socket *so, const struct option *o, const struct posix_request *q,
                   struct posix_reply *r)
{
    bool connected = so->type == SOCK_DGRAM ? so->connected : so->state == SOCKET_OPEN;

    return connected ? get_real(so, o, q, r) : -ENOTCONN;
}

/* ---- rows that are remembered, one bit each ---- */

static int get_kept(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    return option_give_int(so, q, r, (so->kept & o->kept) != 0);
}

static int set_kept(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = option_read_int(q, &value);

    if (err != 0)
        return err;
    so->kept &= ~o->kept;
    if (value != 0)
        so->kept |= o->kept;
    return 0;
}

/* ---- rows of what is not done: they may be told to stay off ---- */

static int get_off(struct socket *so, const struct option *o, const struct posix_request *q,
                   struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, 0);
}

static int set_off(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = option_read_int(q, &value);

    (void)so;
    (void)o;
    if (err == 0 && value != 0)
        err = -ENOPROTOOPT;
    return err;
}

/* ---- the table ---- */

#define REAL(level, name, opt, kind, only)                            \
    {                                                                 \
        level, name, get_real, set_real, TARN_SO_##opt, kind, only, 0 \
    }
#define STORED(level, name, bit)                                                \
    {                                                                           \
        level, name, get_kept, set_kept, TARN_SO_N, OPTION_BOOL, 0, 1u << (bit) \
    }
#define OFF(level, name)                                           \
    {                                                              \
        level, name, get_off, set_off, TARN_SO_N, OPTION_INT, 0, 0 \
    }
#define SPECIAL(level, name, get, set, opt, only)                 \
    {                                                             \
        level, name, get, set, TARN_SO_##opt, OPTION_INT, only, 0 \
    }

static const struct option options[] = {
    SPECIAL(SOL_SOCKET, SO_ERROR, option_get_error, NULL, ERROR, 0),
    SPECIAL(SOL_SOCKET, SO_TYPE, option_get_type, NULL, TYPE, 0),
    SPECIAL(SOL_SOCKET, SO_PROTOCOL, option_get_protocol, NULL, PROTOCOL, 0),
    SPECIAL(SOL_SOCKET, SO_DOMAIN, option_get_domain, NULL, FAMILY, 0),
    SPECIAL(SOL_SOCKET, SO_ACCEPTCONN, option_get_accepting, NULL, ACCEPTCONN, 0),
    SPECIAL(SOL_SOCKET, SO_COOKIE, option_get_cookie, NULL, N, 0),
    SPECIAL(SOL_SOCKET, SO_LINGER, option_get_linger, option_set_linger, LINGER, 0),
    SPECIAL(SOL_SOCKET, SO_RCVTIMEO, option_get_from_end, option_set_timeout, N, 0),
    SPECIAL(SOL_SOCKET, SO_SNDTIMEO, option_get_from_end, option_set_timeout, N, 0),
    SPECIAL(SOL_SOCKET, SO_RCVLOWAT, option_get_from_end, option_set_on_end, N, 0),
    SPECIAL(SOL_SOCKET, SO_SNDLOWAT, option_get_one, NULL, N, 0),
    SPECIAL(SOL_SOCKET, SO_RCVBUF, get_real, set_buffer, RCVBUF, 0),
    SPECIAL(SOL_SOCKET, SO_SNDBUF, get_real, set_buffer, SNDBUF, 0),
    SPECIAL(SOL_SOCKET, SO_RCVBUFFORCE, NULL, set_buffer, RCVBUF, 0),
    SPECIAL(SOL_SOCKET, SO_SNDBUFFORCE, NULL, set_buffer, SNDBUF, 0),
    REAL(SOL_SOCKET, SO_REUSEADDR, REUSEADDR, OPTION_BOOL, 0),
    REAL(SOL_SOCKET, SO_REUSEPORT, REUSEPORT, OPTION_BOOL, 0),
    REAL(SOL_SOCKET, SO_KEEPALIVE, KEEPALIVE, OPTION_BOOL, 0),
    REAL(SOL_SOCKET, SO_BROADCAST, BROADCAST, OPTION_BOOL, 0),
    REAL(SOL_SOCKET, SO_OOBINLINE, OOBINLINE, OPTION_BOOL, 0),
    REAL(SOL_SOCKET, SO_PRIORITY, PRIORITY, OPTION_INT, 0),
    REAL(SOL_SOCKET, SO_MARK, MARK, OPTION_INT, 0),
    OFF(SOL_SOCKET, SO_TIMESTAMP),
    OFF(SOL_SOCKET, SO_TIMESTAMPNS),
    OFF(IPPROTO_IP, IP_PKTINFO),
    OFF(IPPROTO_IP, IP_RECVTTL),
    OFF(IPPROTO_IP, IP_RECVTOS),
    OFF(IPPROTO_IP, IP_FREEBIND),
    STORED(SOL_SOCKET, SO_DEBUG, 0),
    STORED(SOL_SOCKET, SO_DONTROUTE, 1),
    STORED(SOL_SOCKET, SO_NO_CHECK, 2),
    REAL(IPPROTO_IP, IP_TOS, IP_TOS, OPTION_INT, 0),
    SPECIAL(IPPROTO_IP, IP_TTL, get_real, set_ttl, IP_TTL, 0),
    REAL(IPPROTO_IP, IP_MTU_DISCOVER, IP_MTU_DISCOVER, OPTION_INT, 0),
    REAL(IPPROTO_IP, IP_RECVERR, IP_RECVERR, OPTION_BOOL, 0),
    SPECIAL(IPPROTO_IP, IP_MTU, get_mtu, NULL, IP_MTU, 0),
    STORED(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 3),
    REAL(IPPROTO_TCP, TCP_NODELAY, TCP_NODELAY, OPTION_BOOL, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_CORK, TCP_CORK, OPTION_BOOL, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_MAXSEG, TCP_MAXSEG, OPTION_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_KEEPIDLE, TCP_KEEPIDLE, OPTION_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_KEEPINTVL, TCP_KEEPINTVL, OPTION_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_KEEPCNT, TCP_KEEPCNT, OPTION_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_SYNCNT, TCP_SYNCNT, OPTION_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_LINGER2, TCP_LINGER2, OPTION_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_DEFER_ACCEPT, TCP_DEFER_ACCEPT, OPTION_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_WINDOW_CLAMP, TCP_WINDOW_CLAMP, OPTION_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_QUICKACK, TCP_QUICKACK, OPTION_BOOL, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_USER_TIMEOUT, TCP_USER_TIMEOUT, OPTION_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_NOTSENT_LOWAT, TCP_NOTSENT_LOWAT, OPTION_INT, SOCK_STREAM),
    SPECIAL(IPPROTO_TCP, TCP_CONGESTION, option_get_congestion, option_set_congestion, N,
            SOCK_STREAM),
    SPECIAL(IPPROTO_TCP, TCP_INFO, option_get_info, NULL, N, SOCK_STREAM),
};

static const struct option *find(const struct socket *so, const struct posix_request *q)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        const struct option *o = &options[i];

        if (o->level == q->args[0] && o->name == q->args[1])
            return o->only == 0 || o->only == so->type ? o : NULL;
    }
    return NULL;
}

/* What Linux says when a level that it does not know is read. */
static int unknown(const struct posix_request *q)
{
    bool known = q->args[0] == SOL_SOCKET || q->args[0] == IPPROTO_IP ||
                 q->args[0] == IPPROTO_TCP || q->args[0] == IPPROTO_UDP;

    return known ? -ENOPROTOOPT : -EOPNOTSUPP;
}

int option_get(struct socket *so, const struct posix_request *q, struct posix_reply *r)
{
    const struct option *o = find(so, q);

    if (o == NULL || o->get == NULL)
        return o == NULL ? unknown(q) : -ENOPROTOOPT;
    return o->get(so, o, q, r);
}

int option_set(struct socket *so, const struct posix_request *q)
{
    const struct option *o = find(so, q);

    if (o == NULL || o->set == NULL)
        return -ENOPROTOOPT;
    return o->set(so, o, q);
}
