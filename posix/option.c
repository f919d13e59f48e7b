/* posix/option.c - getsockopt and setsockopt.
 *
 * Every option that is known is a row: REAL ones are the stack's, KEPT ones are remembered and have
 * no effect here, ENDS ones belong to the program's end of the pair, where the kernel heeds them,
 * and the rest have a function. What has no row is ENOPROTOOPT. */
#include "posix/socket.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/time.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

enum {
    RCVBUF_MIN = 2304,
    SNDBUF_MIN = 4608,
    BUFFER_MAX = 8 * 1024 * 1024,
    CC_NAME_MAX = 16,
    NS_PER_S = 1000000000
};

struct option;
typedef int get_option(struct socket *so, const struct option *o, const struct posix_request *q,
                       struct posix_reply *r);
typedef int set_option(struct socket *so, const struct option *o, const struct posix_request *q);

enum kind { REAL_INT, REAL_BOOL, KEPT };

struct option {
    int level, name;
    get_option *get; /* NULL: may not be read */
    set_option *set; /* NULL: may not be written */
    enum tarn_opt stack;
    enum kind kind;
    int only; /* SOCK_STREAM, SOCK_DGRAM, 0: both */
};

/* ---- values ---- */

static int give(struct socket *so, const struct posix_request *q, struct posix_reply *r,
                const void *value, size_t n)
{
    struct posix *px = so->px;

    memcpy(px->reply, value, n);
    r->data = px->reply;
    r->data_len = (uint32_t)(n < q->room ? n : q->room);
    return 0;
}

/* Options of IP may be read into a single byte. */
static int give_int(struct socket *so, const struct posix_request *q, struct posix_reply *r,
                    int value)
{
    uint8_t byte = (uint8_t)value;

    if (q->args[0] == IPPROTO_IP && q->room > 0 && q->room < sizeof value && value >= 0 &&
        value <= UINT8_MAX)
        return give(so, q, r, &byte, 1);
    return give(so, q, r, &value, sizeof value);
}

static int read_int(const struct posix_request *q, int *value)
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
    return give_int(so, q, r, (int)value);
}

static int set_real(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = read_int(q, &value);

    if (err != 0 || so->state == SOCKET_GONE)
        return err;
    if (o->kind == REAL_BOOL)
        value = value != 0;
    return tarn_setopt(so->px->cfg.stack, so->sock, o->stack, value, so->px->cfg.clock());
}

