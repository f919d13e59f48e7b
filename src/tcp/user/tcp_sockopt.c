/* tcp/user/tcp_sockopt.c - socket options of TCP (include/tarn/opt.def). Ranges are checked above.
 */
#include "tcp/user/tcp_user.h"

#include "base/bits.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/open/tcp_open.h"
#include "tcp/path/tcp_path.h"
#include "tcp/receive/tcp_receive.h"
#include "tcp/tcp_machine.h"

enum { LINGER2_MAX_S = 120 }; /* Linux's TCP_FIN_TIMEOUT_MAX */

/* Options that can be switched off altogether. */
static const struct {
    enum tarn_opt opt;
    enum param param;
} switches[] = {
    {TARN_SO_TCP_CORK, PARAM_TCP_CORK},
    {TARN_SO_TCP_QUICKACK, PARAM_TCP_QUICKACK},
    {TARN_SO_LINGER, PARAM_TCP_LINGER},
    {TARN_SO_TCP_LINGER2, PARAM_TCP_LINGER},
    {TARN_SO_TCP_NOTSENT_LOWAT, PARAM_TCP_NOTSENT_LOWAT},
    {TARN_SO_TCP_USER_TIMEOUT, PARAM_TCP_USER_TIMEOUT},
};

static bool is_off(const struct tarn *st, enum tarn_opt opt)
{
    for (size_t i = 0; i < ARRAY_LEN(switches); i++)
        if (switches[i].opt == opt)
            return st->param[switches[i].param] == 0;
    return false;
}

void tcp_options_inherit(struct tarn *st, struct tcp_sock *tc, const struct tcp_sock *from)
{
    tc->rcv_buf = from->rcv_buf;
    tc->snd_buf = from->snd_buf;
    tc->rcv_buf_fixed = from->rcv_buf_fixed;
    tc->snd_buf_fixed = from->snd_buf_fixed;
    tc->nodelay = from->nodelay;
    tc->cork = from->cork;
    tc->keepalive = from->keepalive;
    tc->oob_inline = from->oob_inline;
    tc->keep_idle_s = from->keep_idle_s;
    tc->keep_intvl_s = from->keep_intvl_s;
    tc->keep_cnt = from->keep_cnt;
    tc->linger_s = from->linger_s;
    tc->linger2_s = from->linger2_s;
    tc->user_mss = from->user_mss;
    tc->window_clamp = from->window_clamp;
    tc->notsent_lowat = from->notsent_lowat;
    tc->rcv_lowat = from->rcv_lowat;
    tc->cc = from->cc;
    if (from->paced)
        (void)tcp_pace_set_limit(st, tc, tcp_pace_limit(st, from));
    (void)tcp_uto_set(st, tc, tcp_uto_chosen_ms(st, from));
}

static void set_rcv_buf(const struct tarn *st, struct tcp_sock *tc, uint32_t bytes)
{
    tc->rcv_buf = max_u32(bytes, (uint32_t)st->param[PARAM_TCP_RMEM_MIN]);
    tc->rcv_buf_fixed = 1;
    tcp_window_update(st, tc, UINT32_MAX);
}

static void set_snd_buf(struct tarn *st, struct tcp_sock *tc, uint32_t bytes)
{
    tc->snd_buf = max_u32(bytes, (uint32_t)st->param[PARAM_TCP_WMEM_MIN]);
    tc->snd_buf_fixed = 1;
    tcp_write_space(st, tc);
}

static int set_switch(struct tarn *st, struct tcp_sock *tc, enum tarn_opt opt, bool on, tarn_ns now)
{
    switch (opt) {
    case TARN_SO_TCP_FASTOPEN_CONNECT:
    case TARN_SO_TCP_FASTOPEN_NO_COOKIE: return tcp_fastopen_setopt(st, tc, opt, on);
    case TARN_SO_KEEPALIVE:
        tc->keepalive = on;
        tcp_keepalive_update(st, tc, now);
        return 0;
    case TARN_SO_OOBINLINE: tc->oob_inline = on; return 0;
    case TARN_SO_TCP_NODELAY:
        tc->nodelay = on;
        tc->forced = tc->forced || (on && tcp_unsent(tc) > 0); /* what waits goes, corked or not */
        return 0;
    case TARN_SO_TCP_INQ: tc->inq = on; return 0;
    case TARN_SO_TCP_CORK: tc->cork = on; return 0;
    case TARN_SO_TCP_QUICKACK: tcp_quickack_set(tc, on); return 0;
    default: return -TARN_ENOPROTOOPT;
    }
}

