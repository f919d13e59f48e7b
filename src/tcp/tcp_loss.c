/* tcp/tcp_loss.c - what is lost, and what state of recovery follows: Linux's states, with RFC 5681,
 * RFC 6675 and RFC 6582 for what they do.
 *
 *     OPEN <-----> DISORDER      something SACKed or told of by a duplicate ACK, nothing lost yet
 *       |  \       /   |
 *       |   v     v    |         a congestion mark (RFC 3168): tcp_cwr_enter()
 *       |     CWR      |
 *       |      |       |         newly lost
 *       +--> RECOVERY <+
 *
 *     any --- timeout ---> LOSS  CWR, RECOVERY and LOSS end when all is acknowledged that was out
 *                                when they began: SND.UNA >= recover
 *
 * With SACK, loss is what RFC 6675 says: DupThresh islands or more than DupThresh - 1 segments of
 * SACKed bytes above. Without, DupThresh duplicate ACKs (RFC 5681 3.2), and then each partial ACK
 * (RFC 6582 3.2), show that the first segment is lost. Limited transmit (RFC 3042) needs no rule of
 * its own: what was SACKed, or told of by a duplicate ACK, is not in flight any more, so new data
 * may go. Here stands what is lost; how the window comes down in CWR and RECOVERY stands in
 * tcp_prr.c, and how far is the congestion control's. */
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

/* The window is to come down: what the congestion control makes of it. */
static void begin(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                  enum tarn_cc_event event, const struct tarn_cc_ack *ack)
{
    struct tarn_cc_ack episode = *ack;

    a->recover = tc->snd_nxt;
    a->has_recover = true;
    episode.prior_inflight = tcp_flight(tc) + (event == TARN_CC_ECN ? ack->acked : 0);
    tcp_cc_event(st, tc, event, &episode);
    tcp_prr_begin(st, tc, a, ack->acked);
    tcp_ecn_reduced(tc);
}

void tcp_cwr_enter(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                   const struct tarn_cc_ack *ack)
{
    if (a->ca_state >= TCP_CA_CWR)
        return;
    begin(st, tc, a, TARN_CC_ECN, ack);
    a->ca_state = TCP_CA_CWR;
}

static void enter_recovery(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                           const struct tarn_cc_ack *ack)
{
    if (a->ca_state != TCP_CA_CWR) /* else the window is on its way down */
        begin(st, tc, a, TARN_CC_LOSS, ack);
    a->ca_state = TCP_CA_RECOVERY;
    a->rexmit_now = true;
    stat_add(st, TARN_STAT_TCP_FAST_RECOVERIES, 1);
}

/* Everything is acknowledged that was out when the episode began. For a mark (CWR), something more:
 * the peer has seen that we answered. */
static bool is_over(const struct tcp_sock *tc, const struct tcp_active *a)
{
    return a->ca_state == TCP_CA_CWR ? seq_gt(tc->snd_una, a->recover)
                                     : seq_geq(tc->snd_una, a->recover);
}

static void leave(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                  const struct tarn_cc_ack *ack)
{
    bool reduced = tcp_is_reducing(a);

    a->ca_state = TCP_CA_OPEN;
    a->rexmit_now = false;
    a->dup_acks = 0;
    if (!reduced)
        return;
    tcp_prr_end(a);
    tcp_cc_event(st, tc, TARN_CC_RECOVERED, ack);
}

/* OPEN or DISORDER. */
static void settle(struct tcp_active *a)
{
    bool disorder =
        a->sacked_bytes > 0 || a->lost_bytes > 0 || a->retrans_bytes > 0 || a->dup_acks > 0;

    if (a->ca_state <= TCP_CA_DISORDER)
        a->ca_state = disorder ? TCP_CA_DISORDER : TCP_CA_OPEN;
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

uint32_t tcp_dup_ack(const struct tcp_sock *tc, struct tcp_active *a)
{
    if (tc->sack_ok || a->ca_state == TCP_CA_LOSS || a->dup_acks == TCP_MAX_DUP_ACKS)
        return 0;
    a->dup_acks++;
    return tc->snd_mss;
}

/* Without SACK: what left the network but is acknowledged now is no more told of by duplicates. */
static void deflate(struct tcp_active *a, const struct tcp_sample *s)
{
    if (a->ca_state == TCP_CA_RECOVERY && a->dup_acks > s->acked_segs)
        a->dup_acks -= s->acked_segs;
    else
        a->dup_acks = 0;
}

void tcp_loss_detect(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                     struct tcp_sample *s, const struct tarn_cc_ack *ack)
{
    uint64_t lost = a->lost;

    if (s->advanced)
        deflate(a, s);
    if (a->ca_state >= TCP_CA_CWR && is_over(tc, a))
        leave(st, tc, a, ack);
    if (tc->sack_ok)
        tcp_sack_mark_lost(st, tc, a);
    else
        detect_by_dup_acks(st, tc, a, s);
    s->newly_lost = (uint32_t)(a->lost - lost);
    if (s->newly_lost > 0 && a->ca_state < TCP_CA_RECOVERY)
        enter_recovery(st, tc, a, ack);
    settle(a);
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
