/* tcp/send/tcp_lowat.c - TCP_NOTSENT_LOWAT: how much an application may write that is not sent yet.
 *
 * What waits in the send queue can no longer be changed; an application that wants to decide late
 * (HTTP/2 between its streams) keeps it short. As on Linux the socket takes bytes while less than
 * the mark waits, then up to what one super-packet holds more, and is writable again when less than
 * half of the mark waits. */
#include "tcp/send/tcp_send.h"

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

uint32_t tcp_lowat_room(struct tarn *st, struct tcp_sock *tc)
{
    uint32_t mark = mark_of(st, tc), unsent = tcp_unsent(tc), super;
    uint64_t go, limit;

    if (mark == UINT32_MAX)
        return UINT32_MAX;
    go = tcp_sendable(st, tc);
    if (unsent >= go + mark)
        return 0;
    super = tcp_sndbuf_grain(tc);
    limit = go + ((uint64_t)mark + super - 1) / super * super;
    return (uint32_t)min_u64(limit - unsent, UINT32_MAX);
}
