/* tcp/tcp_input.c - SEGMENT ARRIVES (RFC 9293 3.10.7): whose it is, and the eight steps.
 *
 * A segment belongs to a connection, to a small record (half open or TIME-WAIT), to a listener, or
 * to nobody. For a connection whose state is neither LISTEN nor SYN-SENT the steps of 3.10.7.4 are
 * run in their order from a table; each says whether the next one is to look at it. With RFC 5961:
 * a reset must name RCV.NXT exactly, a SYN changes nothing, an ACK must lie within the last window.
 *
 * Deviations. A segment that ends at RCV.NXT or begins at the right edge is not refused: what its
 * ACK and window say is used (3.10.7.4 allows it for a window of zero); the text is cut off later.
 * In SYN-RECEIVED the peer's SYN,ACK is taken for an ACK (simultaneous open, MUST-10), though its
 * sequence number lies before the window. */
#include "tcp/tcp_machine.h"

#include "tcp/auth/tcp_auth.h"
#include "tcp/close/tcp_close.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/open/tcp_open.h"
#include "tcp/receive/tcp_receive.h"
#include "tcp/user/tcp_user.h"

static enum tarn_drop parse(struct tarn *st, struct tcp_seg *g)
{
    struct pkt *p = g->p;
    const uint8_t *head = pkt_pull(st, p, TCP_HEADER_BYTES);
    size_t header_bytes = head != NULL ? (size_t)(head[12] >> 4) * 4 : 0;
    enum wire_err bad;

    if (head == NULL)
        return DROP_TCP_SHORT;
    if (header_bytes < TCP_HEADER_BYTES || (head = pkt_pull(st, p, (unsigned)header_bytes)) == NULL)
        return DROP_TCP_HEADER_LENGTH;
    if (!path_csum_good(st, g->ip, p))
        return DROP_TCP_CHECKSUM;
    g->head = head;
    bad = tcp_parse(&g->h, head, header_bytes);
    if (bad != WIRE_OK)
        return (enum tarn_drop)bad;
    if (g->h.opts.malformed)
        return DROP_TCP_OPTION;
    if (g->h.src_port == 0 || g->h.dst_port == 0)
        return DROP_TCP_PORT;
    if (!g->ip->to_us || (p->flags & PKT_BROADCAST) != 0)
        return DROP_TCP_ADDRESS;
    pkt_strip(p, (unsigned)header_bytes);
    return DROP_N;
}

static void read_header(struct tcp_seg *g)
{
    g->seq = g->h.seq;
    g->data = pkt_len(g->p);
    g->syn = (g->h.flags & TCP_SYN) != 0;
    g->fin = (g->h.flags & TCP_FIN) != 0;
    g->wnd = g->h.window;
    g->has_isn = false;
    g->by.key = NULL;
}

void tcp_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    struct tcp_seg g; /* what parse() and read_header() do not set counts only with has_isn */
    struct sock *sk;
    enum tarn_drop bad;

    g.ip = ip;
    g.p = p;
    g.now = now;
    bad = parse(st, &g);
    if (bad != DROP_N) {
        pkt_drop(st, p, bad);
        return;
    }
    read_header(&g);
    stat_add(st, TARN_STAT_TCP_SEGS_IN, p->segs);
    sk = demux_find(st, IP_PROTO_TCP, ip, g.h.src_port, g.h.dst_port);
    if (sk != NULL && tcp_auth_concerns(tcp_of(sk), &g) && !tcp_auth_admits(st, tcp_of(sk), &g))
        tcp_seg_end(st, &g, TCP_DROP);
    else if (sk != NULL && tcp_of(sk)->state != TARN_TCP_LISTEN)
        tcp_segment(st, tcp_of(sk), &g);
    else if (!tcp_mini_input(st, sk != NULL ? tcp_of(sk) : NULL, &g))
        tcp_listen_input(st, sk != NULL ? tcp_of(sk) : NULL, &g);
    tcp_seg_end(st, &g, TCP_DONE);
}

void tcp_seg_end(struct tarn *st, struct tcp_seg *g, enum tcp_verdict v)
{
    if (g->p == NULL)
        return;
    if (v == TCP_DROP)
        pkt_drop(st, g->p, g->why);
    else
        pkt_put(st, g->p);
    g->p = NULL;
}

enum tcp_verdict tcp_reject(struct tcp_seg *g, enum tarn_drop why)
{
    g->why = why;
    return TCP_DROP;
}

/* RFC 9293 3.10.7.4, first: check sequence number ---------------------------------------------- */

/* The probe of keep-alive and of a closed window: it asks for an ACK and nothing else. */
static bool is_probe(const struct tcp_sock *tc, const struct tcp_seg *g)
{
    return g->data <= 1 && !g->syn && !g->fin && seq_eq(g->seq, seq_sub(tc->rcv_nxt, 1));
}

