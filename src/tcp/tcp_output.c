/* tcp/tcp_output.c - the next segment of a connection: one decision list, first match wins.
 *
 *     RST          the connection was aborted
 *     SYN          the handshake's first segment (again: a lost record like any other)
 *     retransmit   a lost record, when the congestion window has room
 *     probe        window or keep-alive probe, when its timer ended
 *     data         what Nagle, the windows and the congestion control allow
 *     FIN          when all data is sent
 *     ACK          when one is owed; every segment above carries one too
 *
 * A segment is up to gso_max bytes long: the link or port_output() cuts it. Its payload is a slice
 * of the send queue's chunk, without a copy; only what would lie across two chunks is copied into a
 * small one. Whether anything is due at all is asked apart (tcp_is_due), by everything that changes
 * the connection; tcp_deadline() in tcp_timer.c says when time alone will make something due. */
#include "tcp/tcp_parts.h"

#include "base/bits.h"
#include "base/bytes.h"

/* What a segment is made from. */
struct make {
    struct tarn *st;
    struct tcp_sock *tc;
    struct ip_info *ip;
    const struct tx_room *room;
    tarn_ns now;
};

static struct pkt *nomem(struct tcp_sock *tc)
{
    tc->starved = 1;
    return NULL;
}

/* The header in front of whatever payload p has. */
static void put_header(const struct make *m, struct pkt *p, const struct tcp_hdr *h)
{
    size_t n = tcp_bytes(&h->opts);
    struct tcp_hdr out = *h;

    out.src_port = m->tc->sk.local.port;
    out.dst_port = m->tc->sk.remote.port;
    pkt_prepend(p, (unsigned)n);
    out.checksum = sum_fold(path_pseudo_sum(m->ip, pkt_len(p)));
    tcp_build(pkt_head(p), &out);
    p->l4 = (uint16_t)p->head_off;
    p->csum = PKT_CSUM_PARTIAL;
    p->csum_offset = TCP_CHECKSUM_OFFSET;
    p->mark = m->tc->sk.mark;
}

static void count_sent(struct tarn *st, struct tcp_sock *tc, const struct pkt *p)
{
    tc->segs_out += p->segs;
    stat_add(st, TARN_STAT_TCP_SEGS_OUT, p->segs);
}

/* A segment with ACK, timestamps and SACK blocks; `p` holds the payload. */
static struct pkt *finish(const struct make *m, struct pkt *p, tcp_seq s, unsigned flags)
{
    struct tcp_sock *tc = m->tc;
    struct tcp_hdr h = {.seq = s, .ack = tc->rcv_nxt, .flags = (uint16_t)flags};

    if ((flags & TCP_SYN) != 0) {
        h.opts = tcp_opts_syn(m->st, tc, m->now);
        h.window = (uint16_t)min_u32(tcp_window_offer(tc), UINT16_MAX);
    } else {
        h.opts = tcp_opts_segment(tc, m->now);
        h.window = (uint16_t)min_u32(tcp_window_offer(tc) >> tc->rcv_wscale, UINT16_MAX);
        tcp_sack_fill(m->st, tc, &h.opts);
    }
    if ((flags & TCP_ACK) == 0)
        h.ack = seq(0);
    else
        tcp_ack_sent(tc);
    tcp_urgent_mark(tc, &h);
    put_header(m, p, &h);
    count_sent(m->st, tc, p);
    return p;
}

static struct pkt *control(const struct make *m, tcp_seq s, unsigned flags)
{
    struct pkt *p = pkt_get(m->st, 0, TCP_PKT_ROOM);

    return p != NULL ? finish(m, p, s, flags) : nomem(m->tc);
}

/* RST ---------------------------------------------------------------------------------------- */

static bool due_rst(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    (void)st, (void)now;
    return tc->rst_due;
}

static struct pkt *make_rst(const struct make *m)
{
    struct pkt *p = control(m, m->tc->snd_nxt, TCP_RST | TCP_ACK);

    if (p != NULL) {
        m->tc->rst_due = 0;
        m->tc->idle_at = m->now; /* the tick gives the memory back */
        stat_add(m->st, TARN_STAT_TCP_RESETS_OUT, 1);
    }
    return p;
}

/* SYN ---------------------------------------------------------------------------------------- */

static bool due_syn(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    (void)st, (void)now;
    return tcp_in(tc, TCP_S(SYN_SENT) | TCP_S(SYN_RECEIVED)) && seq_eq(tc->snd_nxt, tc->iss);
}

