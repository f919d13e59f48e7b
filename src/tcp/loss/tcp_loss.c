/* tcp/loss/tcp_loss.c - what state of recovery a connection is in: Linux's states.
 *
 *     OPEN <-----> DISORDER      something SACKed or told of by a duplicate ACK, nothing lost yet
 *       |  \       /   |
 *       |   v     v    |         a congestion mark (RFC 3168): tcp_cwr_enter()
 *       |     CWR      |
 *       |      |       |         newly lost
 *       +--> RECOVERY <+
 *
 *     any --- timeout ---> LOSS  CWR, RECOVERY and LOSS end when all is acknowledged that was out
 *                                when they began, SND.UNA >= recover; or when they prove needless
 *
 * What is lost is found by one of three: RACK (tcp_rack.c), the scoreboard alone (RFC 6675, in
 * tcp_sack.c), or duplicate and partial ACKs (tcp_newreno.c). Limited transmit (RFC 3042) needs no
 * rule: what was SACKed, or told of by a duplicate ACK, is not in flight any more, so new data may
 * go. How the window comes down stands in tcp_prr.c, how far is the congestion control's; whether
 * it was needless, in tcp_undo.c and tcp_frto.c. An ACK that is nothing special ends in plain(). */
#include "tcp/loss/tcp_loss.h"

#include "base/bits.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/path/tcp_path.h"
#include "tcp/tcp_machine.h"

enum { RENEGE_NS = 10000000 }; /* a peer has so long to make up for SACKed data that it took back */

/* The window is to come down: what the congestion control makes of it. */
static void reduce(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                   enum tarn_cc_event event, const struct tarn_cc_ack *ack)
{
    struct tarn_cc_ack episode = *ack;

    a->recover = tc->snd_nxt;
    a->has_recover = a->has_reduced = true;
    a->tlp.out = false;
    episode.prior_inflight = tcp_cc_flight(st, tc, ack->flags & TARN_ACK_DUP ? 0 : ack->acked);
    tcp_cc_event(st, tc, event, &episode);
    tcp_prr_begin(st, tc, a, ack->acked);
    tcp_ecn_reduced(tc);
}

/* The window is down. */
static void reduced(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                    const struct tarn_cc_ack *ack)
{
    tcp_prr_end(a);
    tcp_cc_event(st, tc, TARN_CC_RECOVERED, ack);
}

/* RFC 3168 6.1.2: a window of one segment cannot come down; nothing new goes for a timeout's time.
 */
static void wait_for_timeout(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    a->pace_at = st->now + tcp_rto_ns(st, tc);
    tcp_rto_restart(st, tc, st->now);
    tcp_ecn_reduced(tc);
}

bool tcp_cwr_enter(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                   const struct tarn_cc_ack *ack)
{
    if (a->ca_state >= TCP_CA_CWR)
        return false;
    if (a->has_reduced)
        return true;
    a->undo.armed = false;
    if (a->cc.ctl.cwnd <= tc->snd_mss) {
        wait_for_timeout(st, tc, a);
        return true;
    }
    reduce(st, tc, a, TARN_CC_ECN, ack);
    a->ca_state = TCP_CA_CWR;
    return false;
}

static void enter_recovery(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                           const struct tarn_cc_ack *ack)
{
    bool fresh = a->ca_state != TCP_CA_CWR; /* else the window is on its way down */

    tcp_undo_begin(tc, a, fresh);
    if (fresh)
        reduce(st, tc, a, TARN_CC_LOSS, ack);
    a->ca_state = TCP_CA_RECOVERY;
    a->rexmit_now = true;
    a->tlp.pto_at = 0;
    stat_add(st, TARN_STAT_TCP_FAST_RECOVERIES, 1);
}

/* OPEN or DISORDER. */
static void open_or_disorder(struct tcp_active *a)
{
    bool disorder =
        a->sacked_bytes > 0 || a->lost_bytes > 0 || a->retrans_bytes > 0 || a->dup_acks > 0;

    a->ca_state = disorder ? TCP_CA_DISORDER : TCP_CA_OPEN;
    a->new_first = a->frto = false;
}

/* The episode proved needless. `unmark`: nothing was lost at all. */
static void undo(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, bool unmark)
{
    if (unmark)
        tcp_recs_unmark(st, a);
    tcp_undo(st, tc, a, st->now);
    open_or_disorder(a);
    a->rexmit_now = false;
}

/* Everything is acknowledged that was out when the episode began. For a mark (CWR), something more:
 * the peer has seen that we answered. Without partial ACKs (RFC 6582), anything. */
static bool is_over(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a,
                    const struct tcp_sample *s)
{
    if (a->ca_state == TCP_CA_CWR)
        return seq_gt(tc->snd_una, a->recover);
    if (a->ca_state == TCP_CA_RECOVERY && !tcp_has_scoreboard(st, tc) &&
        st->param[PARAM_TCP_NEWRENO] == 0)
        return s->advanced;
    return seq_geq(tc->snd_una, a->recover);
}