static int set_number(struct tarn *st, struct tcp_sock *tc, enum tarn_opt opt, int64_t value,
                      tarn_ns now)
{
    switch (opt) {
    case TARN_SO_TCP_FASTOPEN: return tcp_fastopen_setopt(st, tc, opt, value);
    case TARN_SO_RCVBUF: set_rcv_buf(st, tc, (uint32_t)value); break;
    case TARN_SO_SNDBUF: set_snd_buf(st, tc, (uint32_t)value); break;
    case TARN_SO_LINGER: tc->linger_s = (int32_t)value; break;
    case TARN_SO_RCVLOWAT:
        tc->rcv_lowat = (uint32_t)value;
        tcp_readable(st, tc);
        break;
    case TARN_SO_TCP_MAXSEG:
        if (value != 0 && value < TCP_MSS_FLOOR)
            return -TARN_EINVAL;
        tc->user_mss = (uint16_t)value;
        break;
    case TARN_SO_TCP_KEEPIDLE: tc->keep_idle_s = (uint16_t)value; break;
    case TARN_SO_TCP_KEEPINTVL: tc->keep_intvl_s = (uint16_t)value; break;
    case TARN_SO_TCP_KEEPCNT: tc->keep_cnt = (uint8_t)value; break;
    case TARN_SO_TCP_SYNCNT: tc->syn_cnt = (uint8_t)value; break;
    case TARN_SO_TCP_USER_TIMEOUT: return tcp_uto_set(st, tc, (uint32_t)value);
    case TARN_SO_TCP_DEFER_ACCEPT: tc->defer_s = (uint16_t)value; break;
    case TARN_SO_TCP_LINGER2:
        tc->linger2_s = (int16_t)(value < LINGER2_MAX_S ? value : LINGER2_MAX_S);
        break;
    case TARN_SO_MAX_PACING_RATE:
        return tcp_pace_set_limit(st, tc, value == INT64_MAX ? UINT64_MAX : (uint64_t)value);
    case TARN_SO_TCP_WINDOW_CLAMP: tc->window_clamp = (uint32_t)value; break;
    case TARN_SO_TCP_NOTSENT_LOWAT:
        tc->notsent_lowat = (uint32_t)value;
        tcp_write_space(st, tc);
        break;
    default: return set_switch(st, tc, opt, value != 0, now);
    }
    if (opt == TARN_SO_TCP_KEEPIDLE || opt == TARN_SO_TCP_KEEPINTVL)
        tcp_keepalive_update(st, tc, now);
    return 0;
}

int tcp_setopt(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);
    int err = is_off(st, opt) ? -TARN_ENOPROTOOPT : set_number(st, tc, opt, value, now);

    if (err == 0)
        tcp_settle(st, tc, now);
    return err;
}

static int64_t or_param(const struct tarn *st, int64_t value, enum param p)
{
    return value != 0 ? value : st->param[p];
}

static int get_timing(const struct tarn *st, const struct tcp_sock *tc, enum tarn_opt opt,
                      int64_t *value)
{
    switch (opt) {
    case TARN_SO_TCP_KEEPIDLE: *value = or_param(st, tc->keep_idle_s, PARAM_TCP_KEEPIDLE_S); break;
    case TARN_SO_TCP_KEEPINTVL:
        *value = or_param(st, tc->keep_intvl_s, PARAM_TCP_KEEPINTVL_S);
        break;
    case TARN_SO_TCP_KEEPCNT: *value = or_param(st, tc->keep_cnt, PARAM_TCP_KEEPCNT); break;
    case TARN_SO_TCP_SYNCNT: *value = or_param(st, tc->syn_cnt, PARAM_TCP_SYN_RETRIES); break;
    case TARN_SO_TCP_USER_TIMEOUT: *value = tcp_uto_chosen_ms(st, tc); break;
    case TARN_SO_TCP_DEFER_ACCEPT: *value = tc->defer_s; break;
    case TARN_SO_TCP_LINGER2:
        *value = tc->linger2_s != 0 ? tc->linger2_s : st->param[PARAM_TCP_FIN_TIMEOUT_MS] / 1000;
        break;
    case TARN_SO_LINGER: *value = tc->linger_s; break;
    default: return -TARN_ENOPROTOOPT;
    }
    return 0;
}

/* Before there is a connection, what was asked for. */
static uint32_t mss_of(const struct tcp_sock *tc)
{
    return tc->user_mss != 0 && tcp_in(tc, TCP_S(CLOSED) | TCP_S(LISTEN)) ? tc->user_mss
                                                                          : tc->snd_mss;
}

int tcp_getopt(const struct tarn *st, const struct sock *sk, enum tarn_opt opt, int64_t *value)
{
    const struct tcp_sock *tc = tcp_of_const(sk);

    if (is_off(st, opt))
        return -TARN_ENOPROTOOPT;
    switch (opt) {
    case TARN_SO_KEEPALIVE: *value = tc->keepalive; break;
    case TARN_SO_OOBINLINE: *value = tc->oob_inline; break;
    case TARN_SO_TCP_NODELAY: *value = tc->nodelay; break;
    case TARN_SO_TCP_CORK: *value = tc->cork; break;
    case TARN_SO_TCP_QUICKACK: *value = !tc->pingpong; break;
    case TARN_SO_RCVBUF: *value = tc->rcv_buf; break;
    case TARN_SO_SNDBUF: *value = tc->snd_buf; break;
    case TARN_SO_RCVLOWAT: *value = tc->rcv_lowat; break;
    case TARN_SO_TCP_MAXSEG: *value = mss_of(tc); break;
    case TARN_SO_TCP_INQ: *value = tc->inq; break;
    case TARN_SO_TCP_WINDOW_CLAMP: *value = tc->window_clamp; break;
    case TARN_SO_TCP_NOTSENT_LOWAT: *value = tc->notsent_lowat; break;
    case TARN_SO_MAX_PACING_RATE:
        *value = (int64_t)min_u64(tcp_pace_limit(st, tc), INT64_MAX);
        break;
    case TARN_SO_NREAD: *value = tc->recvq.bytes; break;
    case TARN_SO_ATMARK: *value = tcp_urgent_is_next(st, tc); break;
    case TARN_SO_NWRITE: *value = tc->sendq.bytes; break;
    case TARN_SO_NOTSENT: *value = tcp_unsent(tc); break;
    case TARN_SO_TCP_FASTOPEN:
    case TARN_SO_TCP_FASTOPEN_CONNECT:
    case TARN_SO_TCP_FASTOPEN_NO_COOKIE: return tcp_fastopen_getopt(st, tc, opt, value);
    default: return get_timing(st, tc, opt, value);
    }
    return 0;
}