static unsigned syn_flags(const struct tcp_sock *tc)
{
    return tc->state == TARN_TCP_SYN_RECEIVED ? TCP_SYN | TCP_ACK : TCP_SYN;
}

/* Account a transmission of new sequence space. */
static void sent_new(const struct make *m, struct tcp_rec *r)
{
    struct tcp_sock *tc = m->tc;
    struct tcp_active *a = tcp_active(m->st, tc);
    uint32_t bytes = r->end.v - r->start.v;

    tcp_rate_sent(tc, a, r, m->now);
    if (tcp_flight(tc) == 0)
        tc->progress_at = m->now;
    tc->snd_nxt = r->end;
    r->inflight = tcp_inflight(tc, a);
    tc->sent_ms = tcp_ms(m->now);
    if (tc->rto_at == 0)
        tc->rto_at = m->now + tcp_rto_ns(m->st, tc);
    tcp_cc_sent(m->st, tc, a, bytes, m->now);
}

static struct pkt *make_syn(const struct make *m)
{
    struct tcp_active *a = tcp_activate(m->st, m->tc, m->now);
    struct tcp_rec *r = a != NULL ? tcp_rec_add(m->st, m->tc, a, 1, TCP_REC_SYN) : NULL;
    struct pkt *p;

    if (r == NULL)
        return nomem(m->tc);
    sent_new(m, r);
    p = control(m, r->start, syn_flags(m->tc));
    return p; /* without memory for the packet the record stands for a lost one */
}

/* Payload ------------------------------------------------------------------------------------ */

/* Bytes of payload that a segment of this connection can have now: of one, of a super-segment. */
static uint32_t seg_max(const struct make *m)
{
    uint32_t headers = tcp_ip_bytes(&m->tc->sk.remote.ip) + TCP_HEADER_BYTES + TCP_OPTIONS_BYTES;
    uint32_t super = m->room->gso_max > headers ? m->room->gso_max - headers : 0;

    super -= super % m->tc->snd_mss;
    return max_u32(super, m->tc->snd_mss);
}

/* SACK blocks take room from the payload (RFC 6691 3.1); of a super-segment, from each segment. */
static uint32_t mss_now(const struct make *m)
{
    return m->tc->snd_mss - tcp_sack_bytes(m->st, m->tc);
}

/* A packet of [at, at + bytes) of the send queue, copied: it lies across chunks. */
static struct pkt *copy_payload(const struct make *m, uint32_t at, uint32_t bytes)
{
    struct pkt *p = pkt_get(m->st, bytes, TCP_PKT_ROOM);

    if (p == NULL)
        return NULL;
    p->slice_off = 0;
    p->slice_len = bytes;
    tcp_queue_copy(m->st, &m->tc->sendq, at, pkt_slice(m->st, p), bytes);
    stat_add(m->st, TARN_STAT_TCP_COPIES_OUT, bytes);
    return p;
}

/* A packet with up to `bytes` from sequence number `s` on: as many as can be had in one slice, or
 * at least a segment. `from` is where s stands in the queue. */
static struct pkt *payload(const struct make *m, struct chunk *c, uint32_t at, tcp_seq s,
                           uint32_t bytes)
{
    uint32_t here = c->off + c->len - at, mss = mss_now(m);
    struct pkt *p;

    if (here < bytes && here < mss)
        return copy_payload(m, s.v - tcp_data_start(m->tc).v, min_u32(bytes, mss));
    p = pkt_get(m->st, 0, TCP_PKT_ROOM);
    if (p == NULL)
        return NULL;
    p->chunk = ref_of(m->st, c);
    chunk_hold(c);
    p->slice_off = at;
    p->slice_len = here < bytes ? here - here % mss : bytes;
    return p;
}

static void mark_super(const struct make *m, struct pkt *p)
{
    uint32_t mss = mss_now(m);

    if (p->slice_len <= mss)
        return;
    p->gso_size = mss;
    p->segs = (p->slice_len + mss - 1) / mss;
    p->gso = tarn_ip_is4(&m->tc->sk.remote.ip) ? PKT_GSO_TCP4 : PKT_GSO_TCP6;
}

static void count_data(const struct make *m, const struct pkt *p)
{
    m->tc->data_segs_out += p->segs;
}

/* Retransmission ------------------------------------------------------------------------------- */

