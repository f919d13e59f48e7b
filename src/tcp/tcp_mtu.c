/* tcp/tcp_mtu.c - the path's MTU: the size of segments that follows from it, what a message that a
 * packet was too big does, and what is done when no such message comes.
 *
 * The MSS that is offered is the link's, not the path's (RFC 9293 3.7.1); timestamps are taken off
 * the size of every segment sent (RFC 6691). The MTU is looked up for each segment (sock_route), so
 * a route, an interface or a router's advertisement that changes it counts from the next one on;
 * what is in flight is sent again in smaller pieces when it proves lost.
 *
 * "Too big" is believed with a floor, and what is in flight and longer than a segment may be now
 * is sent again at once (RFC 1191 6.4, RFC 8201 5.4).
 *
 * Black holes. Where such messages are filtered only small packets arrive (RFC 2923 2.1). When
 * tcp.mtu-black-hole timeouts in a row have found the first segment lost, and it was longer than
 * what every path takes, the segments of this connection become so: over IPv6 what fits 1280 bytes;
 * over IPv4 first 1024 bytes, as RFC 4821 7.2 has it, then what fits ip.pmtu-min. A path that was
 * down for so long is taken for one; nothing larger is tried again (RFC 4821's search is not here).
 */
#include "tcp/tcp_parts.h"

#include "base/bits.h"
#include "wire/ip6.h"

enum { TIMESTAMP_BYTES = 12, BASE_MSS = 1024, STEPS_4 = 2, STEPS_6 = 1 };

static bool is4(const struct tcp_sock *tc)
{
    return tarn_ip_is4(&tc->sk.remote.ip);
}

uint32_t tcp_ip_bytes(const struct tarn_ip *peer)
{
    return tarn_ip_is4(peer) ? IP4_HEADER_BYTES : IP6_HEADER_BYTES;
}

uint16_t tcp_mss_of(const struct tarn_ip *peer, uint32_t mtu)
{
    enum { MTU_UNKNOWN_4 = 576, MSS_MAX = 65495 };
    uint32_t headers = tcp_ip_bytes(peer) + TCP_HEADER_BYTES;

    if (mtu == 0)
        mtu = tarn_ip_is4(peer) ? MTU_UNKNOWN_4 : IP6_MIN_MTU;
    return (uint16_t)clamp_u32(mtu > headers ? mtu - headers : 0, TCP_MSS_FLOOR, MSS_MAX);
}

uint16_t tcp_mss_offer(const struct tcp_sock *tc, const struct tarn_ip *peer, uint32_t mtu)
{
    uint16_t mss = tcp_mss_of(peer, mtu);

    return tc->user_mss != 0 && tc->user_mss < mss ? tc->user_mss : mss;
}

uint16_t tcp_mss_default(const struct tarn *st, const struct tarn_ip *peer)
{
    return tarn_ip_is4(peer) ? (uint16_t)st->param[PARAM_TCP_MSS_DEFAULT]
                             : tcp_mss_of(peer, IP6_MIN_MTU);
}

/* The largest MSS after so many steps down. */
static uint32_t cap_after(const struct tarn *st, const struct tcp_sock *tc, unsigned steps)
{
    if (steps == 0)
        return UINT32_MAX;
    if (!is4(tc))
        return tcp_mss_of(&tc->sk.remote.ip, IP6_MIN_MTU);
    return steps == 1 ? BASE_MSS
                      : tcp_mss_of(&tc->sk.remote.ip, (uint32_t)st->param[PARAM_PMTU_MIN]);
}

void tcp_mss_update(const struct tarn *st, struct tcp_sock *tc, uint32_t mtu)
{
    uint32_t mss = tcp_mss_of(&tc->sk.remote.ip, mtu);
    uint32_t peer = max_u32(tc->peer_mss, (uint32_t)st->param[PARAM_TCP_MSS_MIN]);
    struct tcp_active *a = tcp_active(st, tc);

    mss = min_u32(mss, peer);
    mss = min_u32(mss, cap_after(st, tc, tc->mtu_steps));
    if (tc->user_mss != 0)
        mss = min_u32(mss, tc->user_mss);
    if (tc->ts_ok)
        mss -= TIMESTAMP_BYTES;
    if (tc->keyed)
        mss -= tcp_auth_bytes(st, tc);
    if (mss == tc->snd_mss)
        return;
    tc->snd_mss = mss;
    if (a != NULL)
        tcp_cc_mss(st, tc, a);
}

void tcp_too_big(struct tarn *st, struct tcp_sock *tc, uint32_t mtu, tarn_ns now)
{
    struct tcp_active *a = tcp_active(st, tc);
    uint32_t had = tc->snd_mss;
    struct ip_info ip;

    if (sock_mtu_discover(&tc->sk, &tc->sk.remote.ip) == 0)
        return;
    pmtu_learn(st, &tc->sk.remote.ip, tc->sk.remote.zone, mtu, now);
    tc->sk.route_generation = 0;
    if (sock_route(st, &tc->sk, &ip) != 0)
        return;
    tcp_mss_update(st, tc, ip.mtu);
    if (a != NULL && tc->state == TARN_TCP_SYN_SENT)
        tcp_fastopen_too_big(st, tc, a);
    if (a == NULL || tc->snd_mss >= had)
        return;
    tcp_recs_too_long(st, tc, a);
    a->rexmit_now = true;
}

void tcp_black_hole(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    const struct tcp_rec *first = list_first(st, &a->recs);
    uint32_t patience = (uint32_t)st->param[PARAM_TCP_MTU_BLACK_HOLE];
    uint32_t longest;

    if (first == NULL || patience == 0 || tc->retries % patience != 0 ||
        tc->mtu_steps == (is4(tc) ? STEPS_4 : STEPS_6))
        return;
    longest = min_u32(first->end.v - first->start.v, tc->snd_mss);
    if (longest <= cap_after(st, tc, tc->mtu_steps + 1u) - (tc->ts_ok ? TIMESTAMP_BYTES : 0))
        return;
    tc->mtu_steps = (tc->mtu_steps + 1u) & 3;
    stat_add(st, TARN_STAT_TCP_BLACK_HOLES, 1);
    tcp_mss_update(st, tc, tc->sk.route_mtu);
}
