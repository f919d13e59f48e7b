/* tests/property/check.c - what must hold of every packet and at every moment.
 *
 * Of a packet that is sent: it is well-formed, fits the MTU, its checksums are right; its bytes lie
 * within the window that its receiver has offered (in packets that have arrived); its
 * acknowledgement and the right edge of its window never move back (the edge by less than the
 * window's unit: RFC 7323 2.4); timestamps do not run backwards; SACK blocks lie above the
 * acknowledgement, but for a D-SACK in front; new data does not exceed the congestion window.
 *
 * Of a moment: the invariants of tcp/tcp.h; what is due is done, and before its deadline a
 * connection has nothing to do. */
#include <stdio.h>

#include "base/bytes.h"
#include "tcp/loss/tcp_loss.h"
#include "tests/property/world.h"
#include "tests/unit/tcp/invariants.h"
#include "wire/ip4.h"

enum { BARE_ACKS_MAX = 40 };

static struct flow *flow_slot(struct world *w, unsigned end, uint16_t local, uint16_t remote)
{
    struct flow *f = &w->flow[end][(local * 31u + remote) % FLOWS];

    if (f->local != local || f->remote != remote)
        *f = (struct flow){.local = local, .remote = remote};
    return f;
}

/* Whose packet it is at `end`, from port `local` there. */
static const struct tcp_sock *socket_of(const struct world *w, unsigned end, uint16_t local,
                                        uint16_t remote)
{
    struct ip_info ip = {.to_us = true};
    const struct sock *sk;

    ip.src = world_address(w->plan, !end);
    ip.dst = world_address(w->plan, end);
    sk = demux_find(w->st[end], IP_PROTO_TCP, &ip, remote, local);
    return sk != NULL ? tcp_of_const(sk) : NULL;
}

/* Well-formed ---------------------------------------------------------------------------------- */

static void check_form(const uint8_t *b, size_t n, const struct seen *s)
{
    const struct tcp_hdr *h = &s->h;
    unsigned both = h->flags & (TCP_SYN | TCP_FIN | TCP_RST);

    MUST(s->six || load_be16(b + 2) == n, "total length %u of %zu bytes", load_be16(b + 2), n);
    MUST(!s->six || load_be16(b + 4) + 40u == n, "payload length %u of %zu bytes", load_be16(b + 4),
         n);
    MUST(packet_sums_good(b, n), "a checksum is wrong");
    if (!s->tcp)
        return;
    MUST(!h->opts.malformed, "malformed options");
    MUST(h->src_port != 0 && h->dst_port != 0, "port 0");
    MUST((both & (both - 1)) == 0, "flags %x", h->flags);
    MUST((h->flags & TCP_RST) == 0 || s->bytes == 0, "a reset with text");
}

/* New data and the congestion window ----------------------------------------------------------- */

/* Two segments more may follow duplicates (RFC 3042). A tail loss probe does not ask (RFC
 * 8985 7.3), nor do the two segments by which F-RTO probes after a timeout (RFC 5682 2.1). */
static void check_cwnd(const struct world *w, const struct tcp_sock *tc, const struct tarn *st)
{
    const struct tcp_active *a = tcp_active(st, tc);
    uint64_t inflight;

    if (a == NULL || tc->state == TARN_TCP_CLOSED || a->ca_state == TCP_CA_LOSS ||
        st->param[PARAM_TCP_CONGESTION_CONTROL] == 0)
        return;
    if (a->tlp.out && seq_eq(a->tlp.end, tc->snd_nxt))
        return;
    inflight = tcp_inflight(tc, a);
    MUST(inflight <= a->cc.ctl.cwnd + 2u * tc->snd_mss,
         "%llu bytes in flight with a window of %llu, MSS %u", (unsigned long long)inflight,
         (unsigned long long)a->cc.ctl.cwnd, tc->snd_mss);
    (void)w;
}

