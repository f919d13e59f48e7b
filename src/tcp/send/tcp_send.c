/* tcp/send/tcp_send.c - segments with payload: new data, and lost data again.
 *
 * The payload is a slice of the send queue's chunk, without a copy; only what would lie across two
 * chunks is copied into a small one, a segment at most. A transmission is one record of the
 * scoreboard, however many segments the link will cut it into. */
#include "tcp/send/tcp_send.h"

#include "base/bits.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/open/tcp_open.h"
#include "tcp/path/tcp_path.h"
#include "tcp/receive/tcp_receive.h"
#include "tcp/tcp_machine.h"
#include "tcp/tcp_queue.h"
#include "tcp/user/tcp_user.h"

/* The most that the way out takes at once: whole segments. */
static uint32_t super_max(const struct tcp_make *m, const struct tcp_active *a)
{
    uint32_t headers = tcp_ip_bytes(&m->tc->sk.remote.ip) + TCP_HEADER_BYTES + TCP_OPTIONS_BYTES;
    uint32_t super = m->room->gso_max > headers ? m->room->gso_max - headers : 0;

    if (m->tc->keyed || m->tc->snd_urgent)
        return m->mss;
    super = min_u32(super, tcp_super_bytes(m->st, m->tc, a));
    return super > m->mss ? super - super % m->mss : m->mss;
}

/* A packet of [at, at + bytes) of the send queue, copied: it lies across chunks. */
static struct pkt *copy_payload(const struct tcp_make *m, uint32_t at, uint32_t bytes)
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

static void mark_super(const struct tcp_make *m, struct pkt *p, uint32_t mss)
{
    p->gso_size = mss;
    p->flags |= m->tc->ecn == TCP_ECN_ACCURATE ? PKT_ACE : 0;
    p->segs = (p->slice_len + mss - 1) / mss;
    p->gso = tarn_ip_is4(&m->tc->sk.remote.ip) ? PKT_GSO_TCP4 : PKT_GSO_TCP6;
}

/* A packet with up to `bytes` from sequence number `s` on, which stands at byte `at` of chunk c: as
 * many as can be had in one slice, or at least a segment. */
static struct pkt *payload(const struct tcp_make *m, struct chunk *c, uint32_t at, tcp_seq s,
                           uint32_t bytes)
{
    uint32_t here = c->off + c->len - at, mss = m->mss;
    struct pkt *p;

    if (here < bytes && here < mss) {
        p = copy_payload(m, s.v - tcp_data_start(m->tc).v, min_u32(bytes, mss));
    } else if ((p = pkt_get(m->st, 0, TCP_PKT_ROOM)) != NULL) {
        p->chunk = ref_of(m->st, c);
        chunk_hold(c);
        p->slice_off = at;
        p->slice_len = here < bytes ? here - here % mss : bytes;
        if (p->slice_len > mss)
            mark_super(m, p, mss);
    }
    if (p != NULL)
        m->tc->data_segs_out += p->segs;
    return p;
}

/* Bytes that the congestion window has room for. */
static uint32_t cwnd_room(const struct tarn *st, const struct tcp_active *a, uint32_t inflight)
{
    if (st->param[PARAM_TCP_CONGESTION_CONTROL] == 0)
        return UINT32_MAX / 2;
    return a->cc.ctl.cwnd > inflight ? (uint32_t)min_u64(a->cc.ctl.cwnd - inflight, UINT32_MAX) : 0;
}

/* Retransmission ------------------------------------------------------------------------------- */

/* The first lost record, unless it has to wait: what goes with a SYN or behind it waits for the
 * SYN's ACK (RFC 7413 4.2.1). */
static const struct tcp_rec *next_lost(const struct tarn *st, const struct tcp_sock *tc,
                                       const struct tcp_active *a)
{
    const struct tcp_rec *r = a != NULL ? list_first(st, &a->waiting) : NULL;

    if (r == NULL || (tc->syn_unacked && (r->flags & TCP_REC_SYN) == 0))
        return NULL;
    return tcp_frto_holds(st, tc, a) ? NULL : r;
}

