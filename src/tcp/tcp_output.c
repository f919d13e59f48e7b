/* tcp/tcp_output.c - the next segment of a connection: one decision list, first match wins.
 *
 *     RST          the connection was aborted
 *     SYN          the handshake's first segment (again: a lost record like any other)
 *     retransmit   a lost record, when the congestion window has room
 *     probe        window or keep-alive probe, when its timer ended
 *     MTU probe    a segment that is longer than others, while the path's MTU is searched for
 *     data         what Nagle, the windows and the congestion control allow
 *     FIN          when all data is sent
 *     ACK          when one is owed; every segment above carries one too
 *
 * A segment is up to gso_max bytes long: the link or port_output() cuts it; those with payload are
 * made in tcp_send.c. Whether anything is due at all is asked apart (tcp_is_due), by everything
 * that changes the connection; tcp_deadline() in tcp_timer.c says when time alone will make
 * something due. */
#include "tcp/tcp_machine.h"

#include "base/bits.h"
#include "base/sum.h"
#include "tcp/auth/tcp_auth.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/open/tcp_open.h"
#include "tcp/path/tcp_path.h"
#include "tcp/receive/tcp_receive.h"
#include "tcp/send/tcp_send.h"
#include "tcp/user/tcp_user.h"

struct pkt *tcp_make_nothing(const struct tcp_make *m)
{
    m->tc->starved = 1;
    return NULL;
}

/* The header in front of whatever payload p has. */
static void put_header(const struct tcp_make *m, struct pkt *p, struct tcp_hdr *h)
{
    h->src_port = m->tc->sk.local.port;
    h->dst_port = m->tc->sk.remote.port;
    pkt_prepend(p, (unsigned)tcp_bytes(&h->opts));
    h->checksum = sum_fold(path_pseudo_sum(m->ip, pkt_len(p)));
    tcp_build(pkt_head(p), h);
    if (m->tc->keyed) {
        struct tcp_signer by = tcp_auth_signer(m->st, m->tc);

        tcp_auth_sign(m->st, &by, m->ip, p, h);
    }
    p->l4 = (uint16_t)p->head_off;
    p->csum = PKT_CSUM_PARTIAL;
    p->csum_offset = TCP_CHECKSUM_OFFSET;
    p->mark = m->tc->sk.mark;
}

struct pkt *tcp_make_segment(const struct tcp_make *m, struct pkt *p, tcp_seq s, unsigned flags)
{
    struct tcp_sock *tc = m->tc;
    uint32_t wnd = tcp_window_offer(m->st, tc);
    struct tcp_hdr h;

    h.seq = s;
    h.ack = (flags & TCP_ACK) != 0 ? tc->rcv_nxt : seq(0);
    if (tc->stepwise && flags == TCP_ACK && pkt_len(p) == 0)
        h.ack = tcp_ack_number(tc, &wnd);
    if (tc->ecn != TCP_ECN_OFF)
        flags |= tcp_ecn_feedback(m, flags, pkt_len(p) == 0);
    h.flags = (uint16_t)flags;
    h.urgent = 0;
    if ((flags & TCP_SYN) != 0) {
        tcp_opts_syn(m->st, tc, &h.opts, m->now);
    } else {
        tcp_opts_segment(tc, &h.opts, m->now);
        tcp_sack_fill(m->st, tc, &h.opts);
        wnd >>= tc->rcv_wscale;
    }
    if (tc->uto_due)
        tcp_uto_option(m->st, tc, p, &h.opts);
    if (tc->keyed)
        tcp_auth_option(m->st, tc, &h.opts);
    if (tc->ecn == TCP_ECN_ACCURATE)
        tcp_accecn_option(m, &h.opts, flags);
    h.window = (uint16_t)min_u32(wnd, UINT16_MAX);
    if ((flags & TCP_ACK) != 0)
        tcp_ack_sent(tc, h.ack);
    if (tc->snd_urgent && (flags & TCP_SYN) == 0)
        tcp_urgent_mark(m->st, tc, &h);
    put_header(m, p, &h);
    tc->segs_out += p->segs;
    stat_add(m->st, TARN_STAT_TCP_SEGS_OUT, p->segs);
    return p;
}

static struct pkt *control(const struct tcp_make *m, tcp_seq s, unsigned flags)
{
    struct pkt *p = pkt_get(m->st, 0, TCP_PKT_ROOM);

    return p != NULL ? tcp_make_segment(m, p, s, flags) : tcp_make_nothing(m);
}

void tcp_sent_new(const struct tcp_make *m, struct tcp_active *a, struct tcp_rec *r)
{
    struct tcp_sock *tc = m->tc;

    tcp_rate_sent(tc, a, r, m->now);
    if (tcp_flight(tc) == 0)
        tc->progress_at = m->now;
    if (tc->link_owes)
        tc->rto_at = 0;
    tc->link_owes = 0;
    tc->snd_nxt = r->end;
    r->inflight = tcp_inflight(tc, a);
    tc->sent_ms = tcp_ms(m->now);
    if (tc->rto_at == 0)
        tc->rto_at = m->now + tcp_rto_ns(m->st, tc);
    a->tlp.stale = true;
    a->prr.out += r->end.v - r->start.v;
    tcp_cc_sent(m->st, tc, a, r, m->now);
}

/* RST ---------------------------------------------------------------------------------------- */

static uint32_t due_rst(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    (void)st, (void)now;
    return tc->rst_due;
}

static struct pkt *make_rst(const struct tcp_make *m, uint32_t n)
{
    struct pkt *p = control(m, m->tc->snd_nxt, TCP_RST | TCP_ACK);