static void check_sequence(struct world *w, unsigned from, struct flow *f, const struct seen *s)
{
    unsigned fin = (s->h.flags & TCP_FIN) != 0, syn = (s->h.flags & TCP_SYN) != 0;
    tcp_seq end = seq_add(s->h.seq, (uint32_t)s->bytes + syn + fin);
    const struct tcp_sock *tc;

    if (f->has_limit && s->bytes + fin > 0)
        MUST(seq_leq(end, f->limit), "%u.%u sends %d bytes beyond the window", from, f->local,
             seq_diff(end, f->limit));
    if (seq_gt(end, f->sent)) {
        tc = socket_of(w, from, s->h.src_port, s->h.dst_port);
        if (tc != NULL && s->bytes > 0)
            check_cwnd(w, tc, w->st[from]);
        f->sent = end;
    }
}

/* Acknowledgement, window, options ------------------------------------------------------------- */

static void check_edge(struct flow *f, const struct seen *s)
{
    bool syn = (s->h.flags & TCP_SYN) != 0;
    uint8_t scale = syn || !f->has_scale ? 0 : f->scale;
    tcp_seq edge = seq_add(s->h.ack, (uint32_t)s->h.window << scale);

    MUST(!f->has_ack || seq_geq(s->h.ack, f->ack), "the acknowledgement moves back by %d",
         seq_diff(f->ack, s->h.ack));
    if (syn && s->h.window == UINT16_MAX)
        return; /* cannot say more, when it comes again */
    MUST(!f->has_edge || seq_geq(seq_add(edge, (1u << scale) - 1), f->edge),
         "the right edge moves back by %d, unit %u", seq_diff(f->edge, edge), 1u << scale);
    f->ack = s->h.ack;
    f->edge = f->has_edge ? seq_max(f->edge, edge) : edge;
    f->has_ack = f->has_edge = true;
}

static void check_sack(const struct tcp_hdr *h)
{
    for (unsigned i = 0; i < h->opts.n_sack; i++) {
        const struct tcp_sack_block *k = &h->opts.sack[i];

        MUST(seq_lt(k->start, k->end), "SACK block %u is empty", i);
        MUST(i == 0 || seq_gt(k->start, h->ack), "SACK block %u begins below the ACK", i);
    }
}

/* A SYN cookie's is up to 63 ms behind: what it remembers is in the low bits. */
static void check_timestamp(struct flow *f, const struct tcp_opts *o, bool syn)
{
    if (!o->has_timestamps)
        return;
    MUST(!f->has_ts || syn || (int32_t)(o->ts_value - f->ts) >= 0, "the timestamp goes back by %d",
         (int32_t)(f->ts - o->ts_value));
    f->ts = o->ts_value;
    f->has_ts = true;
}

/* A SYN that comes again changes nothing. A SYN cookie that answers an old duplicate has the number
 * of the connection that it was for: it begins a new one. */
static void begin_flow(struct flow *f, const struct seen *s)
{
    bool old = (s->h.flags & TCP_ACK) != 0 && f->has_ack && seq_lt(s->h.ack, f->ack);
    bool again = f->open && !old && seq_eq(f->iss, s->h.seq);

    if (!again) {
        *f = (struct flow){.local = f->local, .remote = f->remote, .open = true};
        f->iss = s->h.seq;
        f->sent = seq_add(s->h.seq, 1);
    }
    f->has_scale = s->h.opts.has_wscale;
    f->scale = s->h.opts.wscale < TCP_MAX_WSCALE ? s->h.opts.wscale : TCP_MAX_WSCALE;
}