uint32_t tcp_may_retransmit(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    const struct tcp_active *a = tcp_active(st, tc);
    const struct tcp_rec *r = next_lost(st, tc, a);
    uint32_t len, room, wnd;

    (void)now;
    if (r == NULL)
        return a != NULL && a->tlp.due == TCP_TLP_AGAIN ? tc->snd_mss : 0;
    len = r->end.v - r->start.v;
    room = cwnd_room(st, a, tcp_inflight(tc, a));
    if (a->rexmit_now)
        room = max_u32(room, tc->snd_mss);
    /* Of what lies beyond a window that shrank nothing is sent again (RFC 9293 3.8.6, SHLD-16), but
     * of a closed one the first segment. */
    wnd = seq_add(tc->snd_una, tc->snd_wnd).v - r->start.v;
    wnd = (int32_t)wnd > 0 ? wnd : 0;
    if (wnd == 0 && seq_eq(r->start, tc->snd_una))
        wnd = tc->snd_mss;
    len = min_u32(len, wnd < tc->snd_mss ? wnd : wnd - wnd % tc->snd_mss);
    return room >= len ? len : room - room % tc->snd_mss;
}

/* The window was the limit if it let less go than there was; the application, if it let more. */
static void note_limit(const struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    uint32_t inflight = tcp_inflight(tc, a), room = cwnd_room(st, a, inflight);
    bool more = tcp_unsent(tc) > 0 || !list_is_empty(&a->waiting);

    tcp_cc_validate(st, tc, a, room < tc->snd_mss);
    if (!more && room > 0)
        tcp_rate_app_limited(a, inflight);
    if (more && tcp_usable_wnd(tc) < tc->snd_mss)
        tcp_spend(tc, a, st->now);
}

/* A loss probe, or a retransmission that may prove needless. When it is the first segment, the
 * timeout is counted from now, as in Linux: it has a round trip's time again. */
static void resent_why(const struct tcp_make *m, struct tcp_active *a, const struct tcp_rec *r,
                       uint32_t segs)
{
    struct tcp_sock *tc = m->tc;

    a->rexmit_now = false;
    if (a->tlp.due != TCP_TLP_NONE) {
        tcp_tlp_sent(m->st, tc, a, m->now);
        return;
    }
    tcp_undo_resent(a, segs, m->now);
    if (tc->rto_at == 0 || seq_eq(r->start, tc->snd_una))
        tc->rto_at = tcp_rto_at(m->st, tc, m->now);
}

static void resent(const struct tcp_make *m, struct tcp_active *a, struct tcp_rec *r,
                   const struct pkt *p)
{
    struct tcp_sock *tc = m->tc;

    if (tc->searching)
        tcp_probe_forget(m->st, tc);
    tcp_rec_retransmitted(m->st, a, r);
    r->mss = m->mss & UINT16_MAX;
    tcp_rate_sent(tc, a, r, m->now);
    r->inflight = tcp_inflight(tc, a);
    a->prr.out += r->end.v - r->start.v;
    note_limit(m->st, tc, a);
    tc->retrans_segs += p->segs;
    tc->bytes_retrans += p->slice_len;
    tc->sent_ms = tcp_ms(m->now);
    stat_add(m->st, TARN_STAT_TCP_RETRANS_SEGS, p->segs);
    resent_why(m, a, r, p->segs);
}

static unsigned rec_flags(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_rec *r)
{
    uint32_t fin = (r->flags & TCP_REC_FIN) != 0;
    bool last = seq_geq(r->end, tcp_data_end(tc)) && !tc->more;
    bool pushes = r->end.v - r->start.v > fin &&
                  (last || (tc->extra != 0 && tcp_fastopen_pushes(st, tc, r->end)) ||
                   (tc->eor && tcp_eor_is_at(st, tc, seq_sub(r->end, fin))));

    if ((r->flags & TCP_REC_SYN) != 0)
        return tcp_syn_flags(st, tc);
    return TCP_ACK | (fin != 0 ? TCP_FIN : 0u) | (pushes ? TCP_PSH : 0u);
}