    (void)n;
    if (p != NULL) {
        m->tc->rst_due = 0;
        m->tc->idle_at = m->now; /* the tick gives the memory back */
        stat_add(m->st, TARN_STAT_TCP_RESETS_OUT, 1);
    }
    return p;
}

/* SYN ---------------------------------------------------------------------------------------- */

bool tcp_syn_is_due(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->syn_unacked && seq_eq(tc->snd_nxt, tc->iss) &&
           tcp_in(tc, TCP_S(SYN_SENT) | TCP_S(SYN_RECEIVED)) && !tcp_fastopen_is_deferred(st, tc);
}

static uint32_t due_syn(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    (void)now;
    return tcp_syn_is_due(st, tc);
}

unsigned tcp_syn_flags(const struct tarn *st, const struct tcp_sock *tc)
{
    unsigned ack = tc->state == TARN_TCP_SYN_SENT ? 0 : TCP_ACK;

    return TCP_SYN | ack | tcp_ecn_syn_flags(st, tc);
}

/* Account a segment that takes one sequence number, and make it. Without memory for the packet its
 * record stands for a lost one. */
static struct pkt *make_numbered(const struct tcp_make *m, unsigned rec_flag, unsigned flags)
{
    struct tcp_active *a = tcp_activate(m->st, m->tc, m->now);
    struct tcp_rec *r = a != NULL ? tcp_rec_add(m->st, m->tc, a, 1, rec_flag) : NULL;

    if (r == NULL)
        return tcp_make_nothing(m);
    tcp_sent_new(m, a, r);
    m->tc->fin_sent = rec_flag == TCP_REC_FIN;
    return control(m, r->start, flags);
}

static struct pkt *make_syn(const struct tcp_make *m, uint32_t n)
{
    uint32_t data = tcp_fastopen_syn_data(m->tc);
    struct pkt *p = data > 0 ? tcp_fastopen_make_syn(m, data)
                             : make_numbered(m, TCP_REC_SYN, tcp_syn_flags(m->st, m->tc));

    (void)n;
    if (tcp_flight(m->tc) > 0)
        tcp_fastopen_sent(m->st, m->tc, data);
    return p;
}

/* Probe -------------------------------------------------------------------------------------- */

static uint32_t due_probe(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    (void)st, (void)now;
    return tc->probe_due;
}

/* One sequence number below what the peer expects: it must answer with an ACK that shows its
 * window, and takes no byte twice. */
static struct pkt *make_probe(const struct tcp_make *m, uint32_t n)
{
    struct pkt *p = control(m, seq_sub(m->tc->snd_una, 1), TCP_ACK);

    (void)n;
    if (p != NULL)
        m->tc->probe_due = 0;
    return p;
}

/* FIN ---------------------------------------------------------------------------------------- */

static uint32_t due_fin(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    (void)now;
    return tc->fin_queued && !tc->fin_sent &&
           (!tc->syn_unacked || tcp_fastopen_is_unproven(st, tc)) &&
           seq_eq(tc->snd_nxt, tcp_data_end(tc)) && tcp_usable_wnd(tc) > 0;
}

static struct pkt *make_fin(const struct tcp_make *m, uint32_t n)
{
    (void)n;
    return make_numbered(m, TCP_REC_FIN, TCP_FIN | TCP_ACK);
}

/* ACK ---------------------------------------------------------------------------------------- */

static uint32_t due_ack(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    (void)st;
    return tc->ack_now || (tc->ack_at != 0 && tc->ack_at <= now);
}

static struct pkt *make_ack(const struct tcp_make *m, uint32_t n)
{
    (void)n;
    return control(m, m->tc->snd_nxt, TCP_ACK);
}

/* `due` says how many bytes, or 1 for a segment that has none; `make` gets to know. */
static const struct decision {
    uint32_t (*due)(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
    struct pkt *(*make)(const struct tcp_make *m, uint32_t n);
} decisions[] = {
    {due_rst, make_rst},
    {due_syn, make_syn},
    {tcp_may_retransmit, tcp_make_retransmit},
    {due_probe, make_probe},
    {tcp_probe_due, tcp_probe_make},
    {tcp_may_send_now, tcp_make_data},
    {due_fin, make_fin},
    {due_ack, make_ack},
};

static const struct decision *decide(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now,
                                     uint32_t *n)
{
    /* Unrolled, each is called directly. */
#pragma GCC unroll 8
    for (size_t i = 0; i < ARRAY_LEN(decisions); i++)
        if ((*n = decisions[i].due(st, tc, now)) != 0)
            return &decisions[i];
    return NULL;
}

bool tcp_is_due(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    uint32_t n;

    return decide(st, tc, now, &n) != NULL;
}

/* What the options of a segment take that not every one has. */
static uint32_t options_bytes(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    uint32_t bytes = tcp_sack_bytes(st, tc);

    return tc->ecn == TCP_ECN_ACCURATE ? tcp_accecn_bytes(st, tc, bytes, now) : bytes;
}

struct pkt *tcp_pull(struct tarn *st, struct sock *sk, struct ip_info *ip,
                     const struct tx_room *room, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);
    struct tcp_make m = {st, tc, ip, room, now, 0};
    const struct decision *d;
    struct pkt *p;
    uint32_t n;

    if (tcp_in(tc, TCP_STATES_SYNCHRONISED | TCP_S(SYN_RECEIVED)))
        tcp_mss_update(st, tc, room->mtu);
    d = decide(st, tc, now, &n);
    if (d != NULL) {
        m.mss = tc->snd_mss - options_bytes(st, tc, now);
        p = d->make(&m, n);
        if (p != NULL && tc->heard) {
            p->flags |= PKT_CONFIRM;
            tc->heard = 0;
        }
        return p;
    }
    tcp_persist_update(st, tc, now);
    tcp_tlp_update(st, tc, now);
    return NULL;
}