static void leave(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                  const struct tcp_sample *s, const struct tarn_cc_ack *ack)
{
    bool coming_down = tcp_is_reducing(a);

    a->rexmit_now = false;
    a->dup_acks = 0;
    if (a->ca_state != TCP_CA_CWR && (tcp_undo_by_dsack(st, a) || tcp_undo_by_echo(st, a, s))) {
        undo(st, tc, a, false);
        return;
    }
    if (a->rack.persist > 0 && a->ca_state != TCP_CA_CWR)
        a->rack.persist--; /* RFC 8985 6.2 step 4: "exiting Fast or RTO recovery" */
    a->undo.until = tc->snd_nxt;
    a->undo.has_until = true;
    open_or_disorder(a);
    if (coming_down)
        reduced(st, tc, a, ack);
}

/* Is the episode needless, by what this ACK tells? */
static void try_undo(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                     const struct tcp_sample *s)
{
    bool by_echo = s->advanced && tcp_undo_by_echo(st, a, s);

    if (a->undo.has_until && seq_gt(tc->snd_una, a->undo.until))
        a->undo.armed = false;
    if (!a->undo.armed)
        return;
    if (a->ca_state == TCP_CA_LOSS) {
        if (by_echo || (s->advanced && tcp_undo_by_dsack(st, a)))
            undo(st, tc, a, true);
    } else if (a->ca_state == TCP_CA_RECOVERY && by_echo) {
        tcp_reorder_late(st, tc, a, s);
        if (a->retrans_bytes == 0)
            undo(st, tc, a, true);
    } else if (a->ca_state != TCP_CA_CWR && tcp_undo_by_dsack(st, a)) {
        a->rack.persist = (uint8_t)min_u32(a->rack.persist + 1u, 16);
        undo(st, tc, a, false);
    }
}

static void in_loss(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                    const struct tcp_sample *s)
{
    if (!tcp_frto_ack(tc, a, s))
        return;
    stat_add(st, TARN_STAT_TCP_SPURIOUS_TIMEOUTS, 1);
    tc->retries = 0;
    undo(st, tc, a, true);
}

static void detect(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                   const struct tcp_sample *s)
{
    if (!tcp_has_scoreboard(st, tc))
        tcp_newreno_detect(st, tc, a, s);
    else if (tcp_rack_is_on(st))
        tcp_rack_ack(st, tc, a, st->now);
    else
        tcp_sack_mark_lost(st, tc, a);
}

/* RFC 2018 8: the first segment is SACKed, though the ACK has come up to it: the peer took it back.
 * The retransmission timer will end soon, unless the next ACK shows that it was only late. */
static void check_reneging(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    const struct tcp_rec *first = list_first(st, &a->recs);

    if (first == NULL || (first->flags & TCP_REC_SACKED) == 0)
        return;
    tc->rto_at = st->now + max_u64((uint64_t)tc->srtt_us8 * 125 / 2, RENEGE_NS);
}

/* The probe at the end of a flight has repaired a loss (RFC 8985 7.4.2): the window comes down. */
static void probe_recovered(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                            const struct tarn_cc_ack *ack)
{
    if (a->ca_state >= TCP_CA_CWR)
        return;
    a->undo.armed = false;
    reduce(st, tc, a, TARN_CC_LOSS, ack);
    reduced(st, tc, a, ack);
}

static bool is_plain(const struct tcp_active *a, const struct tcp_sample *s)
{
    return a->ca_state == TCP_CA_OPEN && !s->dup && !s->sacked && !s->dsack && !s->reordered &&
           a->lost_bytes == 0;
}

/* Does a recovery begin with what is lost now? In LOSS only for a retransmission, like in Linux. */
static bool begins_recovery(const struct tcp_active *a, const struct tcp_sample *s,
                            uint32_t retrans_bytes)
{
    if (s->newly_lost == 0)
        return false;
    return a->ca_state < TCP_CA_RECOVERY ||
           (a->ca_state == TCP_CA_LOSS && a->retrans_bytes < retrans_bytes);
}

/* What the ACK says of the episode that there is. */
static void react(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                  const struct tcp_sample *s, const struct tarn_cc_ack *ack)
{
    if (s->marked > 0)
        a->undo.allowed = false;
    tcp_reorder_sample(st, tc, a, s);
    tcp_rack_adapt(st, a, s);
    if (a->ca_state == TCP_CA_LOSS)
        in_loss(st, tc, a, s);
    if (a->ca_state >= TCP_CA_CWR && is_over(st, tc, a, s))
        leave(st, tc, a, s, ack);
    else
        try_undo(st, tc, a, s);
}

