/* tcp/tcp_opts.c - options and what follows from them: window scale, timestamps, PAWS. What follows
 * from the MSS is in tcp_mtu.c.
 *
 * RFC 9293 3.2 and 3.7.1, RFC 7323, RFC 2018 2. Options are offered in Linux's order (the codec
 * writes them so), because some middleboxes know no other. A segment without the agreed timestamp
 * is accepted, as Linux does: RFC 7323 3.2 would drop it, but old middleboxes strip the option in
 * mid-connection. */
#include "tcp/tcp_machine.h"

#include "base/bits.h"
#include "tcp/auth/tcp_auth.h"
#include "tcp/path/tcp_path.h"

enum { PAWS_DAYS_S = 24 * 24 * 3600 };

uint8_t tcp_wscale_of(const struct tarn *st, const struct tcp_sock *tc)
{
    uint32_t most = (uint32_t)st->param[PARAM_TCP_RMEM_MAX];
    uint32_t space = tc->rcv_buf_fixed ? tc->rcv_buf / 2 : max_u32(most, tc->rcv_buf);
    unsigned bits = log2_u32(max_u32(space, 1 << 15));

    return (uint8_t)min_u32(bits - 15, TCP_MAX_WSCALE);
}

uint32_t tcp_ts_now(uint32_t offset, tarn_ns now)
{
    return tcp_ms(now) + offset;
}

/* Are timestamps ours to offer? */
static bool offers_timestamps(const struct tarn *st, const struct tcp_sock *tc)
{
    return st->param[PARAM_TCP_TIMESTAMPS] != 0 &&
           !(tc->keyed &&
             tcp_auth_bars_timestamps(tcp_auth_key(st, tc), st->param[PARAM_TCP_SACK] != 0));
}

void tcp_opts_syn(const struct tarn *st, const struct tcp_sock *tc, struct tcp_opts *o, tarn_ns now)
{
    bool answer = tc->state != TARN_TCP_SYN_SENT;
    const struct tcp_extra *x = tcp_extra(st, tc);

    *o = (struct tcp_opts){.has_mss = true, .mss = tc->adv_mss, .wscale = tc->rcv_wscale};
    o->sack_permitted = answer ? tc->sack_ok : st->param[PARAM_TCP_SACK] != 0;
    o->has_wscale = answer ? tc->wscale_ok : st->param[PARAM_TCP_WINDOW_SCALING] != 0;
    o->has_timestamps = answer ? tc->ts_ok : offers_timestamps(st, tc);
    o->ts_value = tcp_ts_now(tc->ts_offset, now);
    o->ts_echo = answer ? tc->ts_recent : 0;
    o->has_cookie = x != NULL && x->fo.has_cookie;
    if (o->has_cookie)
        o->cookie = x->fo.cookie;
}

/* Member by member: this is done for every segment, and SACK blocks are looked at only if n_sack
 * says that there are some. */
void tcp_opts_segment(const struct tcp_sock *tc, struct tcp_opts *o, tarn_ns now)
{
    o->has_mss = o->has_wscale = o->sack_permitted = o->has_cookie = o->has_ecn = false;
    o->n_sack = 0;
    o->auth = TCP_AUTH_NONE;
    o->has_uto = false;
    o->has_timestamps = tc->ts_ok;
    if (tc->ts_ok) {
        o->ts_value = tcp_ts_now(tc->ts_offset, now);
        o->ts_echo = tc->ts_recent;
    }
}

/* Our side offered everything that the parameters allow; an option is on when both did. */
void tcp_opts_agree(const struct tarn *st, struct tcp_sock *tc, const struct tcp_opts *o,
                    tarn_ns now)
{
    tc->peer_mss = o->has_mss ? o->mss : tcp_mss_default(st, &tc->sk.remote.ip);
    tc->sack_ok = o->sack_permitted && st->param[PARAM_TCP_SACK] != 0;
    tc->wscale_ok = o->has_wscale && st->param[PARAM_TCP_WINDOW_SCALING] != 0;
    tc->snd_wscale = tc->wscale_ok ? min_u32(o->wscale, TCP_MAX_WSCALE) & 15 : 0;
    if (!tc->wscale_ok)
        tc->rcv_wscale = 0;
    tc->ts_ok = o->has_timestamps && offers_timestamps(st, tc);
    if (tc->ts_ok)
        tcp_ts_remember(tc, o->ts_value, now);
}

void tcp_ts_remember(struct tcp_sock *tc, uint32_t value, tarn_ns now)
{
    tc->ts_recent = value;
    tc->ts_recent_s = (uint32_t)(now / TCP_SECOND_NS);
}

/* RFC 7323 5.5: after 24 days the peer's clock may have wrapped while nothing came. */
bool tcp_ts_is_newer(const struct tcp_sock *tc, uint32_t value, tarn_ns now)
{
    return (int32_t)(value - tc->ts_recent) >= 0 ||
           (uint32_t)(now / TCP_SECOND_NS) - tc->ts_recent_s >= PAWS_DAYS_S;
}

bool tcp_paws_rejects(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_seg *g)
{
    if (!tc->ts_ok || !g->h.opts.has_timestamps || st->param[PARAM_TCP_PAWS] == 0)
        return false;
    return !tcp_ts_is_newer(tc, g->h.opts.ts_value, g->now);
}
