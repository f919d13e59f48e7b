/* posix/option_socket.c - options of SOL_SOCKET that say what a socket is, or that its end heeds.
 */
#include "posix/option.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/time.h>

enum { NS_PER_S = 1000000000 };

/* ---- what the socket is ---- */

int option_get_type(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, so->type);
}

int option_get_protocol(struct socket *so, const struct option *o, const struct posix_request *q,
                        struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, so->type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP);
}

int option_get_domain(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, AF_INET);
}

int option_get_accepting(struct socket *so, const struct option *o, const struct posix_request *q,
                         struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, so->state == SOCKET_LISTENING);
}

/* Linux's SO_SNDLOWAT is always 1. */
int option_get_one(struct socket *so, const struct option *o, const struct posix_request *q,
                   struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, 1);
}

int option_get_cookie(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r)
{
    (void)o;
    if (q->room < sizeof so->cookie)
        return -EINVAL;
    return option_give(so, q, r, &so->cookie, sizeof so->cookie);
}

int option_take_error(struct socket *so, int program_end)
{
    int64_t of_stack = 0;
    int of_end = 0;
    int err = so->error;
    socklen_t len = sizeof of_end;

    so->error = 0;
    if (so->type == SOCK_DGRAM)
        dgram_forget_error(so, program_end);
    if (err == 0 && so->state != SOCKET_GONE &&
        tarn_getopt(so->px->cfg.stack, so->sock, TARN_SO_ERROR, &of_stack) == 0)
        err = (int)of_stack;
    /* The end's own error (a reset) is the same event in other words: away with it. If a read has
     * reported it already, there is none any more. */
    (void)getsockopt(program_end, SOL_SOCKET, SO_ERROR, &of_end, &len);
    return so->end < 0 && of_end == 0 ? 0 : err;
}

int option_get_error(struct socket *so, const struct option *o, const struct posix_request *q,
                     struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, option_take_error(so, q->from.end));
}

/* ---- linger and time limits ---- */

int option_get_linger(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r)
{
    int64_t seconds = -1;
    struct linger l;

    tarn_getopt(so->px->cfg.stack, so->sock, o->stack, &seconds);
    l = (struct linger){seconds >= 0, seconds >= 0 ? (int)seconds : 0};
    return option_give(so, q, r, &l, sizeof l);
}

int option_set_linger(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct linger l;
    int64_t seconds = -1;

    if (q->data_len < sizeof l)
        return -EINVAL;
    memcpy(&l, q->data, sizeof l);
    if (l.l_onoff != 0)
        seconds = l.l_linger < 0 || l.l_linger > UINT16_MAX ? UINT16_MAX : l.l_linger;
    return tarn_setopt(so->px->cfg.stack, so->sock, o->stack, seconds, so->px->cfg.clock());
}

/* The kernel heeds them in reads and writes of the program's end; a held call heeds them here. */
int option_set_timeout(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct timeval tv;
    uint64_t ns;

    if (setsockopt(q->from.end, SOL_SOCKET, o->name, q->data, q->data_len) != 0)
        return -errno;
    memcpy(&tv, q->data, sizeof tv);
    ns = 0; /* no limit: also what Linux makes of more than it can count */
    if (tv.tv_sec >= 0 && tv.tv_sec < INT32_MAX)
        ns = (uint64_t)tv.tv_sec * NS_PER_S + (uint64_t)tv.tv_usec * 1000u;
    if (o->name == SO_RCVTIMEO)
        so->receive_timeout_ns = ns;
    else
        so->send_timeout_ns = ns;
    return 0;
}

int option_get_from_end(struct socket *so, const struct option *o, const struct posix_request *q,
                        struct posix_reply *r)
{
    uint8_t value[64];
    socklen_t len = q->room < sizeof value ? q->room : sizeof value;

    if (getsockopt(q->from.end, o->level, o->name, value, &len) != 0)
        return -errno;
    return option_give(so, q, r, value, len);
}

int option_set_on_end(struct socket *so, const struct option *o, const struct posix_request *q)
{
    (void)so;
    return setsockopt(q->from.end, o->level, o->name, q->data, q->data_len) == 0 ? 0 : -errno;
}
