/* posix/option/option_socket.c - options of SOL_SOCKET that say what a socket is, or that its end
 * heeds.
 */
#include "posix/option/option.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/time.h>

/* Linux's, which an older C library does not name. */
enum { PREFER_BUSY_POLL = 69, BUSY_POLL_BUDGET = 70 };
/* Beside the numbers that depend on the C library's time_t; on this machine the same values. */
enum { TIMESTAMP_NEW = 63, TIMESTAMPNS_NEW = 64, BIND_TO_IFINDEX = 62 };
enum { NS_PER_S = 1000000000 };
enum { RCVBUF_MIN = 2304, SNDBUF_MIN = 4608, BUFFER_MAX = 8 * 1024 * 1024 };

/* ---- what the socket is ---- */

static int get_type(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, so->type);
}

static int get_protocol(struct socket *so, const struct option *o, const struct posix_request *q,
                        struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, so->protocol);
}

static int get_domain(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, so->family);
}

static int get_accepting(struct socket *so, const struct option *o, const struct posix_request *q,
                         struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, so->state == SOCKET_LISTENING);
}

/* Linux's SO_SNDLOWAT is always 1. */
static int get_one(struct socket *so, const struct option *o, const struct posix_request *q,
                   struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, 1);
}

static int get_cookie(struct socket *so, const struct option *o, const struct posix_request *q,
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
    if (so->type != SOCK_STREAM)
        dgram_forget_error(so, program_end);
    if (err == 0 && so->state != SOCKET_GONE &&
        tarn_getopt(so->px->cfg.stack, so->sock, TARN_SO_ERROR, &of_stack) == 0)
        err = (int)of_stack;
    /* The end's own error (a reset) is the same event in other words: away with it. If a read has
     * reported it already, there is none any more. */
    (void)getsockopt(program_end, SOL_SOCKET, SO_ERROR, &of_end, &len);
    return so->end < 0 && of_end == 0 ? 0 : err;
}

static int get_error(struct socket *so, const struct option *o, const struct posix_request *q,
                     struct posix_reply *r)
{
    (void)o;
    return option_give_int(so, q, r, option_take_error(so, q->from.end));
}

/* Linux's SK_MEMINFO_*: what the socket holds, and may hold. */
static int get_meminfo(struct socket *so, const struct option *o, const struct posix_request *q,
                       struct posix_reply *r)
{
    enum { RMEM_ALLOC, RCVBUF, WMEM_ALLOC, SNDBUF, FWD_ALLOC, WMEM_QUEUED, N = 9 };
    static const struct {
        unsigned at;
        enum tarn_opt opt;
    } from[] = {{RMEM_ALLOC, TARN_SO_NREAD},
                {RCVBUF, TARN_SO_RCVBUF},
                {WMEM_ALLOC, TARN_SO_NWRITE},
                {SNDBUF, TARN_SO_SNDBUF},
                {WMEM_QUEUED, TARN_SO_NWRITE}};
    uint32_t info[N] = {0};
    int64_t value;

    (void)o;
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++)
        if (tarn_getopt(so->px->cfg.stack, so->sock, from[i].opt, &value) == 0)
            info[from[i].at] = (uint32_t)value;
    return option_give(so, q, r, info, sizeof info);
}

/* Bytes per second in 4 or 8 bytes; all ones: no limit. */
static int get_pacing(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r)
{
    int64_t rate = INT64_MAX;
    uint64_t wide;
    uint32_t narrow;

    tarn_getopt(so->px->cfg.stack, so->sock, o->stack, &rate);
    wide = rate == INT64_MAX ? UINT64_MAX : (uint64_t)rate;
    narrow = wide < UINT32_MAX ? (uint32_t)wide : UINT32_MAX;
    return q->room >= sizeof wide ? option_give(so, q, r, &wide, sizeof wide)
                                  : option_give(so, q, r, &narrow, sizeof narrow);
}

static int set_pacing(struct socket *so, const struct option *o, const struct posix_request *q)
{
    uint64_t wide = 0;
    uint32_t narrow = 0;

    if (q->data_len < sizeof narrow)
        return -EINVAL;
    memcpy(&narrow, q->data, sizeof narrow);
    if (q->data_len >= sizeof wide)
        memcpy(&wide, q->data, sizeof wide);
    else
        wide = narrow == UINT32_MAX ? UINT64_MAX : narrow;
    return option_to_stack(so, o->stack, wide > INT64_MAX ? INT64_MAX : (int64_t)wide);
}