/* Bytes that the congestion window has room for. */
static uint32_t cwnd_room(const struct tcp_sock *tc, const struct tcp_active *a)
{
    uint64_t out = tcp_inflight(tc, a);

    return a->cc.ctl.cwnd > out ? (uint32_t)min_u64(a->cc.ctl.cwnd - out, UINT32_MAX) : 0;
}

/* Bytes of the first lost record that may go now. */
static uint32_t may_retransmit(const struct tarn *st, const struct tcp_sock *tc,
                               const struct tcp_rec **out)
{
    const struct tcp_active *a = tcp_active(st, tc);
    const struct tcp_rec *r = a != NULL ? ref_ptr(st, a->next_lost) : NULL;
    uint32_t len, room, wnd;

    *out = r;
    if (r == NULL)
        return 0;
    len = r->end.v - r->start.v;
    room = cwnd_room(tc, a);
    if (a->rexmit_now)
        room = max_u32(room, tc->snd_mss);
    /* Beyond a window that shrank only the first segment is sent again (RFC 9293 3.8.6). */
    wnd = seq_add(tc->snd_una, tc->snd_wnd).v - r->start.v;
    wnd = (int32_t)wnd > 0 ? wnd : 0;
    if (seq_eq(r->start, tc->snd_una))
        wnd = max_u32(wnd, tc->snd_mss);
    room = min_u32(room, wnd);
    if (room >= len)
        return len;
    return room - room % tc->snd_mss;
}

static bool due_retransmit(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    const struct tcp_rec *r;

    (void)now;
    return may_retransmit(st, tc, &r) > 0;
}

static void resent(const struct make *m, struct tcp_active *a, struct tcp_rec *r,
                   const struct pkt *p)
{
    struct tcp_sock *tc = m->tc;

    tcp_rec_retransmitted(m->st, a, r);
    tcp_rate_sent(tc, a, r, m->now);
    r->inflight = tcp_inflight(tc, a);
    a->rexmit_now = false;
    tc->retrans_segs += p->segs;
    tc->bytes_retrans += p->slice_len;
    tc->sent_ms = tcp_ms(m->now);
    stat_add(m->st, TARN_STAT_TCP_RETRANS_SEGS, p->segs);
    if (tc->rto_at == 0)
        tc->rto_at = m->now + tcp_rto_ns(m->st, tc);
}

static unsigned rec_flags(const struct tcp_sock *tc, const struct tcp_rec *r)
{
    uint32_t fin = (r->flags & TCP_REC_FIN) != 0;
    bool pushes = seq_geq(r->end, tcp_data_end(tc)) && r->end.v - r->start.v > fin;

    if ((r->flags & TCP_REC_SYN) != 0)
        return syn_flags(tc);
    return TCP_ACK | (fin != 0 ? TCP_FIN : 0u) | (pushes ? TCP_PSH : 0u);
}

/* The packet of a record's data, of which only the first `bytes` may go; splits the record. */
static struct pkt *record_payload(const struct make *m, struct tcp_active *a, struct tcp_rec *r,
                                  uint32_t bytes)
{
    uint32_t at = r->start.v - tcp_data_start(m->tc).v, fin = (r->flags & TCP_REC_FIN) != 0;
    uint32_t len = r->end.v - r->start.v, data = min_u32(bytes, len - fin);
    struct chunk *c = tcp_queue_find(m->st, &m->tc->sendq, &at);
    struct pkt *p;

    if (c == NULL)
        return NULL;
    p = payload(m, c, c->off + at, r->start, min_u32(data, seg_max(m)));
    if (p != NULL && p->slice_len < len - fin && tcp_rec_split(m->st, a, r, p->slice_len) == NULL) {
        pkt_put(m->st, p);
        return NULL;
    }
    return p;
}

static struct pkt *make_retransmit(const struct make *m)
{
    struct tcp_active *a = tcp_active(m->st, m->tc);
    const struct tcp_rec *found;
    uint32_t bytes = may_retransmit(m->st, m->tc, &found);
    struct tcp_rec *r = ref_at(m->st, a->next_lost);
    uint32_t fin = (r->flags & TCP_REC_FIN) != 0;
    bool bare = (r->flags & TCP_REC_SYN) != 0 || r->end.v - r->start.v == fin;
    struct pkt *p = bare ? pkt_get(m->st, 0, TCP_PKT_ROOM) : record_payload(m, a, r, bytes);

