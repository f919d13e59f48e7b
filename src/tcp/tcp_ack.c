/* tcp/tcp_ack.c - what an acknowledgement does (RFC 9293 3.10.7.4, fifth step; RFC 5681).
 *
 * In this order: is the number possible; the window; the send queue and the scoreboard; the round
 * trip time; what is lost; how much may be in flight; who is to be told. */
#include "tcp/tcp_machine.h"

#include "base/bits.h"
#include "tcp/close/tcp_close.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/open/tcp_open.h"
#include "tcp/path/tcp_path.h"
#include "tcp/send/tcp_send.h"
#include "tcp/tcp_queue.h"
#include "tcp/user/tcp_user.h"

/* RFC 5961 5.2: SND.UNA - MAX.SND.WND <= SEG.ACK <= SND.NXT. */
static bool is_possible(const struct tcp_sock *tc, const struct tcp_seg *g)
{
    return seq_leq(g->h.ack, tc->snd_nxt) &&
           seq_geq(g->h.ack, seq_sub(tc->snd_una, tc->max_snd_wnd));
}

/* RFC 9293 3.10.7.4 with erratum 4785 of RFC 793: also when SEG.ACK = SND.UNA. Segments that were
 * overtaken must not bring an older window back: SND.WL1, SND.WL2. One that acknowledges something
 * new is the newest, even a retransmission with an old number (as in Linux): its acknowledgement
 * without its window would move the right edge beyond what the peer has offered. */
static void update_window(const struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    bool newer = seq_gt(g->h.ack, tc->snd_una) || seq_lt(tc->snd_wl1, g->seq) ||
                 (seq_eq(tc->snd_wl1, g->seq) && seq_leq(tc->snd_wl2, g->h.ack));

    if (seq_lt(g->h.ack, tc->snd_una) || !newer)
        return;
    tc->snd_wnd = g->wnd;
    if (g->wnd > tc->max_snd_wnd) {
        tc->max_snd_wnd = g->wnd;
        tcp_mss_update(st, tc, tc->sk.route_mtu);
    }
    tc->snd_wl1 = seq_max(tc->snd_wl1, g->seq);
    tc->snd_wl2 = g->h.ack;
}

/* RFC 7323 4.3: the echo goes back for the segment that the next ACK answers. */
static void update_timestamp(struct tcp_sock *tc, const struct tcp_seg *g)
{
    if (tc->ts_ok && g->h.opts.has_timestamps && seq_leq(g->h.seq, tc->rcv_acked) &&
        tcp_ts_is_newer(tc, g->h.opts.ts_value, g->now))
        tcp_ts_remember(tc, g->h.opts.ts_value, g->now);
}

/* Take what is acknowledged off the send queue. */
static void clean(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, tcp_seq ack,
                  struct tcp_sample *s)
{
    uint32_t bytes = ack.v - tc->snd_una.v - tc->syn_unacked; /* the SYN is not in the queue */
    uint32_t data = min_u32(bytes, tc->sendq.bytes);          /* nor is the FIN */

    tcp_recs_acked(st, a, ack, s, st->now);
    tcp_queue_drop(st, &tc->sendq, data);
    if (chunk_at(st, tc->sendq.first) == NULL || seq_eq(ack, tc->snd_nxt))
        a->nxt_chunk = 0;
    s->syn = tc->syn_unacked;
    if (tc->syn_unacked)
        tcp_fastopen_end(st, tc, false);
    tc->syn_unacked = 0;
    tc->snd_una = ack;
    if (a->has_recover && seq_gt(ack, a->recover)) /* else it would lie ahead again, 2 GB on */
        a->has_recover = a->has_reduced = false;
    tc->bytes_acked += data;
    tc->retries = 0;
    tc->heard = 1;
    tc->progress_at = st->now;
    stat_add(st, TARN_STAT_TCP_BYTES_OUT, data);
    s->advanced = true;
}

/* RFC 6298 3 and 4, RFC 7323 4.1: the round trip of what was sent once; of the rest, if there is
 * nothing else and something was acknowledged, by the timestamp. */
static void sample_rtt(const struct tarn *st, struct tcp_sock *tc, const struct tcp_sample *s,
                       const struct tcp_seg *g)
{
    if (s->first_rtt_ns >= 0 && !s->resent) /* else it may have waited for the hole */
        tcp_rtt_sample(st, tc, (uint64_t)s->first_rtt_ns, (uint64_t)s->rtt_ns);
    else if (s->advanced)
        tcp_rtt_from_echo(st, tc, g);
}

/* Room for the application: told when a third of the buffer is free, so that each wake-up is worth
 * its cost. */
void tcp_write_space(struct tarn *st, struct tcp_sock *tc)
{
    if (!tc->snd_full || tcp_sndbuf_used(st, tc) > tc->snd_buf / 3 * 2 || !tcp_lowat_is_met(st, tc))
        return;
    tc->snd_full = 0;
    sock_ready(st, &tc->sk, TARN_OUT, 0);
}

/* Our FIN is acknowledged: nothing is in flight and nothing waits. */
static bool is_fin_acked(const struct tcp_sock *tc)
{
    return tc->fin_sent && seq_eq(tc->snd_una, tc->snd_nxt);
}

static void fin_acked(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    tc->fin_queued = 0;
    switch (tc->state) {
    case TARN_TCP_FIN_WAIT_1:
        tcp_set_state(st, tc, TARN_TCP_FIN_WAIT_2);
        tcp_orphan_update(st, tc, now);
        break;
    case TARN_TCP_CLOSING: tcp_enter_time_wait(st, tc, now); break;
    case TARN_TCP_LAST_ACK: tcp_closed(st, tc); break;
    default: break;
    }
}

