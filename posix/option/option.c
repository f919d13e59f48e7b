/* posix/option/option.c - getsockopt and setsockopt.
 *
 * Every option that is known is a row: REAL ones are the stack's, STORED ones are remembered and
 * have no effect in the stack, OFF ones are not done and may only be told so, and the rest have a
 * function. What has no row is ENOPROTOOPT. */
#include "posix/option/option.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

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

int option_to_stack(struct socket *so, enum tarn_opt opt, int64_t value)
{
    int err = tarn_setopt(so->px->cfg.stack, so->sock, opt, value, so->px->cfg.clock());

    return err == -EBADF && so->state == SOCKET_GONE ? 0 : err;
}

int option_get_real(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    int64_t value = 0;
    int err = tarn_getopt(so->px->cfg.stack, so->sock, o->stack, &value);

    /* A buried socket may have no stack socket any more; it answers like a fresh one. */
    if (err != 0 && so->state != SOCKET_GONE)
        return err;
    return option_give_int(so, q, r, (int)value);
}

int option_set_real(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = option_read_int(q, &value);

    if (err != 0)
        return err;
    if (o->kind == OPTION_BOOL)
        value = value != 0;
    return option_to_stack(so, o->stack, value);
}

static int default_of(enum tarn_opt opt)
{
    switch (opt) {
    case TARN_SO_IP_TTL:
    case TARN_SO_IPV6_UNICAST_HOPS: return 64;
    case TARN_SO_MULTICAST_TTL: return 1;
    default: return 0;
    }
}

int option_set_or_default(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = option_read_int(q, &value);

    return err != 0 ? err
                    : option_to_stack(so, o->stack, value == -1 ? default_of(o->stack) : value);
}

int option_get_mtu(struct socket *so, const struct option *o, const struct posix_request *q,
                   struct posix_reply *r)
{
    bool connected = so->type != SOCK_STREAM ? so->connected : so->state == SOCKET_OPEN;

    return connected ? option_get_real(so, o, q, r) : -ENOTCONN;
}

/* ---- rows that are remembered, one bit each ---- */

int option_get_kept(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    return option_give_int(so, q, r, (so->kept & o->kept) != 0);
}

int option_set_kept(struct socket *so, const struct option *o, const struct posix_request *q)
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

int option_get_off(struct socket *so, const struct option *o, const struct posix_request *q,
                   struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, 0);
}

int option_set_off(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = option_read_int(q, &value);

    (void)so;
    (void)o;
    if (err == 0 && value != 0)
        err = -ENOPROTOOPT;
    return err;
}

/* ---- finding a row ---- */

static bool is_for(const struct option *o, const struct socket *so)
{
    switch (o->only) {
    case 0: return true;
    case OPTION_RAW: return so->type == SOCK_RAW;
    case OPTION_NO_STREAM: return so->type != SOCK_STREAM;
    case OPTION_UDPS:
        return so->type == SOCK_DGRAM &&
               (so->protocol == IPPROTO_UDP || so->protocol == IPPROTO_UDPLITE);
    default: return o->only == so->protocol;
    }
}

/* As Linux: a socket of AF_INET has no IPv6, and a raw one of AF_INET6 no IPv4. */
static bool has_level(const struct socket *so, int level)
{
    if (level == IPPROTO_IPV6)
        return so->family == AF_INET6;
    return level != IPPROTO_IP || so->family == AF_INET || so->type != SOCK_RAW;
}

static const struct option *find(const struct socket *so, const struct posix_request *q)
{
    static const struct option *const tables[] = {
        option_socket_rows, option_ip_rows,     option_ip6_rows,       option_tcp_rows,
        option_group_rows,  option_filter_rows, option_multicast_rows, option_raw_rows,
        option_md5_rows,    option_ao_rows};

    if (!has_level(so, q->args[0]))
        return NULL;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        for (const struct option *o = tables[t]; o->get != NULL || o->set != NULL; o++) {
            if (o->level == q->args[0] && o->name == q->args[1] && is_for(o, so))
                return o;
        }
    }
    return NULL;
}

/* What Linux says when a level that it does not know is read. */
static int unknown(const struct socket *so, const struct posix_request *q)
{
    int level = q->args[0];
    bool known = level == SOL_SOCKET || level == IPPROTO_IP || level == IPPROTO_IPV6 ||
                 level == so->protocol;

    if (so->family == AF_INET6)
        return -ENOPROTOOPT;
    return known && has_level(so, level) ? -ENOPROTOOPT : -EOPNOTSUPP;
}

int option_get(struct socket *so, const struct posix_request *q, struct posix_reply *r)
{
    const struct option *o = find(so, q);

    if (o == NULL || o->get == NULL)
        return o == NULL ? unknown(so, q) : -ENOPROTOOPT;
    return o->get(so, o, q, r);
}

/* Extended errors must be seen by those who poll for them. */
static bool asks_for_errors(const struct socket *so, const struct option *o)
{
    int64_t on = 0;

    return (o->stack == TARN_SO_IP_RECVERR || o->stack == TARN_SO_IPV6_RECVERR) &&
           tarn_getopt(so->px->cfg.stack, so->sock, o->stack, &on) == 0 && on != 0;
}

int option_set(struct socket *so, const struct posix_request *q, struct posix_reply *r)
{
    const struct option *o = find(so, q);
    int err;

    if (o == NULL || o->set == NULL)
        return -ENOPROTOOPT;
    err = o->set(so, o, q);
    if (err == 0 && asks_for_errors(so, o))
        err = alarm_install(so, q, r);
    return err;
}
