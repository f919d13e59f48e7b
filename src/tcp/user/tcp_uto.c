/* tcp/user/tcp_uto.c - the user timeout: how long what was sent may stay unacknowledged (RFC
 * 9293 3.9.1), and the option that tells the peer (RFC 5482).
 *
 * The application's own choice (TCP_USER_TIMEOUT) is kept to, whatever the peer says (5482 3.1:
 * CHANGEABLE is false then). Without one, and with tcp.user-timeout-option on, the connection waits
 * as long as its peer asks for, between a lower and an upper limit. As on Linux time counts from
 * the first retransmission or window probe on. The option goes with our SYN, and once more with the
 * first segment behind the handshake that has room for it: a SYN may have been answered from a
 * cookie (3.3). */
#include "tcp/user/tcp_user.h"

#include "base/bits.h"
#include "tcp/tcp_machine.h"

enum { UTO_MINUTES = 0x8000, UTO_BYTES = 4 }; /* G: granularity */

int tcp_uto_set(struct tarn *st, struct tcp_sock *tc, uint32_t ms)
{
    struct tcp_extra *x = ms != 0 ? tcp_extra_get(st, tc) : tcp_extra(st, tc);

    if (x == NULL)
        return ms == 0 ? 0 : -TARN_ENOBUFS;
    x->user_timeout_ms = ms;
    tc->uto_due = ms != 0 && st->param[PARAM_TCP_UTO] != 0;
    return 0;
}

void tcp_uto_begin(const struct tarn *st, struct tcp_sock *tc)
{
    const struct tcp_extra *x = tcp_extra(st, tc);

    tc->uto_due = x != NULL && x->user_timeout_ms != 0 && st->param[PARAM_TCP_UTO] != 0;
}

uint32_t tcp_uto_ms(const struct tarn *st, const struct tcp_sock *tc)
{
    const struct tcp_extra *x = tcp_extra(st, tc);

    if (x == NULL || st->param[PARAM_TCP_USER_TIMEOUT] == 0)
        return 0;
    return x->user_timeout_ms != 0 ? x->user_timeout_ms : x->peer_timeout_ms;
}

void tcp_uto_option(const struct tarn *st, struct tcp_sock *tc, const struct pkt *p,
                    struct tcp_opts *o)
{
    uint32_t s = tcp_extra(st, tc)->user_timeout_ms / 1000;
    bool syn = o->has_mss;

    if (tc->keyed || (!syn && (p->segs > 1 || p->slice_len + UTO_BYTES > tc->snd_mss)))
        return; /* beside a signature there may be no room */
    o->has_uto = true;
    o->uto = (uint16_t)(s < UTO_MINUTES ? s : UTO_MINUTES | min_u32(s / 60, UTO_MINUTES - 1));
    tc->uto_due = tcp_in(tc, TCP_S(SYN_SENT) | TCP_S(SYN_RECEIVED));
}

/* RFC 5482 3.1: min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)). */
void tcp_uto_input(struct tarn *st, struct tcp_sock *tc, uint16_t uto)
{
    uint32_t s = uto & (UTO_MINUTES - 1u);
    struct tcp_extra *x;

    if (st->param[PARAM_TCP_UTO] == 0 || s == 0 || (x = tcp_extra_get(st, tc)) == NULL)
        return;
    if ((uto & UTO_MINUTES) != 0)
        s *= 60;
    s = max_u32(s, (uint32_t)st->param[PARAM_TCP_UTO_LOWER_S]);
    s = min_u32(s, (uint32_t)st->param[PARAM_TCP_UTO_UPPER_S]);
    x->peer_timeout_ms = s * 1000;
}
