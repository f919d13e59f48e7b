/* tcp/path/tcp_probe.c - path MTU probing without ICMP (RFC 4821, RFC 8899's idea for TCP): the
 * search for the largest packet that the path takes.
 *
 * While a connection searches, its segments are as long as fits `low`, which is known to arrive; a
 * probe is a segment of new data that fits something between `low` and `high`. Acknowledged, it
 * raises `low`; lost by itself it lowers `high`, and is no sign of congestion (4821 7.5); sent
 * again for another reason it says nothing. When the two have met but for tcp.probe-threshold bytes
 * the search rests, and begins again tcp.probe-interval-s later (4821 7.7).
 *
 * tcp.mtu-probing 1: when tcp.mtu-black-hole timeouts in a row have found the first segment lost,
 * and it was longer than what every path takes, the search begins at tcp.base-mss (4821 7.2), or
 * 1280 bytes over IPv6; again, at half of it, not below ip.pmtu-min. A row ends when something
 * arrives that was sent behind its last timeout: what had arrived before tells of a path that was.
 * Most such rows are mere loss, so the first probe is as long as segments were before, and the next
 * ones halve the interval, as Linux's do. 2: each connection begins so.
 *
 * A probe goes when a window of eleven segments is open, more than itself and what makes its loss
 * seen at once (reordering + 1 segments) waits, and nothing is lost or out of order: Linux's rule.
 *
 * Invariant: low <= high, the smallest MTU that failed less one; size, of the probe in flight, lies
 * between, and below what route and peer take. */
#include "tcp/path/tcp_path.h"

#include "base/bits.h"
#include "tcp/send/tcp_send.h"
#include "tcp/tcp_machine.h"
#include "wire/ip6.h"

enum { LEAST_CWND_SEGS = 11 };

static struct tcp_search *search_of(const struct tarn *st, const struct tcp_sock *tc)
{
    return &tcp_extra(st, tc)->search;
}

static uint32_t mtu_of(const struct tcp_sock *tc, uint32_t mss)
{
    return mss + tcp_ip_bytes(&tc->sk.remote.ip) + TCP_HEADER_BYTES;
}

/* The most that could arrive: what the route says, and the peer takes. */
static uint32_t ceiling(const struct tcp_sock *tc)
{
    return min_u32(tc->sk.route_mtu, mtu_of(tc, tc->peer_mss));
}

static uint32_t base(const struct tarn *st, const struct tcp_sock *tc)
{
    return tarn_ip_is4(&tc->sk.remote.ip) ? mtu_of(tc, (uint32_t)st->param[PARAM_TCP_BASE_MSS])
                                          : IP6_MIN_MTU;
}

static bool begin(struct tarn *st, struct tcp_sock *tc, uint32_t low, bool high_first)
{
    struct tcp_extra *x = tcp_extra_get(st, tc);

    if (x == NULL)
        return false;
    x->search = (struct tcp_search){
        .low = low, .high = UINT32_MAX, .high_first = high_first, .at = st->now};
    tc->searching = 1;
    tcp_mss_update(st, tc, tc->sk.route_mtu);
    return true;
}

void tcp_probe_begin(struct tarn *st, struct tcp_sock *tc)
{
    if (st->param[PARAM_TCP_MTU_PROBING] == 2)
        (void)begin(st, tc, min_u32(base(st, tc), ceiling(tc)), false);
}

uint32_t tcp_probe_low(const struct tarn *st, const struct tcp_sock *tc)
{
    return search_of(st, tc)->low;
}

/* How far down the next step goes; what is there already: no further. */
static uint32_t lower(const struct tarn *st, const struct tcp_sock *tc)
{
    uint32_t first = base(st, tc), least = (uint32_t)st->param[PARAM_PMTU_MIN], low;

    if (!tc->searching || search_of(st, tc)->low > first)
        return first;
    low = search_of(st, tc)->low;
    if (!tarn_ip_is4(&tc->sk.remote.ip))
        return low;
    return max_u32(mtu_of(tc, (low - mtu_of(tc, 0)) / 2), min_u32(least, low));
}

void tcp_black_hole(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    const struct tcp_rec *first = list_first(st, &a->recs);
    uint32_t patience = (uint32_t)st->param[PARAM_TCP_MTU_BLACK_HOLE], longest, low;

    if (first == NULL || patience == 0 || st->param[PARAM_TCP_MTU_PROBING] == 0)
        return;
    low = lower(st, tc);
    longest = min_u32(first->end.v - first->start.v, tc->snd_mss);
    if (longest <= tcp_mss_for(st, tc, low))
        return;
    a->hole_at = st->now;
    if (++a->hole_timeouts % patience != 0 || !begin(st, tc, low, true))
        return;
    stat_add(st, TARN_STAT_TCP_BLACK_HOLES, 1);
}