/* Loss detection and congestion control: only what is in flight can be acknowledged. */
static void congestion(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                       struct tcp_sample *s, tarn_ns now)
{
    bool was_open = a->ca_state == TCP_CA_OPEN;
    struct tarn_cc_ack ack;
    bool held;

    if (s->syn)
        return; /* the handshake says nothing of the path's capacity */
    if (s->advanced && !tcp_has_scoreboard(st, tc))
        tcp_newreno_advanced(tc, a, s);
    tcp_rate_finish(tc, a, s);
    tcp_cc_fill(st, tc, a, s, now, &ack);
    tcp_loss_detect(st, tc, a, s, &ack);
    held = s->marked > 0 && tcp_cwr_enter(st, tc, a, &ack);
    if (!held && (s->acked > 0 || s->newly_lost > 0)) {
        if (!was_open || a->ca_state != TCP_CA_OPEN || s->newly_lost > 0)
            tcp_cc_fill(st, tc, a, s, now, &ack); /* what was detected has changed it */
        tcp_cc_ack(tc, a, &ack);
    }
    if (tcp_is_reducing(a))
        tcp_prr_ack(st, tc, a, s);
}

/* What the segment itself tells. */
static struct tcp_sample look(const struct tcp_sock *tc, const struct tcp_active *a,
                              const struct tcp_seg *g, uint32_t old_wnd)
{
    bool pure = g->data == 0 && !g->fin && g->wnd == old_wnd && seq_eq(g->h.ack, tc->snd_una);

    return (struct tcp_sample){
        .rtt_ns = -1,
        .first_rtt_ns = -1,
        .min_rtt_ns = (uint64_t)tc->min_rtt_us * 1000,
        .prior_inflight = tcp_inflight(tc, a),
        .prior_una = tc->snd_una,
        .has_tsecr = tc->ts_ok && g->h.opts.has_timestamps && g->h.opts.ts_echo != 0,
        .tsecr_ms = g->h.opts.ts_echo - tc->ts_offset,
        .pure = pure,
        .dup = pure && tcp_flight(tc) > 0, /* RFC 5681 2 */
    };
}

static void process(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                    const struct tcp_seg *g, uint32_t old_wnd)
{
    struct tcp_sample s = look(tc, a, g, old_wnd);

    if (seq_gt(g->h.ack, tc->snd_una))
        clean(st, tc, a, g->h.ack, &s);
    if (a->rto_since_ms != 0 && (!a->has_recover || seq_geq(tc->snd_una, a->recover)))
        tcp_timeouts_over(tc, a, g->now);
    if (a->hole_timeouts > 0 && s.sent > a->hole_at)
        a->hole_timeouts = 0;
    if (tc->searching && s.advanced)
        tcp_probe_acked(st, tc);
    if (!tcp_has_scoreboard(st, tc))
        s.told = s.dup ? tcp_newreno_dup(tc, a) : 0;
    else if (g->h.opts.n_sack > 0)
        tcp_sack_apply(st, tc, g, &s);
    sample_rtt(st, tc, &s, g);
    if (s.advanced)
        tcp_rto_restart(st, tc, g->now);
    a->tlp.stale |= s.advanced || s.sacked; /* no probe while something is SACKed (8985 7.2) */
    if (tc->ecn != TCP_ECN_OFF)
        s.marked = tcp_ecn_ack(st, tc, g, &s);
    congestion(st, tc, a, &s, g->now);
    tc->delivered_segs += s.acked_segs + (s.told > 0);
}

/* An old ACK may bring SACK blocks that are news; and when all is acknowledged, a duplicate may
 * still be told of that shows the last episode, or a loss probe, to have been needless. */
static bool says_nothing(const struct tcp_sock *tc, const struct tcp_active *a,
                         const struct tcp_seg *g)
{
    bool blocks = tc->sack_ok && g->h.opts.n_sack > 0;

    return a == NULL ||
           (!blocks && (seq_lt(g->h.ack, tc->snd_una) || (tcp_flight(tc) == 0 && !a->tlp.out)));
}

enum tcp_verdict tcp_ack(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    static const struct tcp_sample nothing = {.sent = 0};
    struct tcp_active *a = tcp_active(st, tc);
    uint32_t old_wnd = tc->snd_wnd;

    if (!is_possible(tc, g)) {
        tcp_challenge(st, tc, g->now);
        return tcp_reject(g, DROP_TCP_ACK);
    }
    update_timestamp(tc, g);
    if (g->h.opts.has_uto)
        tcp_uto_input(st, tc, g->h.opts.uto);
    tc->probes = 0;
    tc->held = 0;
    tc->received_ms = tcp_ms(g->now);
    update_window(st, tc, g);
    if (tc->snd_wnd != old_wnd && tcp_flight(tc) == 0 && tcp_unsent(tc) > 0)
        tcp_cc_idle(st, tc, g->now); /* what a closed window has held back begins anew */
    if (says_nothing(tc, a, g)) {
        if (tc->ecn == TCP_ECN_ACCURATE && seq_eq(g->h.ack, tc->snd_una))
            tcp_accecn_ack(st, tc, g, &nothing);
        return TCP_CONTINUE; /* its text may be new */
    }
    process(st, tc, a, g, old_wnd);
    tcp_sndbuf_grow(st, tc, a);
    tcp_write_space(st, tc);
    if (is_fin_acked(tc))
        fin_acked(st, tc, g->now);
    return tc->state == TARN_TCP_CLOSED ? TCP_DONE : TCP_CONTINUE;
}
