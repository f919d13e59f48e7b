/* tcp/path/tcp_mtu.c - the path's MTU: the size of segments that follows from it, what a message
 * that a packet was too big does, and what is done when no such message comes.
 *
 * The MSS that is offered is the link's, not the path's (RFC 9293 3.7.1); timestamps are taken off
 * the size of every segment sent (RFC 6691). The MTU is looked up for each segment (sock_route), so
 * a route, an interface or a router's advertisement that changes it counts from the next one on;
 * what is in flight is sent again in smaller pieces when it proves lost.
 *
 * "Too big" is believed with a floor, and what is in flight and longer than a segment may be now
 * is sent again at once (RFC 1191 6.4, RFC 8201 5.4).
 *
 * Where such messages are filtered, tcp_probe.c finds out. */
#include "tcp/path/tcp_path.h"

#include "base/bits.h"
#include "tcp/auth/tcp_auth.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/open/tcp_open.h"
#include "wire/ip6.h"

enum { TIMESTAMP_BYTES = 12, WINDOW_TINY = 536, WINDOW_LEAST = 48 };

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

uint32_t tcp_mss_for(const struct tarn *st, const struct tcp_sock *tc, uint32_t mtu)
{
    uint32_t peer = max_u32(tc->peer_mss, (uint32_t)st->param[PARAM_TCP_MSS_MIN]);
    uint32_t mss = min_u32(tcp_mss_of(&tc->sk.remote.ip, mtu), peer);

    if (!tarn_ip_is4(&tc->sk.remote.ip) && tc->sk.mtu_discover6 == 0)
        mss = min_u32(mss, tcp_mss_of(&tc->sk.remote.ip, IP6_MIN_MTU)); /* RFC 8201 4 */
    if (tc->user_mss != 0)
        mss = min_u32(mss, tc->user_mss);
    if (tc->ts_ok)
        mss -= TIMESTAMP_BYTES;
    if (tc->keyed)
        mss -= tcp_auth_bytes(st, tc);
    return mss;
}

/* Half the largest window that the peer ever offered, or all of a tiny one: two segments are on
 * their way then, and one ACK does not have to wait for the delay (Linux's choice). */
static uint32_t within_window(const struct tcp_sock *tc, uint32_t mss)
{
    uint32_t least = WINDOW_LEAST - (tc->ts_ok ? TIMESTAMP_BYTES : 0), most = tc->max_snd_wnd;

    if (most > WINDOW_TINY)
        most /= 2;
    return most == 0 ? mss : min_u32(mss, max_u32(most, least));
}

void tcp_mss_update(const struct tarn *st, struct tcp_sock *tc, uint32_t mtu)
{
    struct tcp_active *a = tcp_active(st, tc);
    uint32_t mss;

    if (tc->searching)
        mtu = min_u32(mtu, tcp_probe_low(st, tc));
    mss = within_window(tc, tcp_mss_for(st, tc, mtu));
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