/* ---- linger and time limits ---- */

static int get_linger(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r)
{
    int64_t seconds = -1;
    struct linger l;

    tarn_getopt(so->px->cfg.stack, so->sock, o->stack, &seconds);
    l = (struct linger){seconds >= 0, seconds >= 0 ? (int)seconds : 0};
    return option_give(so, q, r, &l, sizeof l);
}

static int set_linger(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct linger l;
    int64_t seconds = -1;

    if (q->data_len < sizeof l)
        return -EINVAL;
    memcpy(&l, q->data, sizeof l);
    if (l.l_onoff != 0)
        seconds = l.l_linger < 0 || l.l_linger > UINT16_MAX ? UINT16_MAX : l.l_linger;
    return option_to_stack(so, o->stack, seconds);
}

/* The kernel heeds them in reads and writes of the program's end; a held call heeds them here. */
static int set_timeout(struct socket *so, const struct option *o, const struct posix_request *q)
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

static int get_from_end(struct socket *so, const struct option *o, const struct posix_request *q,
                        struct posix_reply *r)
{
    uint8_t value[64];
    socklen_t len = q->room < sizeof value ? q->room : sizeof value;

    if (getsockopt(q->from.end, o->level, o->name, value, &len) != 0)
        return -errno;
    return option_give(so, q, r, value, len);
}

static int set_on_end(struct socket *so, const struct option *o, const struct posix_request *q)
{
    (void)so;
    return setsockopt(q->from.end, o->level, o->name, q->data, q->data_len) == 0 ? 0 : -errno;
}

/* Remembered for the connections of a listener; the pair heeds it. */
static int set_in_line(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int err = option_set_kept(so, o, q);

    return err == 0 && so->type == SOCK_STREAM ? set_on_end(so, o, q) : err;
}

/* ---- buffers ---- */

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
    return option_to_stack(so, o->stack, bytes);
}

/* ---- one interface ---- */

/* By name, cut to what a name may have; "" takes the bond away. */
static int set_device(struct socket *so, const struct option *o, const struct posix_request *q)
{
    char name[IFNAMSIZ] = {0};
    struct tarn_port_info info;

    memcpy(name, q->data, q->data_len < IFNAMSIZ - 1 ? q->data_len : IFNAMSIZ - 1);
    if (name[0] == '\0')
        return option_to_stack(so, o->stack, 0);
    for (unsigned port = 0; tarn_port_get(so->px->cfg.stack, port, &info) == 0; port++) {
        if (strncmp(info.name, name, IFNAMSIZ) == 0)
            return option_to_stack(so, o->stack, port + 1);
    }
    return -ENODEV;
}

static int get_device(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r)
{
    int64_t index = 0;
    struct tarn_port_info info;

    (void)tarn_getopt(so->px->cfg.stack, so->sock, o->stack, &index);
    if (index == 0 || tarn_port_get(so->px->cfg.stack, (unsigned)index - 1, &info) != 0)
        return option_give(so, q, r, "", 0);
    if (q->room < IFNAMSIZ)
        return -EINVAL;
    return option_give(so, q, r, info.name, strnlen(info.name, IFNAMSIZ - 1) + 1);
}

/* ---- time stamps ---- */

/* One form of them at a time: the last that was asked for. */
static int set_stamp(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = option_read_int(q, &value);

    if (err != 0)
        return err;
    so->kept &=
        ~(uint32_t)(KEPT_TIMESTAMP | KEPT_TIMESTAMPNS | KEPT_TIMESTAMP_NEW | KEPT_TIMESTAMPNS_NEW);
    if (value != 0)
        so->kept |= o->kept;
    return 0;
}

/* ---- what local sockets know of their peers ---- */

/* Linux's answer for a peer that is no process of this system. */
static int get_credentials(struct socket *so, const struct option *o, const struct posix_request *q,
                           struct posix_reply *r)
{
    static const struct {
        int32_t pid;
        uint32_t uid, gid;
    } nobody = {0, UINT32_MAX, UINT32_MAX};

    (void)o;
    return option_give(so, q, r, &nobody, sizeof nobody);
}

static int get_local_only(struct socket *so, const struct option *o, const struct posix_request *q,
                          struct posix_reply *r)
{
    (void)so;
    (void)o;
    (void)q;
    (void)r;
    return -EOPNOTSUPP;
}

static int set_local_only(struct socket *so, const struct option *o, const struct posix_request *q)
{
    return get_local_only(so, o, q, NULL);
}