/* The packet of a record's data, of which only the first `bytes` may go; splits the record. */
static struct pkt *record_payload(const struct tcp_make *m, struct tcp_active *a, struct tcp_rec *r,
                                  uint32_t bytes)
{
    uint32_t at = r->start.v - tcp_data_start(m->tc).v, fin = (r->flags & TCP_REC_FIN) != 0;
    uint32_t len = r->end.v - r->start.v, data = min_u32(bytes, len - fin);
    struct chunk *c = tcp_queue_find(m->st, &m->tc->sendq, &at);
    struct pkt *p;

    if (c == NULL)
        return NULL;
    p = payload(m, c, c->off + at, r->start, min_u32(data, super_max(m, a)));
    if (p != NULL && p->slice_len < len - fin && tcp_rec_split(m->st, a, r, p->slice_len) == NULL) {
        pkt_put(m->st, p);
        return NULL;
    }
    return p;
}

struct pkt *tcp_make_retransmit(const struct tcp_make *m, uint32_t bytes)
{
    struct tcp_active *a = tcp_active(m->st, m->tc);
    struct tcp_rec *r = a->tlp.due == TCP_TLP_AGAIN ? tcp_tlp_segment(m->st, m->tc, a)
                                                    : list_first(m->st, &a->waiting);
    uint32_t fin = (r->flags & TCP_REC_FIN) != 0;
    bool bare = (r->flags & TCP_REC_SYN) != 0 || r->end.v - r->start.v == fin;
    struct pkt *p = bare ? pkt_get(m->st, 0, TCP_PKT_ROOM) : record_payload(m, a, r, bytes);

    if (p == NULL)
        return tcp_make_nothing(m);
    resent(m, a, r, p);
    return tcp_make_segment(m, p, r->start,
                            rec_flags(m->st, m->tc, r) | (p->segs > 1 ? TCP_PSH : 0u));
}

/* Data --------------------------------------------------------------------------------------- */

/* May a segment smaller than the MSS go? Nagle's algorithm (RFC 9293 3.7.4) as Minshall amended it:
 * not while another small one is unacknowledged. SWS avoidance (RFC 9293 3.8.6.2.1): half the
 * largest window is enough. `all`: nothing waits behind it. */
static bool may_be_small(const struct tarn *st, const struct tcp_sock *tc,
                         const struct tcp_active *a, uint32_t bytes, bool all)
{
    if (tc->forced || bytes >= max_u32(tc->max_snd_wnd / 2, 1))
        return true;
    if (tc->cork || tc->held)
        return all && tc->fin_queued;
    if (!all)
        return st->param[PARAM_TCP_SWS_AVOIDANCE] == 0;
    return tc->nodelay || tc->fin_queued || tc->snd_urgent || a == NULL || !a->has_small ||
           seq_leq(a->small, tc->snd_una) || st->param[PARAM_TCP_NAGLE] == 0;
}

/* Room for new data. Without limited transmit (RFC 3042), what duplicate ACKs tell of makes none.
 */
static uint32_t new_room(const struct tarn *st, const struct tcp_sock *tc,
                         const struct tcp_active *a)
{
    uint32_t inflight = tcp_inflight(tc, a), flight = tcp_flight(tc);
    uint32_t room = cwnd_room(st, a, inflight) + tc->syn_unacked; /* a SYN takes no place */
    uint32_t told = flight > inflight ? flight - inflight : 0;

    if (a->ca_state >= TCP_CA_CWR || st->param[PARAM_TCP_LIMITED_TRANSMIT] != 0)
        return room;
    return room - min_u32(told, room);
}

/* Cut *n to the end of the record that is being sent. Is that what it is, with more behind? */
static bool ends_record(const struct tarn *st, const struct tcp_sock *tc, uint32_t *n)
{
    uint32_t ahead = tcp_eor_ahead(st, tc);

    *n = min_u32(*n, ahead);
    return *n == ahead && ahead < tcp_unsent(tc);
}

uint32_t tcp_may_send(const struct tarn *st, const struct tcp_sock *tc)
{
    const struct tcp_active *a = tcp_active(st, tc);
    uint32_t unsent = tcp_unsent(tc), wnd = tcp_usable_wnd(tc), n;

    if (unsent == 0 || (!tcp_in(tc, TCP_STATES_DATA) && !tcp_fastopen_is_unproven(st, tc)))
        return 0;
    n = min_u32(unsent, wnd);
    if (tc->eor)
        n = min_u32(n, tcp_eor_ahead(st, tc));
    if (a != NULL && a->tlp.due == TCP_TLP_NEW)
        return min_u32(n, tc->snd_mss);
    if (a != NULL)
        n = min_u32(n, new_room(st, tc, a));
    if (tc->eor && ends_record(st, tc, &n))
        return n;
    if (n >= tc->snd_mss)
        return n;
    return n > 0 && n == min_u32(unsent, wnd) && may_be_small(st, tc, a, n, n == unsent) ? n : 0;
}