void tcp_loss_detect(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                     struct tcp_sample *s, const struct tarn_cc_ack *ack)
{
    uint64_t lost = a->lost;
    uint32_t retrans_bytes;

    if (a->tlp.out && tcp_tlp_ack(st, tc, a, s))
        probe_recovered(st, tc, a, ack);
    if (is_plain(a, s))
        return;
    react(st, tc, a, s, ack);
    retrans_bytes = a->retrans_bytes;
    detect(st, tc, a, s);
    s->newly_lost = (uint32_t)(a->lost - lost);
    if (s->newly_lost > 0 && tc->searching && tcp_probe_lost(st, tc, a))
        s->newly_lost = 0; /* no sign of congestion */
    if (s->advanced)
        check_reneging(st, tc, a);
    if (a->ca_state <= TCP_CA_DISORDER)
        open_or_disorder(a);
    if (begins_recovery(a, s, retrans_bytes))
        enter_recovery(st, tc, a, ack);
}

static struct tarn_cc_ack timer_ack(const struct tarn *st, const struct tcp_sock *tc,
                                    const struct tcp_active *a)
{
    struct tarn_cc_ack ack = {.size = sizeof ack, .rtt_ns = -1, .owd_ns = -1, .now_ns = st->now};

    ack.inflight = tcp_inflight(tc, a);
    ack.prior_inflight = tcp_cc_flight(st, tc, 0);
    return ack;
}

/* RFC 8985 6.3: what was sent within the last round trip and the reordering window is not lost yet.
 */
static void mark_timed_out(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    struct tcp_rec *first = list_first(st, &a->recs), *r;

    if (!tcp_has_scoreboard(st, tc) || !tcp_rack_is_on(st) || first == NULL) {
        tcp_recs_lost_all(st, tc, a);
        return;
    }
    if ((first->flags & TCP_REC_SACKED) != 0) {
        stat_add(st, TARN_STAT_TCP_RENEGES, 1);
        tcp_recs_lost_all(st, tc, a);
        return;
    }
    if (first->end.v - first->start.v > tc->snd_mss)
        tcp_rec_split(st, a, first, tc->snd_mss);
    tcp_rec_lost(st, a, first);
    while ((r = list_first(st, &a->flying)) != NULL && tcp_rack_is_late(st, tc, a, r))
        tcp_rec_lost(st, a, r);
}

/* DupThresh of segments were told of, and yet a timeout was needed: the degree of reordering is
 * over-estimated. */
static bool many_passed_over(const struct tarn *st, const struct tcp_active *a)
{
    uint32_t told = a->sacked_segs + a->dup_acks;

    return told >= (uint32_t)st->param[PARAM_TCP_DUPTHRESH];
}

void tcp_loss_timeout(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    struct tarn_cc_ack ack = timer_ack(st, tc, a);
    bool anew = a->ca_state <= TCP_CA_DISORDER || !seq_gt(a->recover, tc->snd_una) ||
                (a->ca_state == TCP_CA_LOSS && tc->retries <= 1);

    if (a->ca_state <= TCP_CA_DISORDER && many_passed_over(st, a))
        a->reordering = (uint16_t)min_u32(a->reordering, (uint32_t)st->param[PARAM_TCP_DUPTHRESH]);
    tcp_frto_begin(st, tc, a);
    a->dup_acks = 0;
    mark_timed_out(st, tc, a);
    if (anew) { /* RFC 5681 3.1: once per loss, not for each retransmission of it */
        tcp_undo_begin(tc, a, true);
        tcp_cc_event(st, tc, TARN_CC_RTO, &ack);
    }
    tcp_ecn_reduced(tc);
    a->cc.ctl.cwnd = tcp_inflight(tc, a) + tc->snd_mss;
    a->ca_state = TCP_CA_LOSS;
    a->recover = tc->snd_nxt;
    a->has_recover = a->has_reduced = true;
    a->rexmit_now = true;
    a->tlp.out = false;
    a->tlp.due = TCP_TLP_NONE;
    a->tlp.pto_at = a->rack.reo_at = 0;
}

void tcp_loss_reorder_timeout(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                              tarn_ns now)
{
    struct tcp_sample s = {.rtt_ns = -1, .first_rtt_ns = -1};
    struct tarn_cc_ack ack = timer_ack(st, tc, a);
    uint64_t lost = a->lost;

    ack.acked = s.told = tc->snd_mss; /* as if one segment had been SACKed, like Linux */
    ack.flags = TARN_ACK_DUP;
    tcp_rack_detect(st, tc, a, now);
    s.newly_lost = (uint32_t)(a->lost - lost);
    if (s.newly_lost == 0 || a->ca_state == TCP_CA_RECOVERY ||
        (tc->searching && tcp_probe_lost(st, tc, a)))
        return;
    enter_recovery(st, tc, a, &ack);
    tcp_prr_ack(st, tc, a, &s);
}