    if (p == NULL)
        return nomem(m->tc);
    mark_super(m, p);
    count_data(m, p);
    resent(m, a, r, p);
    return finish(m, p, r->start, rec_flags(m->tc, r));
}

/* Probe -------------------------------------------------------------------------------------- */

static bool due_probe(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    (void)st, (void)now;
    return tc->probe_due;
}

/* One sequence number below what the peer expects: it must answer with an ACK that shows its
 * window, and takes no byte twice. */
static struct pkt *make_probe(const struct make *m)
{
    struct pkt *p = control(m, seq_sub(m->tc->snd_una, 1), TCP_ACK);

    if (p != NULL)
        m->tc->probe_due = 0;
    return p;
}

/* Data --------------------------------------------------------------------------------------- */

/* May a segment smaller than the MSS go? Nagle as Minshall amended it: not while another small one
 * is unacknowledged. SWS avoidance (RFC 9293 3.8.6.2.1): half the largest window is enough. */
static bool may_be_small(const struct tcp_sock *tc, const struct tcp_active *a, uint32_t bytes,
                         bool all)
{
    if (tc->forced || bytes >= max_u32(tc->max_snd_wnd / 2, 1))
        return true;
    if (!all || tc->cork || tc->more)
        return all && tc->fin_queued;
    return tc->nodelay || tc->fin_queued || a == NULL || !a->has_small ||
           seq_leq(a->small, tc->snd_una);
}

/* Room for new data. Without limited transmit (RFC 3042), what duplicate ACKs tell of makes none.
 */
static uint32_t new_room(const struct tarn *st, const struct tcp_sock *tc,
                         const struct tcp_active *a)
{
    uint32_t told = tcp_flight(tc) - min_u32(tcp_inflight(tc, a), tcp_flight(tc));

    if (a->ca_state != TCP_CA_OPEN || st->param[PARAM_TCP_LIMITED_TRANSMIT] != 0)
        told = 0;
    return cwnd_room(tc, a) - min_u32(told, cwnd_room(tc, a));
}

/* Bytes of new data that may be sent now. */
uint32_t tcp_may_send(const struct tarn *st, const struct tcp_sock *tc)
{
    const struct tcp_active *a = tcp_active(st, tc);
    uint32_t unsent = tcp_unsent(tc), wnd = tcp_usable_wnd(tc), n;

    if (unsent == 0 || !tcp_in(tc, TCP_STATES_DATA))
        return 0;
    n = min_u32(unsent, wnd);
    if (a != NULL)
        n = min_u32(n, new_room(st, tc, a));
    if (n >= tc->snd_mss)
        return n;
    return n > 0 && n == min_u32(unsent, wnd) && may_be_small(tc, a, n, n == unsent) ? n : 0;
}

static bool is_paced(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    const struct tcp_active *a = tcp_active(st, tc);

    return a != NULL && a->pace_at > now;
}

static bool due_data(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    return tcp_may_send(st, tc) > 0 && !is_paced(st, tc, now);
}

/* Whole segments, and a last smaller one only where may_be_small() lets it. */
static uint32_t data_bytes(const struct make *m, const struct tcp_active *a)
{
    uint32_t n = tcp_may_send(m->st, m->tc), mss = mss_now(m), part;

    n = min_u32(n, seg_max(m) / m->tc->snd_mss * mss);
    part = n % mss;
    if (n > mss && part != 0 && !may_be_small(m->tc, a, part, n == tcp_unsent(m->tc)))
        n -= part;
    return n;
}

/* Where SND.NXT stands in the send queue; *at counts from the chunk's data start. */
static struct chunk *send_position(const struct make *m, struct tcp_active *a, uint32_t *at)
{
    struct chunk *c = chunk_at(m->st, a->nxt_chunk);

    if (c != NULL && a->nxt_off == c->off + c->len) {
        c = chunk_at(m->st, c->next);
        *at = c != NULL ? c->off : 0;
    } else if (c != NULL) {
        *at = a->nxt_off;
    }
    if (c == NULL) {
        *at = m->tc->snd_nxt.v - tcp_data_start(m->tc).v;
        c = tcp_queue_find(m->st, &m->tc->sendq, at);
        *at += c != NULL ? c->off : 0;
    }
    a->nxt_chunk = ref_of(m->st, c);
    a->nxt_off = *at;
    return c;
}