/* Not acceptable: the peer is told where we are, unless it resets. */
static enum tcp_verdict outside(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    bool old = seq_leq(seq_add(g->seq, tcp_seg_len(g)), tc->rcv_nxt);

    if ((g->h.flags & TCP_RST) != 0)
        return tcp_reject(g, old ? DROP_TCP_OLD : DROP_TCP_WINDOW);
    if (is_probe(tc, g))
        tc->ack_now = 1;
    else
        tcp_corrective_ack(st, tc, g);
    if (old && g->data > 0)
        tcp_dsack_note(st, tc, g->seq, seq_add(g->seq, g->data), g->now);
    return tcp_reject(g, old ? DROP_TCP_OLD : DROP_TCP_WINDOW);
}

static enum tcp_verdict step1_sequence(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    bool rst = (g->h.flags & TCP_RST) != 0;
    tcp_seq end;

    if (tc->state == TARN_TCP_SYN_RECEIVED && g->syn && !rst && seq_eq(g->seq, tc->irs) &&
        (g->h.flags & TCP_ACK) != 0) {
        tcp_dsack_note(st, tc, g->seq, tc->rcv_nxt, g->now); /* as Linux: it has come before */
        tc->ack_now = 1;
        g->syn = false;
        g->seq = seq_add(g->seq, 1);
    }
    if (tc->state == TARN_TCP_SYN_RECEIVED && tcp_fastopen_syn_again(st, tc, g))
        return tcp_reject(g, DROP_TCP_OLD);
    if (!rst && tcp_paws_rejects(st, tc, g)) {
        tcp_corrective_ack(st, tc, g);
        return tcp_reject(g, DROP_TCP_PAWS);
    }
    end = seq_add(g->seq, tcp_seg_len(g));
    if (seq_lt(end, tc->rcv_nxt) || seq_gt(g->seq, tc->rcv_adv))
        return outside(st, tc, g);
    return TCP_CONTINUE;
}

/* Second: check the RST bit -------------------------------------------------------------------- */

/* What a reset means to the application; Linux's numbers. */
static int reset_error(const struct tcp_sock *tc, bool passive)
{
    switch (tc->state) {
    case TARN_TCP_SYN_RECEIVED: return passive ? -TARN_ECONNRESET : -TARN_ECONNREFUSED;
    case TARN_TCP_CLOSE_WAIT: return -TARN_EPIPE;
    case TARN_TCP_CLOSING:
    case TARN_TCP_LAST_ACK: return 0;
    default: return -TARN_ECONNRESET;
    }
}

static enum tcp_verdict step2_rst(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    bool passive;

    if ((g->h.flags & TCP_RST) == 0)
        return TCP_CONTINUE;
    if (!seq_eq(g->seq, tc->rcv_nxt) && st->param[PARAM_TCP_CHALLENGE] != 0) {
        if (seq_in_window(g->seq, tc->rcv_nxt, tcp_rcv_wnd(tc)))
            tcp_challenge(st, tc, g->now);
        return tcp_reject(g, DROP_TCP_RST);
    }
    stat_add(st,
             tc->state == TARN_TCP_SYN_RECEIVED ? TARN_STAT_TCP_ATTEMPT_FAILS
                                                : TARN_STAT_TCP_RESETS_IN,
             1);
    passive = tcp_fastopen_is_unproven(st, tc);
    if (passive)
        tcp_fastopen_end(st, tc, true);
    tcp_fail(st, tc, reset_error(tc, passive));
    return TCP_DONE;
}

/* Third: check security. The compartments of RFC 791's option are not carried (RFC 9293 A.1),
 * so every segment has the connection's. */
static enum tcp_verdict step3_security(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    (void)st, (void)tc, (void)g;
    return TCP_CONTINUE;
}

/* Fourth: check the SYN bit (RFC 5961 4) ------------------------------------------------------- */

static enum tcp_verdict step4_syn(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    if (!g->syn)
        return TCP_CONTINUE;
    if (tc->ecn == TCP_ECN_ACCURATE)
        tcp_accecn_syn_again(st, tc, g);
    if (st->param[PARAM_TCP_CHALLENGE] != 0) {
        tcp_challenge(st, tc, g->now);
    } else { /* RFC 9293 3.10.7.4, fourth step, without RFC 5961 */
        tcp_reset_reply(st, g);
        tcp_fail(st, tc, -TARN_ECONNRESET);
    }
    return tcp_reject(g, DROP_TCP_SYN);
}

/* Fifth: check the ACK field ------------------------------------------------------------------- */

