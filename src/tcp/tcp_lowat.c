/* tcp/tcp_lowat.c - TCP_NOTSENT_LOWAT: how much an application may write that is not sent yet.
 *
 * What waits in the send queue can no longer be changed; an application that wants to decide late
 * (HTTP/2 between its streams) keeps it short. As on Linux the socket takes bytes while less than
 * the mark waits, then up to what one super-packet holds more, and is writable again when less than
 * half of the mark waits. */
#include "tcp/tcp_parts.h"

#include "base/bits.h"

static uint32_t mark_of(const struct tarn *st, const struct tcp_sock *tc)
{
    uint32_t all = (uint32_t)st->param[PARAM_TCP_NOTSENT_LOWAT];

    if (all == 0)
        return UINT32_MAX;
    return tc->notsent_lowat != 0 ? tc->notsent_lowat : all;
}

bool tcp_lowat_is_met(const struct tarn *st, const struct tcp_sock *tc)
{
    return 2 * (uint64_t)tcp_unsent(tc) < mark_of(st, tc);
}

/* What windows would let go at once, were it there. */
static uint32_t sendable(struct tarn *st, struct tcp_sock *tc)
{
    const struct tcp_active *a = tcp_activate(st, tc, st->now);
    uint32_t inflight = a != NULL ? tcp_inflight(tc, a) : 0;
    uint64_t cwnd = a != NULL ? a->cc.ctl.cwnd : 0;

    return (uint32_t)min_u64(cwnd > inflight ? cwnd - inflight : 0, tcp_usable_wnd(tc));
}

/* Bytes of the super-packets that Linux would cut the queue into. */
static uint32_t super_bytes(const struct tcp_sock *tc)
{
    uint32_t most = min_u32(tc->max_snd_wnd / 2, UINT16_MAX - TCP_MAX_HEADER_BYTES);

    return max_u32(most - most % tc->snd_mss, tc->snd_mss);
}

uint32_t tcp_lowat_room(struct tarn *st, struct tcp_sock *tc)
{
    uint32_t mark = mark_of(st, tc), unsent = tcp_unsent(tc), super;
    uint64_t go, limit;

    if (mark == UINT32_MAX)
        return UINT32_MAX;
    go = sendable(st, tc);
    if (unsent >= go + mark)
        return 0;
    super = super_bytes(tc);
    limit = go + ((uint64_t)mark + super - 1) / super * super;
    return (uint32_t)min_u64(limit - unsent, UINT32_MAX);
}
