/* tcp/tcp_loss.c - what is lost, and what state of recovery follows.
 *
 *            newly lost               SND.UNA >= recover
 *     OPEN --------------> RECOVERY --------------------> OPEN
 *       \                     |                             ^
 *        \------ timeout -----+------> LOSS ----------------/
 *
 *     OPEN -- a mark told of --> CWR -- SND.UNA > recover --> OPEN, or as from OPEN
 *
 * With SACK, loss is what RFC 6675 says: DupThresh islands or more than DupThresh - 1 segments of
 * SACKed bytes above. Without, DupThresh duplicate ACKs (RFC 5681 3.2), and then each partial ACK
 * (RFC 6582 3.2), show that the first segment is lost. Limited transmit (RFC 3042) needs no rule of
 * its own: what was SACKed, or told of by a duplicate ACK, is not in flight any more, so new data
 * may go. Here stands what is lost; how much may be sent is the congestion control's. */
#include "tcp/tcp_parts.h"

#include "base/bits.h"

/* The first segment that is not acknowledged. */
static void mark_head_lost(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    struct tcp_rec *r = list_first(st, &a->recs);

    if (r == NULL)
        return;
    if (r->end.v - r->start.v > tc->snd_mss)
        tcp_rec_split(st, a, r, tc->snd_mss);
    if ((r->flags & TCP_REC_RETRANS) == 0 || a->ca_state == TCP_CA_RECOVERY)
        tcp_rec_lost(st, a, r);
}

/* Once a round trip: the controller says to what, of what was in flight. */
static void reduce(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                   enum tarn_cc_event event, const struct tarn_cc_ack *ack, uint32_t flight)
{
    struct tarn_cc_ack episode = *ack;

    episode.prior_inflight = flight;
    tcp_cc_event(st, tc, event, &episode);
    a->cc.ctl.cwnd = max_u64(a->cc.ctl.ssthresh, a->cc.min_cwnd);
    tcp_ecn_reduced(tc);
}

static void enter_recovery(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                           const struct tarn_cc_ack *ack)
{
    bool reduced = a->ca_state == TCP_CA_CWR; /* in this round trip, for a mark */

    a->ca_state = TCP_CA_RECOVERY;
    a->recover = tc->snd_nxt;
    a->has_recover = true;
    a->rexmit_now = true;
    stat_add(st, TARN_STAT_TCP_FAST_RECOVERIES, 1);
    if (!reduced)
        reduce(st, tc, a, TARN_CC_LOSS, ack, tcp_flight(tc));
}

void tcp_cwr_enter(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                   const struct tarn_cc_ack *ack)
{
    if (a->ca_state != TCP_CA_OPEN)
        return;
    a->ca_state = TCP_CA_CWR;
    a->recover = tc->snd_nxt;
    reduce(st, tc, a, TARN_CC_ECN, ack, tcp_flight(tc) + ack->acked);
}

static void leave(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                  const struct tarn_cc_ack *ack)
{
    bool fast = a->ca_state == TCP_CA_RECOVERY || a->ca_state == TCP_CA_CWR;

    a->ca_state = TCP_CA_OPEN;
    a->rexmit_now = false;
    a->dup_acks = 0;
    if (fast)
        tcp_cc_event(st, tc, TARN_CC_RECOVERED, ack);
}

/* RFC 6582 3.2 step 1: duplicates of what was sent before the last episode do not begin one. */
static bool is_new_episode(const struct tcp_sock *tc, const struct tcp_active *a)
{
    return !a->has_recover || seq_gt(tc->snd_una, a->recover);
}

static void detect_by_dup_acks(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                               const struct tcp_sample *s)
{
    uint32_t thresh = (uint32_t)st->param[PARAM_TCP_DUPTHRESH];

    if (a->ca_state < TCP_CA_RECOVERY && a->dup_acks >= thresh && is_new_episode(tc, a))
        mark_head_lost(st, tc, a);
    else if (a->ca_state == TCP_CA_RECOVERY && s->advanced) {
        mark_head_lost(st, tc, a); /* a partial ACK: the next hole begins here */
        a->rexmit_now = true;
    }
}

/* Without SACK: what left the network but is acknowledged now is no more told of by duplicates. */
static void deflate(struct tcp_active *a, const struct tcp_sample *s)
{
    if (a->ca_state == TCP_CA_RECOVERY && a->dup_acks > s->acked_segs)
        a->dup_acks -= s->acked_segs;
    else
        a->dup_acks = 0;
}

/* Is what was in flight when the episode began acknowledged? After a mark, one byte more: then the
 * peer has seen our CWR, and an echo is a new mark's (RFC 3168 6.1.2). */
static bool is_over(const struct tcp_sock *tc, const struct tcp_active *a)
{
    return seq_gt(tc->snd_una, a->recover) ||
           (a->ca_state != TCP_CA_CWR && seq_eq(tc->snd_una, a->recover));
}

void tcp_loss_detect(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                     struct tcp_sample *s, const struct tarn_cc_ack *ack)
{
    uint64_t lost = a->lost;

    if (s->advanced)
        deflate(a, s);
    if (a->ca_state != TCP_CA_OPEN && is_over(tc, a))
        leave(st, tc, a, ack);
    if (tc->sack_ok)
        tcp_sack_mark_lost(st, tc, a);
    else
        detect_by_dup_acks(st, tc, a, s);
    s->newly_lost = (uint32_t)(a->lost - lost);
    if (s->newly_lost > 0 && a->ca_state < TCP_CA_RECOVERY)
        enter_recovery(st, tc, a, ack);
}

void tcp_loss_timeout(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    bool again = a->ca_state == TCP_CA_LOSS && seq_lt(tc->snd_una, a->recover);
    struct tarn_cc_ack ack = {.size = sizeof ack, .rtt_ns = -1, .owd_ns = -1, .now_ns = st->now};

    ack.inflight = tcp_inflight(tc, a);
    ack.prior_inflight = tcp_flight(tc); /* FlightSize of RFC 5681 equation (4) */
    if (!again) /* RFC 5681 3.1: once per loss, not for each retransmission of it */
        tcp_cc_event(st, tc, TARN_CC_RTO, &ack);
    tcp_ecn_reduced(tc);
    tcp_sack_mark_all_lost(st, tc, a);
    a->cc.ctl.cwnd = tc->snd_mss;
    a->ca_state = TCP_CA_LOSS;
    a->recover = tc->snd_nxt;
    a->has_recover = true;
    a->dup_acks = 0;
    a->rexmit_now = true;
}