/* -1 stands for the default of the time to live. */
static int set_ttl(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = read_int(q, &value);

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
    int err = read_int(q, &value);
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

static uint32_t kept_bit(const struct option *o);

static int get_kept(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    return give_int(so, q, r, (so->kept & kept_bit(o)) != 0);
}

static int set_kept(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = read_int(q, &value);

    if (err != 0)
        return err;
    so->kept &= ~kept_bit(o);
    if (value != 0)
        so->kept |= kept_bit(o);
    return 0;
}

/* ---- rows of what is not done: they may be told to stay off ---- */

static int get_off(struct socket *so, const struct option *o, const struct posix_request *q,
                   struct posix_reply *r)
{
    (void)o;
    return give_int(so, q, r, 0);
}

static int set_off(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = read_int(q, &value);

    (void)so;
    (void)o;
    if (err == 0 && value != 0)
        err = -ENOPROTOOPT;
    return err;
}

/* ---- what the socket is ---- */

static int get_type(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    (void)o;
    return give_int(so, q, r, so->type);
}

static int get_protocol(struct socket *so, const struct option *o, const struct posix_request *q,
                        struct posix_reply *r)
{
    (void)o;
    return give_int(so, q, r, so->type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP);
}

static int get_domain(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r)
{
    (void)o;
    return give_int(so, q, r, AF_INET);
}

static int get_accepting(struct socket *so, const struct option *o, const struct posix_request *q,
                         struct posix_reply *r)
{
    (void)o;
    return give_int(so, q, r, so->state == SOCKET_LISTENING);
}

/* Linux's SO_SNDLOWAT is always 1. */
static int get_one(struct socket *so, const struct option *o, const struct posix_request *q,
                   struct posix_reply *r)
{
    (void)o;
    return give_int(so, q, r, 1);
}

static int get_cookie(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r)
{
    (void)o;
    if (q->room < sizeof so->cookie)
        return -EINVAL;
    return give(so, q, r, &so->cookie, sizeof so->cookie);
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

static int get_error(struct socket *so, const struct option *o, const struct posix_request *q,
                     struct posix_reply *r)
{
    (void)o;
    return give_int(so, q, r, option_take_error(so, q->from.end));
}

/* ---- linger and time limits ---- */

static int get_linger(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r)
{
    int64_t seconds = -1;
    struct linger l;

    tarn_getopt(so->px->cfg.stack, so->sock, o->stack, &seconds);
    l = (struct linger){seconds >= 0, seconds >= 0 ? (int)seconds : 0};
    return give(so, q, r, &l, sizeof l);
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
    return tarn_setopt(so->px->cfg.stack, so->sock, o->stack, seconds, so->px->cfg.clock());
}

/* The kernel heeds them in reads and writes of the program's end; a held call heeds them here. */
static int set_timeout(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct timeval tv;
    uint64_t ns;

    if (setsockopt(q->from.end, SOL_SOCKET, o->name, q->data, q->data_len) != 0)
        return -errno;
    memcpy(&tv, q->data, sizeof tv);
    ns = tv.tv_sec < 0 ? 0 : (uint64_t)tv.tv_sec * NS_PER_S + (uint64_t)tv.tv_usec * 1000u;
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
    return give(so, q, r, value, len);
}

static int set_on_end(struct socket *so, const struct option *o, const struct posix_request *q)
{
    (void)so;
    return setsockopt(q->from.end, o->level, o->name, q->data, q->data_len) == 0 ? 0 : -errno;
}

/* ---- TCP ---- */

static int get_congestion(struct socket *so, const struct option *o, const struct posix_request *q,
                          struct posix_reply *r)
{
    char text[CC_NAME_MAX] = {0};
    const char *name;
    int err = tarn_get_cc(so->px->cfg.stack, so->sock, &name);

    (void)o;
    if (err != 0)
        return err;
    strncpy(text, name, sizeof text - 1);
    return give(so, q, r, text, sizeof text);
}

static int set_congestion(struct socket *so, const struct option *o, const struct posix_request *q)
{
    size_t len = strnlen((const char *)q->data, q->data_len);

    (void)o;
    if (q->data_len < 1)
        return -EINVAL;
    return tarn_set_cc(so->px->cfg.stack, so->sock, (const char *)q->data,
                       len < CC_NAME_MAX ? len : CC_NAME_MAX - 1);
}

static void info_to_linux(const struct tarn_tcp_info *in, struct tcp_info *out)
{
    *out = (struct tcp_info){
        .tcpi_state = in->state,
        .tcpi_ca_state = in->ca_state,
        .tcpi_retransmits = in->retransmits,
        .tcpi_probes = in->probes,
        .tcpi_backoff = in->backoff,
        .tcpi_options = in->options,
        .tcpi_snd_wscale = in->snd_wscale & 15u,
        .tcpi_rcv_wscale = in->rcv_wscale & 15u,
        .tcpi_rto = in->rto_us,
        .tcpi_ato = in->ato_us,
        .tcpi_snd_mss = in->snd_mss,
        .tcpi_rcv_mss = in->rcv_mss,
        .tcpi_unacked = in->unacked_segs,
        .tcpi_sacked = in->sacked_segs,
        .tcpi_lost = in->lost_segs,
        .tcpi_retrans = in->retrans_segs,
        .tcpi_last_data_sent = in->last_data_sent_ms,
        .tcpi_last_data_recv = in->last_data_recv_ms,
        .tcpi_last_ack_recv = in->last_ack_recv_ms,
        .tcpi_pmtu = in->pmtu,
        .tcpi_rcv_ssthresh = in->rcv_ssthresh,
        .tcpi_rtt = in->rtt_us,
        .tcpi_rttvar = in->rttvar_us,
        .tcpi_snd_ssthresh = in->snd_ssthresh_segs,
        .tcpi_snd_cwnd = in->snd_cwnd_segs,
        .tcpi_advmss = in->advmss,
        .tcpi_reordering = in->reordering_segs,
        .tcpi_rcv_rtt = in->rcv_rtt_us,
        .tcpi_rcv_space = in->rcv_space,
        .tcpi_total_retrans = in->total_retrans_segs,
        .tcpi_pacing_rate = in->pacing_rate,
        .tcpi_max_pacing_rate = UINT64_MAX,
        .tcpi_bytes_acked = in->bytes_acked,
        .tcpi_bytes_received = in->bytes_received,
        .tcpi_segs_out = (uint32_t)in->segs_out,
        .tcpi_segs_in = (uint32_t)in->segs_in,
        .tcpi_notsent_bytes = in->notsent_bytes,
        .tcpi_min_rtt = in->min_rtt_us,
        .tcpi_data_segs_in = (uint32_t)in->data_segs_in,
        .tcpi_data_segs_out = (uint32_t)in->data_segs_out,
        .tcpi_delivery_rate = in->delivery_rate,
        .tcpi_busy_time = in->busy_us,
        .tcpi_rwnd_limited = in->rwnd_limited_us,
        .tcpi_sndbuf_limited = in->sndbuf_limited_us,
        .tcpi_bytes_sent = in->bytes_sent,
        .tcpi_bytes_retrans = in->bytes_retrans,
        .tcpi_dsack_dups = in->dsack_dups_segs,
        .tcpi_rcv_ooopack = in->rcv_ooopack_segs,
        .tcpi_snd_wnd = in->snd_wnd,
    };
}

static int get_info(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    struct tarn_tcp_info in = {.state = TARN_TCP_CLOSED};
    struct tcp_info out;

    (void)o;
    tarn_tcp_info(so->px->cfg.stack, so->sock, &in, so->px->cfg.clock());
    info_to_linux(&in, &out);
    return give(so, q, r, &out, sizeof out);
}

/* ---- the table ---- */

#define REAL(level, name, opt, kind, only)                         \
    {                                                              \
        level, name, get_real, set_real, TARN_SO_##opt, kind, only \
    }
#define STORED(level, name)                                 \
    {                                                       \
        level, name, get_kept, set_kept, TARN_SO_N, KEPT, 0 \
    }
#define SPECIAL(level, name, get, set, opt, only)            \
    {                                                        \
        level, name, get, set, TARN_SO_##opt, REAL_INT, only \
    }

static const struct option options[] = {
    SPECIAL(SOL_SOCKET, SO_ERROR, get_error, NULL, ERROR, 0),
    SPECIAL(SOL_SOCKET, SO_TYPE, get_type, NULL, TYPE, 0),
    SPECIAL(SOL_SOCKET, SO_PROTOCOL, get_protocol, NULL, PROTOCOL, 0),
    SPECIAL(SOL_SOCKET, SO_DOMAIN, get_domain, NULL, FAMILY, 0),
    SPECIAL(SOL_SOCKET, SO_ACCEPTCONN, get_accepting, NULL, ACCEPTCONN, 0),
    SPECIAL(SOL_SOCKET, SO_COOKIE, get_cookie, NULL, N, 0),
    SPECIAL(SOL_SOCKET, SO_LINGER, get_linger, set_linger, LINGER, 0),
    SPECIAL(SOL_SOCKET, SO_RCVTIMEO, get_from_end, set_timeout, N, 0),
    SPECIAL(SOL_SOCKET, SO_SNDTIMEO, get_from_end, set_timeout, N, 0),
    SPECIAL(SOL_SOCKET, SO_RCVLOWAT, get_from_end, set_on_end, N, 0),
    SPECIAL(SOL_SOCKET, SO_SNDLOWAT, get_one, NULL, N, 0),
    SPECIAL(SOL_SOCKET, SO_RCVBUF, get_real, set_buffer, RCVBUF, 0),
    SPECIAL(SOL_SOCKET, SO_SNDBUF, get_real, set_buffer, SNDBUF, 0),
    SPECIAL(SOL_SOCKET, SO_RCVBUFFORCE, NULL, set_buffer, RCVBUF, 0),
    SPECIAL(SOL_SOCKET, SO_SNDBUFFORCE, NULL, set_buffer, SNDBUF, 0),
    REAL(SOL_SOCKET, SO_REUSEADDR, REUSEADDR, REAL_BOOL, 0),
    REAL(SOL_SOCKET, SO_REUSEPORT, REUSEPORT, REAL_BOOL, 0),
    REAL(SOL_SOCKET, SO_KEEPALIVE, KEEPALIVE, REAL_BOOL, 0),
    REAL(SOL_SOCKET, SO_BROADCAST, BROADCAST, REAL_BOOL, 0),
    REAL(SOL_SOCKET, SO_OOBINLINE, OOBINLINE, REAL_BOOL, 0),
    REAL(SOL_SOCKET, SO_PRIORITY, PRIORITY, REAL_INT, 0),
    REAL(SOL_SOCKET, SO_MARK, MARK, REAL_INT, 0),
    SPECIAL(SOL_SOCKET, SO_TIMESTAMP, get_off, set_off, N, 0),
    SPECIAL(SOL_SOCKET, SO_TIMESTAMPNS, get_off, set_off, N, 0),
    SPECIAL(IPPROTO_IP, IP_PKTINFO, get_off, set_off, N, 0),
    SPECIAL(IPPROTO_IP, IP_RECVTTL, get_off, set_off, N, 0),
    SPECIAL(IPPROTO_IP, IP_RECVTOS, get_off, set_off, N, 0),
    SPECIAL(IPPROTO_IP, IP_FREEBIND, get_off, set_off, N, 0),
    STORED(SOL_SOCKET, SO_DEBUG),
    STORED(SOL_SOCKET, SO_DONTROUTE),
    STORED(SOL_SOCKET, SO_NO_CHECK),
    REAL(IPPROTO_IP, IP_TOS, IP_TOS, REAL_INT, 0),
    SPECIAL(IPPROTO_IP, IP_TTL, get_real, set_ttl, IP_TTL, 0),
    REAL(IPPROTO_IP, IP_MTU_DISCOVER, IP_MTU_DISCOVER, REAL_INT, 0),
    REAL(IPPROTO_IP, IP_RECVERR, IP_RECVERR, REAL_BOOL, 0),
    SPECIAL(IPPROTO_IP, IP_MTU, get_mtu, NULL, IP_MTU, 0),
    STORED(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT),
    REAL(IPPROTO_TCP, TCP_NODELAY, TCP_NODELAY, REAL_BOOL, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_CORK, TCP_CORK, REAL_BOOL, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_MAXSEG, TCP_MAXSEG, REAL_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_KEEPIDLE, TCP_KEEPIDLE, REAL_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_KEEPINTVL, TCP_KEEPINTVL, REAL_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_KEEPCNT, TCP_KEEPCNT, REAL_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_SYNCNT, TCP_SYNCNT, REAL_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_LINGER2, TCP_LINGER2, REAL_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_DEFER_ACCEPT, TCP_DEFER_ACCEPT, REAL_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_WINDOW_CLAMP, TCP_WINDOW_CLAMP, REAL_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_QUICKACK, TCP_QUICKACK, REAL_BOOL, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_USER_TIMEOUT, TCP_USER_TIMEOUT, REAL_INT, SOCK_STREAM),
    REAL(IPPROTO_TCP, TCP_NOTSENT_LOWAT, TCP_NOTSENT_LOWAT, REAL_INT, SOCK_STREAM),
    SPECIAL(IPPROTO_TCP, TCP_CONGESTION, get_congestion, set_congestion, N, SOCK_STREAM),
    SPECIAL(IPPROTO_TCP, TCP_INFO, get_info, NULL, N, SOCK_STREAM),
};

static uint32_t kept_bit(const struct option *o)
{
    return 1u << (unsigned)((size_t)(o - options) % 32);
}

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
