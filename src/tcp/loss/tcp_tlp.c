/* tcp/loss/tcp_tlp.c - tail loss probes (RFC 8985 7): what is lost at the end of a flight is found
 * in two round trips, and not by a timeout.
 *
 * Nothing comes back after the last segments, so nothing shows that they are lost. A probe makes
 * something come back: a segment of new data if there is one, else the last one again. It goes once
 * for a flight, when 2 SRTT have passed without an ACK; with one segment in flight, whose ACK may
 * be delayed, tcp.rto-min-ms later, and never after the RTO (7.2). Then the RTO begins anew (7.3),
 * and no other probe goes until a round trip was measured: else a path that has become longer would
 * be probed for ever, and by Karn's rule never be measured.
 *
 * When the last segment went again and the ACK of both tells of no duplicate, it was lost, and the
 * window comes down as for any loss (7.4). Only with SACK; Linux's tcp_early_retrans is tcp.tlp. */
#include "tcp/loss/tcp_loss.h"

#include "base/bits.h"
#include "tcp/tcp_machine.h"

/* RFC 8985 7.2: when a probe may be scheduled. */
static bool is_wanted(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a)
{
    bool calm = a->ca_state == TCP_CA_OPEN || a->ca_state == TCP_CA_CWR;

    return calm && st->param[PARAM_TCP_TLP] != 0 && tcp_has_scoreboard(st, tc) && !a->tlp.out &&
           !tc->probe_spent && a->sacked_bytes == 0 && tcp_flight(tc) > 0 &&
           tcp_in(tc, TCP_STATES_SYNCHRONISED);
}

static bool is_one_segment(const struct tarn *st, const struct tcp_sock *tc,
                           const struct tcp_active *a)
{
    return list_first(st, &a->recs) == list_last(st, &a->recs) && tcp_flight(tc) <= tc->snd_mss;
}

/* RFC 8985 7.2, TLP_calc_PTO(). */
static void schedule(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                     tarn_ns now)
{
    uint64_t us = (uint64_t)st->param[PARAM_TCP_RTO_INITIAL_MS] * 1000;

    a->tlp.due = TCP_TLP_NONE;
    a->tlp.pto_at = 0;
    if (!is_wanted(st, tc, a))
        return;
    if (tc->srtt_us8 != 0)
        us = tc->srtt_us8 / 4 + (is_one_segment(st, tc, a)
                                     ? (uint64_t)st->param[PARAM_TCP_RTO_MIN_MS] * 1000
                                     : (uint64_t)st->param[PARAM_TCP_SLACK_US]);
    a->tlp.pto_at = min_u64(now + us * 1000, tc->rto_at);
}

void tcp_tlp_update(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    struct tcp_active *a = tcp_active(st, tc);

    if (a == NULL || !a->tlp.stale)
        return;
    a->tlp.stale = false;
    schedule(st, tc, a, now);
}

/* Can a segment of new data be the probe? */
static bool has_new(const struct tcp_sock *tc)
{
    uint32_t unsent = tcp_unsent(tc);

    return unsent > 0 && tcp_in(tc, TCP_STATES_DATA) &&
           tcp_usable_wnd(tc) >= min_u32(unsent, tc->snd_mss);
}

/* Can the last segment be it? Not if it has arrived. */
static bool has_tail(const struct tarn *st, const struct tcp_active *a)
{
    const struct tcp_rec *r = list_last(st, &a->recs);

    return r != NULL && (r->flags & TCP_REC_SACKED) == 0;
}

/* RFC 8985 7.3, TLP_send_probe(). */
void tcp_tlp_timeout(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a)
{
    a->tlp.pto_at = 0;
    if (!list_is_empty(&a->waiting))
        return; /* something else is to be sent anyway */
    if (has_new(tc))
        a->tlp.due = TCP_TLP_NEW;
    else if (has_tail(st, a))
        a->tlp.due = TCP_TLP_AGAIN;
}

/* The last segment of the last record, in a record of its own. */
struct tcp_rec *tcp_tlp_segment(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a)
{
    struct tcp_rec *r = list_last(st, &a->recs);
    uint32_t fin = (r->flags & TCP_REC_FIN) != 0, data = r->end.v - r->start.v - fin;
    uint32_t before = data > 0 ? (data - 1) / tc->snd_mss * tc->snd_mss : 0;

    return before > 0 ? tcp_rec_split(st, a, r, before) : r;
}

void tcp_tlp_sent(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, tarn_ns now)
{
    a->tlp.out = true;
    tc->probe_spent = 1;
    a->tlp.resent = a->tlp.due == TCP_TLP_AGAIN;
    a->tlp.end = tc->snd_nxt;
    a->tlp.due = TCP_TLP_NONE;
    a->tlp.stale = false;
    a->tlp.pto_at = 0;
    tc->rto_at = tcp_rto_at(st, tc, now);
    stat_add(st, TARN_STAT_TCP_LOSS_PROBES, 1);
}

/* RFC 8985 7.4.2, TLP_process_ack(). */
bool tcp_tlp_ack(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                 const struct tcp_sample *s)
{
    if (seq_lt(tc->snd_una, a->tlp.end))
        return false;
    if (!a->tlp.resent || s->tlp_duplicate || (s->pure && !s->advanced && !s->sacked)) {
        a->tlp.out = false; /* nothing was lost */
        return false;
    }
    if (seq_eq(tc->snd_una, a->tlp.end))
        return false;
    a->tlp.out = false;
    stat_add(st, TARN_STAT_TCP_PROBE_RECOVERIES, 1);
    return true;
}