/* ---- the table ---- */

/* Without effect on what a program sees: the kernel keeps it with the program's end. */
#define ON_END(name, only) OPTION_SPECIAL(SOL_SOCKET, name, get_from_end, set_on_end, N, only)

#define STAMP(name, kept)                                                                    \
    {                                                                                        \
        SOL_SOCKET, name, option_get_kept, set_stamp, TARN_SO_N, OPTION_BOOL, 0, KEPT_##kept \
    }

const struct option option_socket_rows[] = {
    OPTION_SPECIAL(SOL_SOCKET, SO_ERROR, get_error, NULL, ERROR, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_TYPE, get_type, NULL, TYPE, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_PROTOCOL, get_protocol, NULL, PROTOCOL, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_DOMAIN, get_domain, NULL, FAMILY, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_ACCEPTCONN, get_accepting, NULL, ACCEPTCONN, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_COOKIE, get_cookie, NULL, N, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_LINGER, get_linger, set_linger, LINGER, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_RCVTIMEO, get_from_end, set_timeout, N, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_SNDTIMEO, get_from_end, set_timeout, N, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_RCVLOWAT, get_from_end, set_on_end, N, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_SNDLOWAT, get_one, NULL, N, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_RCVBUF, option_get_real, set_buffer, RCVBUF, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_SNDBUF, option_get_real, set_buffer, SNDBUF, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_RCVBUFFORCE, NULL, set_buffer, RCVBUF, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_SNDBUFFORCE, NULL, set_buffer, SNDBUF, 0),
    OPTION_REAL(SOL_SOCKET, SO_REUSEADDR, REUSEADDR, OPTION_BOOL, 0),
    OPTION_REAL(SOL_SOCKET, SO_REUSEPORT, REUSEPORT, OPTION_BOOL, 0),
    OPTION_REAL(SOL_SOCKET, SO_KEEPALIVE, KEEPALIVE, OPTION_BOOL, IPPROTO_TCP),
    ON_END(SO_KEEPALIVE, OPTION_NO_STREAM),
    OPTION_REAL(SOL_SOCKET, SO_BROADCAST, BROADCAST, OPTION_BOOL, 0),
    {SOL_SOCKET, SO_OOBINLINE, option_get_kept, set_in_line, TARN_SO_N, OPTION_BOOL, 0,
     KEPT_OOBINLINE},
    OPTION_SPECIAL(SOL_SOCKET, SO_MEMINFO, get_meminfo, NULL, N, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_MAX_PACING_RATE, get_pacing, set_pacing, MAX_PACING_RATE,
                   IPPROTO_TCP),
    ON_END(SO_MAX_PACING_RATE, OPTION_NO_STREAM),
    ON_END(SO_BSDCOMPAT, 0),
    ON_END(SO_RXQ_OVFL, 0),
    ON_END(SO_SELECT_ERR_QUEUE, 0),
    ON_END(SO_BUSY_POLL, 0),
    ON_END(PREFER_BUSY_POLL, 0),
    ON_END(BUSY_POLL_BUDGET, 0),
    ON_END(SO_INCOMING_CPU, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_PEERCRED, get_credentials, NULL, N, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_PASSCRED, get_local_only, set_local_only, N, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_PASSSEC, get_local_only, set_local_only, N, 0),
    OPTION_REAL(SOL_SOCKET, SO_PRIORITY, PRIORITY, OPTION_INT, 0),
    OPTION_REAL(SOL_SOCKET, SO_MARK, MARK, OPTION_INT, 0),
    OPTION_REAL(SOL_SOCKET, SO_NO_CHECK, NO_CHECK, OPTION_BOOL, OPTION_UDPS),
    OPTION_REAL(SOL_SOCKET, BIND_TO_IFINDEX, BINDTODEVICE, OPTION_INT, 0),
    OPTION_SPECIAL(SOL_SOCKET, SO_BINDTODEVICE, get_device, set_device, BINDTODEVICE, 0),
    STAMP(SO_TIMESTAMP, TIMESTAMP),
    STAMP(SO_TIMESTAMPNS, TIMESTAMPNS),
    STAMP(TIMESTAMP_NEW, TIMESTAMP_NEW),
    STAMP(TIMESTAMPNS_NEW, TIMESTAMPNS_NEW),
    OPTION_STORED(SOL_SOCKET, SO_DEBUG, DEBUG),
    OPTION_STORED(SOL_SOCKET, SO_DONTROUTE, DONTROUTE),
    {0},
};