uint32_t tcp_may_send_now(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    const struct tcp_active *a = tcp_active(st, tc);

    return a != NULL && a->pace_at > now ? 0 : tcp_may_send(st, tc);
}

/* Of n bytes that may go: whole segments, and a last smaller one only where may_be_small() lets
 * it. */
static uint32_t data_bytes(const struct tcp_make *m, const struct tcp_active *a, uint32_t n)
{
    uint32_t mss = m->mss, part;

    n = min_u32(n, super_max(m, a));
    if (n <= mss)
        return n;
    part = n % mss;
    if (m->tc->eor && ends_record(m->st, m->tc, &n))
        return n;
    return part == 0 || may_be_small(m->st, m->tc, a, part, n == tcp_unsent(m->tc)) ? n : n - part;
}

/* Where SND.NXT stands in the send queue; *at counts from the chunk's data start. */
static struct chunk *send_position(const struct tcp_make *m, struct tcp_active *a, uint32_t *at)
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

/* Where the next new byte stands once `bytes` have been sent from here. */
static void advance_position(const struct tcp_make *m, struct tcp_active *a, const struct pkt *p,
                             struct chunk *c, uint32_t at)
{
    bool sliced = p->chunk == ref_of(m->st, c);

    a->nxt_chunk = sliced ? a->nxt_chunk : 0;
    a->nxt_off = at + p->slice_len;
}

static void sent_data(const struct tcp_make *m, struct tcp_active *a, struct tcp_rec *r,
                      uint32_t bytes)
{
    struct tcp_sock *tc = m->tc;

    tcp_sent_new(m, a, r);
    if (bytes % m->mss != 0) { /* SACK blocks take room of a segment that is full */
        a->small = r->end;
        a->has_small = true;
    }
    if (a->tlp.due != TCP_TLP_NONE)
        tcp_tlp_sent(m->st, tc, a, m->now);
    tcp_answered(tc, m->now);
    tc->forced = 0;
    tc->fin_sent = (r->flags & TCP_REC_FIN) != 0;
    note_limit(m->st, tc, a);
    tcp_write_space(m->st, tc); /* TCP_NOTSENT_LOWAT */
}

struct pkt *tcp_make_data(const struct tcp_make *m, uint32_t n)
{
    struct tcp_sock *tc = m->tc;
    bool was_quiet = tc->active == 0;
    struct tcp_active *a = tcp_activate(m->st, tc, m->now);
    struct chunk *c;
    struct tcp_rec *r;
    struct pkt *p;
    uint32_t at;
    unsigned flags;
    bool fin;

    if (a == NULL)
        return tcp_make_nothing(m);
    if (was_quiet) /* the congestion window is known only now */
        n = min_u32(n, max_u32(cwnd_room(m->st, a, 0), m->mss));
    c = send_position(m, a, &at);
    p = c != NULL
            ? payload(m, c, at, tc->snd_nxt, tcp_super_begin(tc, a, data_bytes(m, a, n), m->mss))
            : NULL;
    if (p == NULL)
        return tcp_make_nothing(m);
    fin = tc->fin_queued && p->slice_len == tcp_unsent(tc) && tcp_usable_wnd(tc) > p->slice_len;
    r = tcp_rec_add(m->st, tc, a, p->slice_len + fin, fin ? TCP_REC_FIN : 0);
    if (r == NULL) {
        pkt_put(m->st, p);
        return tcp_make_nothing(m);
    }
    r->mss = m->mss & UINT16_MAX;
    advance_position(m, a, p, c, at);
    flags = rec_flags(m->st, tc, r) |
            (tcp_super_sent(a, seq_add(r->start, p->slice_len)) ? TCP_PSH : 0u);
    sent_data(m, a, r, p->slice_len);
    return tcp_make_segment(m, p, r->start, flags | (tc->ecn != 0 ? tcp_ecn_data(m) : 0u));
}