/* Sending ------------------------------------------------------------------------------------ */

/* RFC 4821 7.7: is it time to search anew, as high as the route says? */
static bool has_rested(const struct tarn *st, const struct tcp_search *s, tarn_ns now)
{
    return now - s->at >= (uint64_t)st->param[PARAM_TCP_PROBE_INTERVAL_S] * TCP_SECOND_NS;
}

/* RFC 4821 7.3: the MTU to try next; 0: the search rests. */
static uint32_t next_size(const struct tarn *st, const struct tcp_sock *tc,
                          const struct tcp_search *s, tarn_ns now)
{
    uint32_t high = has_rested(st, s, now) ? ceiling(tc) : min_u32(s->high, ceiling(tc));

    if (high < s->low || high - s->low < st->param[PARAM_TCP_PROBE_THRESHOLD])
        return 0;
    return s->high_first ? high : (s->low + high) / 2;
}

static bool is_calm(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a)
{
    return a != NULL && a->ca_state == TCP_CA_OPEN && a->n_runs == 0 && !a->dsack_due &&
           a->lost_bytes == 0 && !a->super_goes_on && tcp_in(tc, TCP_STATES_SEND) && !tc->eor &&
           !tc->snd_urgent && a->cc.ctl.cwnd >= (uint64_t)LEAST_CWND_SEGS * tc->snd_mss &&
           tcp_may_send(st, tc) >= tc->snd_mss;
}

uint32_t tcp_probe_due(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    const struct tcp_active *a = tcp_active(st, tc);
    const struct tcp_search *s;
    uint32_t mtu, payload, needed;

    if (!tc->searching || (s = search_of(st, tc))->size != 0 || !is_calm(st, tc, a) ||
        a->pace_at > now || (mtu = next_size(st, tc, s, now)) == 0)
        return 0;
    payload = tcp_mss_for(st, tc, mtu);
    needed = payload + ((uint32_t)st->param[PARAM_TCP_DUPTHRESH] + 1) * tc->snd_mss;
    if (payload <= tc->snd_mss || tcp_unsent(tc) < needed || tcp_usable_wnd(tc) < needed)
        return 0;
    return payload;
}

struct pkt *tcp_probe_make(const struct tcp_make *m, uint32_t payload)
{
    struct tcp_search *s = search_of(m->st, m->tc);
    struct tcp_make long_one = *m;
    tcp_seq start = m->tc->snd_nxt;
    uint32_t mtu = next_size(m->st, m->tc, s, m->now);
    struct pkt *p;

    long_one.mss = payload - (m->tc->snd_mss - m->mss); /* what options take of this segment */
    p = tcp_make_data(&long_one, long_one.mss);
    if (p == NULL || p->slice_len != long_one.mss)
        return p;
    if (has_rested(m->st, s, m->now))
        s->high = UINT32_MAX;
    s->size = mtu;
    s->start = start;
    s->end = m->tc->snd_nxt;
    s->at = m->now;
    stat_add(m->st, TARN_STAT_TCP_MTU_PROBES, 1);
    return p;
}

/* Hearing ------------------------------------------------------------------------------------ */

void tcp_probe_acked(struct tarn *st, struct tcp_sock *tc)
{
    struct tcp_search *s = search_of(st, tc);

    if (s->size == 0 || seq_lt(tc->snd_una, s->end))
        return;
    s->low = s->size;
    s->size = 0;
    s->high_first = false;
    tcp_mss_update(st, tc, tc->sk.route_mtu);
}

/* RFC 4821 7.5: no sign of congestion. */
bool tcp_probe_lost(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    struct tcp_search *s = search_of(st, tc);
    const struct tcp_rec *first = list_first(st, &a->recs);

    if (s->size == 0 || a->ca_state >= TCP_CA_CWR || first == NULL ||
        (first->flags & TCP_REC_LOST) == 0 || !seq_eq(first->start, s->start))
        return false;
    s->high = s->size - 1;
    s->size = 0;
    s->high_first = false;
    a->rexmit_now = true;
    stat_add(st, TARN_STAT_TCP_MTU_PROBES_LOST, 1);
    return true;
}

void tcp_probe_forget(const struct tarn *st, const struct tcp_sock *tc)
{
    search_of(st, tc)->size = 0;
}