static bool is_bare(const struct seen *s)
{
    return s->bytes == 0 && (s->h.flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0;
}

void check_sent(struct world *w, unsigned from, const uint8_t *b, size_t n)
{
    struct seen s;
    struct flow *f, *back;

    (void)packet_see(b, n, &s);
    check_form(b, n, &s);
    if (!s.tcp)
        return;
    w->tcp_out[from]++;
    if (is_bare(&s))
        MUST(++w->bare_acks < BARE_ACKS_MAX + w->held, "ACK after ACK, and nothing has happened");
    f = flow_slot(w, from, s.h.src_port, s.h.dst_port);
    if ((s.h.flags & TCP_SYN) != 0)
        begin_flow(f, &s);
    back = flow_slot(w, !from, s.h.dst_port, s.h.src_port);
    if ((s.h.flags & TCP_RST) != 0) /* with a SYN cookie, old duplicates may begin it again */
        f->open = back->open = false;
    if (!f->open)
        return;
    if ((s.h.flags & TCP_SYN) == 0 && !back->open)
        return; /* forgotten: another connection has its place */
    if ((s.h.flags & TCP_SYN) == 0 && !back->has_scale)
        f->has_scale = false;
    check_sequence(w, from, f, &s);
    if ((s.h.flags & TCP_ACK) != 0)
        check_edge(f, &s);
    check_sack(&s.h);
    check_timestamp(f, &s.h.opts, (s.h.flags & TCP_SYN) != 0);
}

/* Remembers which window `to` has been offered. An old duplicate of another connection between the
 * same ports acknowledges what this one never sent. */
void check_delivered(struct world *w, unsigned to, const uint8_t *b, size_t n)
{
    struct flow *f, *back;
    struct seen s;
    tcp_seq limit;

    if (!packet_see(b, n, &s) || !s.tcp || (s.h.flags & TCP_ACK) == 0)
        return;
    f = flow_slot(w, to, s.h.dst_port, s.h.src_port);
    back = flow_slot(w, !to, s.h.src_port, s.h.dst_port);
    if (!f->open || !back->open || !seq_gt(s.h.ack, f->iss) || seq_gt(s.h.ack, f->sent))
        return;
    limit =
        seq_add(s.h.ack, (uint32_t)s.h.window
                             << ((s.h.flags & TCP_SYN) == 0 && back->has_scale ? back->scale : 0));
    f->limit = f->has_limit ? seq_max(f->limit, limit) : limit;
    f->has_limit = true;
}

/* Is there a connection, or what is left of one, at `end`? */
static bool is_there(const struct world *w, unsigned end, uint16_t local, uint16_t remote)
{
    const struct tcp_sock *tc = socket_of(w, end, local, remote);
    struct tarn_addr ours = {.ip = world_address(w->plan, end), .port = local};
    struct tarn_addr theirs = {.ip = world_address(w->plan, !end), .port = remote};

    return (tc != NULL && tc->state != TARN_TCP_LISTEN) ||
           tcp_mini_find(w->st[end], &ours, &theirs) != NULL;
}

bool check_revives(struct world *w, unsigned to, const uint8_t *b, size_t n)
{
    struct flow *f;
    struct seen s;

    if (w->plan->cookies[to] == 0 || !packet_see(b, n, &s) || !s.tcp ||
        (s.h.flags & (TCP_SYN | TCP_ACK)) != TCP_ACK)
        return false;
    f = flow_slot(w, !to, s.h.src_port, s.h.dst_port);
    if (!is_there(w, to, s.h.dst_port, s.h.src_port))
        return !f->open || f->had_peer || !seq_gt(s.h.seq, f->iss) || seq_gt(s.h.seq, f->sent);
    f->had_peer = true;
    return false;
}

/* Moments -------------------------------------------------------------------------------------- */

void check_world(struct world *w)
{
    for (unsigned end = 0; end < ENDS; end++) {
        tarn_ns deadline = tarn_deadline(w->st[end]);

        MUST(w->st[end]->drop[DROP_BUG] == 0, "a packet was given up for a bug");
        if (w->stopped[end])
            check_stopped(w->st[end]);
        else
            check_stack(w->st[end], w->now, deadline > w->now ? deadline - 1 : w->now);
    }
}

void check_early(struct world *w, uint32_t part)
{
    tarn_ns a = tarn_deadline(w->st[0]), b = tarn_deadline(w->st[1]), due = a < b ? a : b;
    tarn_ns wait = due == TARN_NEVER ? WORLD_S : due - w->now;

    if (due <= w->now)
        return;
    w->now += wait / 256 * (part % 256);
    for (unsigned end = 0; end < ENDS; end++) {
        struct tarn_event event;

        tarn_tick(w->st[end], w->now);
        MUST(w->stopped[end] || tarn_output(w->st[end], WORLD_PORT, w->now) == NULL,
             "end %u sends before its deadline", end);
        MUST(!tarn_event(w->st[end], &event), "end %u has news before its deadline", end);
        MUST(tarn_deadline(w->st[end]) > w->now, "the deadline of end %u has moved here", end);
    }
}

void check_empty(struct world *w)
{
    for (unsigned end = 0; end < ENDS; end++) {
        struct tarn_usage u;

        tarn_usage(w->st[end], &u);
        MUST(u.sockets == 0, "end %u: %u sockets are left", end, u.sockets);
        MUST(u.time_wait == 0 && u.undelivered == 0, "end %u: TIME-WAIT is left", end);
        MUST(u.packets == 0 && u.chunks == 0 && u.chunk_bytes == 0,
             "end %u: %u packets, %u chunks are left", end, u.packets, u.chunks);
        MUST(w->st[end]->stat[TARN_STAT_TCP_SEGS_OUT] == w->tcp_out[end],
             "end %u counts %llu segments sent, not %llu", end,
             (unsigned long long)w->st[end]->stat[TARN_STAT_TCP_SEGS_OUT],
             (unsigned long long)w->tcp_out[end]);
    }
}

/* Telling -------------------------------------------------------------------------------------- */

static void tell_records(const struct tarn *st, const struct tcp_sock *tc,
                         const struct tcp_active *a)
{
    list_each (st, &a->recs, struct tcp_rec, r)
        printf("#     %d..%d flags %x sent %.6f\n", seq_diff(r->start, tc->iss),
               seq_diff(r->end, tc->iss), r->flags, (double)r->sent / 1e9);
    list_each (st, &a->flying, struct tcp_rec, f)
        printf("#     flying: %d..%d\n", seq_diff(f->start, tc->iss), seq_diff(f->end, tc->iss));
    list_each (st, &a->waiting, struct tcp_rec, q)
        printf("#     waiting: %d..%d\n", seq_diff(q->start, tc->iss), seq_diff(q->end, tc->iss));
}

static void tell_connection(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    const struct tcp_active *a = tcp_active(st, tc);

    printf("#   %u>%u state %u: flight %u unsent %u window %u/%u mss %u; received %u, offered %u\n",
           tc->sk.local.port, tc->sk.remote.port, tc->state, tcp_flight(tc), tcp_unsent(tc),
           tcp_usable_wnd(tc), tc->snd_wnd, tc->snd_mss, tc->recvq.bytes, tcp_rcv_wnd(tc));
    printf(
        "#     now %.6f rto %.6f ack %.6f idle %.6f; may send %u, send again %u, ack %u, due %d\n",
        (double)now / 1e9, (double)tc->rto_at / 1e9, (double)tc->ack_at / 1e9,
        (double)tc->idle_at / 1e9, tcp_may_send_now(st, tc, now), tcp_may_retransmit(st, tc, now),
        tc->ack_now, tcp_is_due(st, tc, now));
    if (a == NULL)
        return;
    printf("#     cwnd %llu in flight %u sacked %u lost %u state %u, %u runs\n",
           (unsigned long long)a->cc.ctl.cwnd, tcp_inflight(tc, a), a->sacked_bytes, a->lost_bytes,
           a->ca_state, a->n_runs);
    tell_records(st, tc, a);
}

static void tell_drops(const struct tarn *st)
{
#define X(id, name, ...) name,
    static const char *const names[] = {
#include "tarn/drop.def"
    };
#undef X

    for (unsigned i = 0; i < DROP_N; i++)
        if (st->drop[i] > 0)
            printf("#   dropped: %s %llu\n", names[i], (unsigned long long)st->drop[i]);
}

void check_tell(const struct world *w)
{
    for (unsigned end = 0; end < ENDS; end++) {
        uint32_t cursor = 0;
        tarn_sock s;

        printf("# end %u, deadline %.6f, %u in flight\n", end,
               (double)tarn_deadline(w->st[end]) / 1e9, w->flight[end].n);
        tell_drops(w->st[end]);
        while (tarn_sock_next(w->st[end], &cursor, &s)) {
            const struct tcp_sock *tc = tcp_of_const(sock_find(w->st[end], s));

            if (tc->state != TARN_TCP_LISTEN)
                tell_connection(w->st[end], tc, w->now);
        }
    }
}
