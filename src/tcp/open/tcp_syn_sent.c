/* tcp/open/tcp_syn_sent.c - a segment in SYN-SENT (RFC 9293 3.10.7.3), and reaching ESTABLISHED.
 *
 * RFC 5961 adds nothing here (erratum 8167 of RFC 9293): a reset is good when it acknowledges our
 * SYN, and then the connection is refused at once (T11). An answer that acknowledges something else
 * belongs to an old connection of the peer's: it gets a reset, and the SYN is sent again without
 * waiting for its timer (T10). */
#include "tcp/open/tcp_open.h"

#include "base/bits.h"
#include "tcp/close/tcp_close.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/path/tcp_path.h"
#include "tcp/receive/tcp_receive.h"
#include "tcp/tcp_machine.h"

/* <SEQ=IRS> is known: the receive side begins. */
static void receive_side(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    tc->irs = g->seq;
    tc->rcv_nxt = tc->rcv_acked = seq_add(g->seq, 1);
    tc->rcv_adv = seq_add(tc->rcv_nxt, min_u32(tc->rcv_buf, UINT16_MAX));
    tcp_opts_agree(st, tc, &g->h.opts, g->now);
    if (tc->ecn != TCP_ECN_OFF)
        tcp_ecn_answered(st, tc, g);
    tcp_mss_update(st, tc, tc->sk.route_mtu);
    tcp_window_init(st, tc, g->now);
}

void tcp_established(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    struct tcp_active *a = tcp_active(st, tc);

    tcp_set_state(st, tc, TARN_TCP_ESTABLISHED);
    if (tc->fin_queued)
        tcp_set_state(st, tc, TARN_TCP_FIN_WAIT_1); /* it was closed in the meantime */
    tc->was_connected = 1;
    tc->quick_acks = TCP_QUICK_ACKS;
    tc->received_ms = tc->sent_ms = tc->data_ms = tcp_ms(now);
    tcp_rtt_established(tc);
    tcp_probe_begin(st, tc);
    if (a != NULL) {
        tc->handshake_us = (uint32_t)min_u64((now - tc->progress_at) / 1000, UINT32_MAX);
        tcp_cc_start(st, tc, a, now); /* the segment size is known only now */
        if (tc->retries > 1)          /* RFC 6298 5.7, RFC 6928 2: the path is slow or congested */
            a->cc.ctl.cwnd = tc->snd_mss;
        a->ca_state = TCP_CA_OPEN;
        a->rexmit_now = false;
    }
    tcp_metrics_use(st, tc);
    tcp_keepalive_update(st, tc, now);
    sock_ready(st, &tc->sk, TARN_OUT, TARN_HUP);
}

/* A reset for each, and the SYN again once: who forges such answers gets no more out of
 * us than he puts in. */
static enum tcp_verdict bad_ack(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    struct tcp_active *a = tcp_active(st, tc);
    struct tcp_rec *syn = a != NULL ? list_first(st, &a->recs) : NULL;

    if ((g->h.flags & TCP_RST) != 0)
        return tcp_reject(g, DROP_TCP_ACK);
    tcp_reset_reply(st, g);
    if (syn != NULL && syn->retries == 0) {
        tcp_recs_lost_all(st, tc, a);
        a->rexmit_now = true;
    }
    return tcp_reject(g, DROP_TCP_ACK);
}

/* RFC 7323 3.2 and Linux: an echo of a time at which we have sent no SYN belongs to another
 * connection. */
static bool is_foreign_echo(const struct tarn *st, const struct tcp_sock *tc,
                            const struct tcp_seg *g)
{
    const struct tcp_opts *o = &g->h.opts;
    uint32_t now = tcp_ts_now(tc->ts_offset, g->now);

    if (!o->has_timestamps || o->ts_echo == 0 || st->param[PARAM_TCP_TIMESTAMPS] == 0 ||
        st->param[PARAM_TCP_PAWS] == 0 || tcp_flight(tc) == 0)
        return false;
    return now - o->ts_echo > now - tcp_ts_now(tc->ts_offset, tc->progress_at);
}

static enum tcp_verdict refused(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g, bool ack)
{
    if (!ack)
        return tcp_reject(g, DROP_TCP_RST);
    stat_add(st, TARN_STAT_TCP_ATTEMPT_FAILS, 1);
    tcp_fail(st, tc, -TARN_ECONNREFUSED);
    return TCP_DONE;
}

static void window_of_syn(struct tcp_sock *tc, const struct tcp_seg *g)
{
    tc->snd_wnd = tc->max_snd_wnd = g->h.window; /* never scaled (RFC 7323 2.2) */
    tc->snd_wl1 = g->seq;
    tc->snd_wl2 = g->h.ack;
}

/* The ACK of the handshake may wait for data that goes with it: as Linux, when the application is
 * about to send, has put accepting off, or wants no quick ACKs. */
static bool saves_ack(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->defer_s != 0 || tc->pingpong || tcp_fastopen_saves_ack(st, tc);
}

enum tcp_verdict tcp_syn_sent_input(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    bool ack = (g->h.flags & TCP_ACK) != 0;
    enum tcp_verdict v;

    if (ack && (!seq_gt(g->h.ack, tc->iss) || seq_gt(g->h.ack, tc->snd_nxt)))
        return bad_ack(st, tc, g);
    if (ack && is_foreign_echo(st, tc, g)) {
        tcp_reset_reply(st, g);
        return tcp_reject(g, DROP_TCP_PAWS);
    }
    if ((g->h.flags & TCP_RST) != 0)
        return refused(st, tc, g, ack);
    if (!g->syn)
        return tcp_reject(g, DROP_TCP_FLAGS);
    if (tcp_flight(tc) == 0)
        return tcp_reject(g, DROP_TCP_ACK); /* our SYN has not left yet */
    window_of_syn(tc, g);
    receive_side(st, tc, g);
    tc->ack_now = !ack || !saves_ack(st, tc);
    if (!ack) { /* simultaneous open: answer with SYN,ACK in place of the SYN */
        struct tcp_active *a = tcp_active(st, tc);

        tcp_set_state(st, tc, TARN_TCP_SYN_RECEIVED);
        tcp_recs_lost_all(st, tc, a);
        a->rexmit_now = true;
        return TCP_DONE;
    }
    tc->handshake_us = (uint32_t)min_u64((g->now - tc->progress_at) / 1000, UINT32_MAX);
    tcp_established(st, tc, g->now);
    g->syn = false;
    g->seq = seq_add(g->seq, 1);
    if (!tc->ack_now) {
        tc->ack_at = g->now + (tarn_ns)st->param[PARAM_TCP_DELACK_MAX_MS] * 1000000;
        tc->quick_acks = 0;
        tc->data_ms = tcp_ms(g->now);
    }
    v = tcp_ack(st, tc, g);
    if (v == TCP_CONTINUE)
        tcp_fastopen_answered(st, tc, g);
    if (v != TCP_CONTINUE || (g->data == 0 && !g->fin))
        return TCP_DONE;
    return tcp_after_ack(st, tc, g); /* text and FIN that came with the SYN */
}