/* The window was the limit if it let less go than there was. */
static void note_limit(struct tcp_sock *tc, struct tcp_active *a)
{
    uint32_t unsent = tcp_unsent(tc);

    if (unsent > 0 && cwnd_room(tc, a) < tc->snd_mss)
        a->cwnd_limited = true;
    if (unsent == 0 && cwnd_room(tc, a) > 0)
        tcp_rate_app_limited(a, tcp_inflight(tc, a));
}

/* Where the next new byte stands once `bytes` have been sent from here. */
static void advance_position(const struct make *m, struct tcp_active *a, const struct pkt *p,
                             struct chunk *c, uint32_t at)
{
    bool sliced = p->chunk == ref_of(m->st, c);

    a->nxt_chunk = sliced ? a->nxt_chunk : 0;
    a->nxt_off = at + p->slice_len;
}

static struct pkt *make_data(const struct make *m)
{
    struct tcp_sock *tc = m->tc;
    struct tcp_active *a = tcp_activate(m->st, tc, m->now);
    struct tcp_rec *r;
    struct pkt *p = NULL;
    struct chunk *c;
    uint32_t at, n;
    bool last;

    if (a == NULL)
        return nomem(tc);
    n = data_bytes(m, a);
    c = send_position(m, a, &at);
    p = c != NULL ? payload(m, c, at, tc->snd_nxt, n) : NULL;
    if (p == NULL)
        return nomem(tc);
    last = p->slice_len == tcp_unsent(tc);
    r = tcp_rec_add(m->st, tc, a, p->slice_len + (last && tc->fin_queued),
                    last && tc->fin_queued ? TCP_REC_FIN : 0);
    if (r == NULL) {
        pkt_put(m->st, p);
        return nomem(tc);
    }
    advance_position(m, a, p, c, at);
    mark_super(m, p);
    count_data(m, p);
    sent_new(m, r);
    if (p->slice_len % mss_now(m) != 0) {
        a->small = r->end;
        a->has_small = true;
    }
    tc->forced = 0;
    tc->fin_sent = (r->flags & TCP_REC_FIN) != 0;
    note_limit(tc, a);
    tcp_write_space(m->st, tc); /* TCP_NOTSENT_LOWAT */
    return finish(m, p, r->start, rec_flags(tc, r));
}

/* FIN ---------------------------------------------------------------------------------------- */

static bool due_fin(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    (void)st, (void)now;
    return tc->fin_queued && !tc->fin_sent && !tc->syn_unacked &&
           seq_eq(tc->snd_nxt, tcp_data_end(tc)) && (tcp_usable_wnd(tc) > 0 || tcp_flight(tc) == 0);
}

static struct pkt *make_fin(const struct make *m)
{
    struct tcp_active *a = tcp_activate(m->st, m->tc, m->now);
    struct tcp_rec *r = a != NULL ? tcp_rec_add(m->st, m->tc, a, 1, TCP_REC_FIN) : NULL;

    if (r == NULL)
        return nomem(m->tc);
    sent_new(m, r);
    m->tc->fin_sent = 1;
    return control(m, r->start, TCP_FIN | TCP_ACK);
}

/* ACK ---------------------------------------------------------------------------------------- */

static bool due_ack(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    (void)st;
    return tc->ack_now || (tc->ack_at != 0 && tc->ack_at <= now);
}

static struct pkt *make_ack(const struct make *m)
{
    return control(m, m->tc->snd_nxt, TCP_ACK);
}

static const struct decision {
    bool (*due)(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
    struct pkt *(*make)(const struct make *m);
} decisions[] = {
    {due_rst, make_rst},     {due_syn, make_syn},   {due_retransmit, make_retransmit},
    {due_probe, make_probe}, {due_data, make_data}, {due_fin, make_fin},
    {due_ack, make_ack},
};

static const struct decision *decide(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    for (size_t i = 0; i < ARRAY_LEN(decisions); i++)
        if (decisions[i].due(st, tc, now))
            return &decisions[i];
    return NULL;
}

bool tcp_is_due(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    return decide(st, tc, now) != NULL;
}

struct pkt *tcp_pull(struct tarn *st, struct sock *sk, struct ip_info *ip,
                     const struct tx_room *room, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);
    struct make m = {st, tc, ip, room, now};
    const struct decision *d;

    if (tcp_in(tc, TCP_STATES_SYNCHRONISED))
        tcp_mss_update(st, tc, room->mtu);
    d = decide(st, tc, now);
    if (d != NULL)
        return d->make(&m);
    tcp_persist_update(st, tc, now);
    return NULL;
}