/* The ACK that SYN-RECEIVED has waited for. */
static enum tcp_verdict established(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    if (!seq_gt(g->h.ack, tc->snd_una) || seq_gt(g->h.ack, tc->snd_nxt)) {
        tcp_reset_reply(st, g);
        return tcp_reject(g, DROP_TCP_ACK);
    }
    tc->snd_wnd = tc->max_snd_wnd = g->wnd;
    tc->snd_wl1 = g->seq;
    tc->snd_wl2 = g->h.ack;
    tcp_established(st, tc, g->now);
    return TCP_CONTINUE;
}

/* Also: the segment is ours, so its mark counts (RFC 9768 3.2). */
static enum tcp_verdict step5_ack(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    if ((g->h.flags & TCP_ACK) == 0)
        return tcp_reject(g, DROP_TCP_FLAGS);
    if (tc->ecn == TCP_ECN_ACCURATE)
        tcp_accecn_arrived(st, tc, g);
    if (tc->state == TARN_TCP_SYN_RECEIVED) {
        enum tcp_verdict v = established(st, tc, g);

        if (v != TCP_CONTINUE)
            return v;
    }
    return tcp_ack(st, tc, g);
}

/* Sixth: check the URG bit --------------------------------------------------------------------- */

static enum tcp_verdict step6_urg(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    if ((g->h.flags & TCP_URG) != 0 && tcp_in(tc, TCP_STATES_RECEIVE))
        tcp_urgent_input(st, tc, g);
    return TCP_CONTINUE;
}

/* Seventh: process the segment text ------------------------------------------------------------ */

static enum tcp_verdict step7_text(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    if (g->data == 0 && !g->fin)
        return TCP_DONE; /* an acceptable empty ACK is never answered (T2) */
    if (!tcp_in(tc, TCP_STATES_RECEIVE)) {
        tcp_corrective_ack(st, tc, g); /* our ACK of the FIN was lost */
        return tcp_reject(g, DROP_TCP_OLD);
    }
    if (g->data > 0 && (tc->sk.flags & SOCK_DEAD) != 0 &&
        seq_gt(seq_add(g->seq, g->data), tc->rcv_nxt)) {
        tcp_reset_reply(st, g); /* RFC 9293 3.6.1: nobody will ever read it */
        tcp_fail(st, tc, 0);
        return tcp_reject(g, DROP_TCP_CLOSED);
    }
    return tcp_text(st, tc, g);
}

/* Eighth: check the FIN bit -------------------------------------------------------------------- */

static enum tcp_verdict step8_fin(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    struct tcp_active *a = tcp_active(st, tc);

    if (!g->fin)
        return TCP_DONE;
    if (a != NULL)
        tcp_runs_purge(st, a); /* behind a FIN there is nothing */
    tc->rcv_nxt = seq_add(tc->rcv_nxt, 1);
    tc->rcv_adv = seq_max(tc->rcv_adv, tc->rcv_nxt);
    tc->fin_received = 1;
    tc->ack_now = 1;
    sock_ready(st, &tc->sk, TARN_IN | TARN_RDHUP, 0);
    switch (tc->state) {
    case TARN_TCP_ESTABLISHED: tcp_set_state(st, tc, TARN_TCP_CLOSE_WAIT); break;
    case TARN_TCP_FIN_WAIT_1: tcp_set_state(st, tc, TARN_TCP_CLOSING); break;
    case TARN_TCP_FIN_WAIT_2: tcp_enter_time_wait(st, tc, g->now); break;
    default: break;
    }
    return TCP_DONE;
}

enum { TCP_STEP_AFTER_ACK = 5 };

typedef enum tcp_verdict (*tcp_step)(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);

static const tcp_step steps[] = {step1_sequence, step2_rst, step3_security, step4_syn,
                                 step5_ack,      step6_urg, step7_text,     step8_fin};

/* The steps from `first` on. */
static enum tcp_verdict run_steps(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g,
                                  size_t first)
{
    enum tcp_verdict v = TCP_CONTINUE;

    for (size_t i = first; i < ARRAY_LEN(steps) && v == TCP_CONTINUE; i++)
        v = steps[i](st, tc, g);
    return v;
}

enum tcp_verdict tcp_after_ack(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    return run_steps(st, tc, g, TCP_STEP_AFTER_ACK);
}

static void note_arrival(struct tcp_sock *tc, const struct tcp_seg *g)
{
    tc->segs_in += g->p->segs;
    if (g->data > 0)
        tc->data_segs_in += g->p->segs;
}

void tcp_segment(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    enum tcp_verdict v;

    note_arrival(tc, g);
    if (!g->syn)
        g->wnd = g->wnd << tc->snd_wscale;
    v = tc->state == TARN_TCP_SYN_SENT ? tcp_syn_sent_input(st, tc, g) : run_steps(st, tc, g, 0);
    tcp_seg_end(st, g, v);
    tcp_settle(st, tc, g->now);
}
