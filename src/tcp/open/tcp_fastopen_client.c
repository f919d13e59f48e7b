/* tcp/open/tcp_fastopen_client.c - fast open (RFC 7413 4.2.1), the side that connects.
 *
 * The application's first bytes go with the SYN where the destination has given us a cookie before
 * (tcp_metrics.c), or where none is needed (TARN_SO_TCP_FASTOPEN_NO_COOKIE, tcp.fastopen 4). Else
 * the SYN asks for one. TARN_MSG_FASTOPEN makes a send connect; with TARN_SO_TCP_FASTOPEN_CONNECT
 * connect itself is put off until the first send, when there is a cookie.
 *
 *     deferred:   SYN-SENT, and the SYN is held back: it waits for the bytes that go with it
 *     space:      as many of them as fit: the peer's MSS, less 40 bytes that options may take
 *
 * The SYN and its data are two records of the scoreboard. A SYN that is sent again has neither data
 * nor option (4.2.1: middleboxes drop what they do not know). What the SYN,ACK does not acknowledge
 * is sent again at once, which is no sign of congestion.
 *
 * Where a cookie was asked for and none came, the next SYN tries the experimental option, and after
 * that the RFC's again, for ever: as Linux does it. So is what follows on black holes: when three
 * timeouts in a row follow a fast open, or a connection of one hears nothing but a FIN out of
 * order, no more are tried for tcp.fastopen-blackhole-s, twice as long each time. The RFC would
 * have each failure remembered with its destination (4.1.3.1): tcp.fastopen-negative-s does. */
#include "tcp/open/tcp_open.h"

#include "base/bits.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/path/tcp_path.h"
#include "tcp/tcp_machine.h"
#include "tcp/tcp_queue.h"

enum { BLACKHOLE_TIMEOUTS = 2, BLACKHOLE_DOUBLINGS = 6 };

/* Black holes ---------------------------------------------------------------------------------- */

static void disable(struct tarn *st)
{
    struct tcp_layer *l = tcp_layer(st);

    if (st->param[PARAM_TCP_FASTOPEN_BLACKHOLE_S] == 0)
        return;
    l->fastopen_disabled_at = st->now;
    l->fastopen_disabled_n++;
}

static bool is_disabled(const struct tarn *st, struct tcp_fastopen *fo)
{
    const struct tcp_layer *l = tcp_layer(st);
    uint64_t timeout = (uint64_t)st->param[PARAM_TCP_FASTOPEN_BLACKHOLE_S] * TCP_SECOND_NS;

    if (timeout == 0 || l->fastopen_disabled_n == 0)
        return false;
    timeout <<= min_u32(l->fastopen_disabled_n - 1, BLACKHOLE_DOUBLINGS);
    if (st->now < l->fastopen_disabled_at + timeout)
        return true;
    fo->probes_path = true;
    return false;
}

/* It did not work with this destination. */
static void note_failure(struct tarn *st, const struct tcp_sock *tc)
{
    bool matters = st->param[PARAM_TCP_FASTOPEN_NEGATIVE_S] != 0;
    struct tcp_metrics *m = matters ? tcp_metrics_get(st, tc) : NULL;

    if (m != NULL)
        m->failed_at = max_u64(st->now, 1);
}

static bool has_failed(const struct tarn *st, const struct tcp_metrics *m)
{
    uint64_t timeout = (uint64_t)st->param[PARAM_TCP_FASTOPEN_NEGATIVE_S] * TCP_SECOND_NS;

    return m != NULL && m->failed_at != 0 && st->now - m->failed_at < timeout;
}

void tcp_fastopen_timeout(struct tarn *st, const struct tcp_sock *tc, bool is_last)
{
    const struct tcp_extra *x = tcp_extra(st, tc);

    if (x == NULL || (!x->fo.option_sent && x->fo.data_sent == 0))
        return;
    if (tc->state == TARN_TCP_SYN_SENT && tc->retries == 0)
        note_failure(st, tc);
    if (tc->retries != BLACKHOLE_TIMEOUTS && !(tc->retries < BLACKHOLE_TIMEOUTS && is_last))
        return;
    disable(st);
    stat_add(st, TARN_STAT_TCP_FASTOPEN_BLACKHOLES, 1);
}

/* The connection ends: has it heard anything? */
void tcp_fastopen_closed(struct tarn *st, const struct tcp_sock *tc)
{
    const struct tcp_extra *x = tcp_extra(st, tc);
    const struct tcp_active *a = tcp_active(st, tc);

    if (x == NULL || !x->fo.option_sent)
        return;
    if (tc->data_segs_in == 0 && a != NULL && a->has_fin)
        disable(st);
    else if (tc->data_segs_in > 0 && x->fo.probes_path)
        tcp_layer(st)->fastopen_disabled_n = 0;
}

/* The cookie ----------------------------------------------------------------------------------- */

static bool needs_no_cookie(const struct tarn *st, const struct tcp_fastopen *fo)
{
    return (st->param[PARAM_TCP_FASTOPEN] & TCP_FASTOPEN_CLIENT_NO_COOKIE) != 0 || fo->no_cookie;
}

/* Bytes that go with a SYN over the path as it is known now. */
static uint32_t path_space(const struct tcp_sock *tc)
{
    uint32_t mss = min_u32(tc->adv_mss, tcp_mss_of(&tc->sk.remote.ip, tc->sk.route_mtu));

    return mss > TCP_OPTIONS_BYTES ? mss - TCP_OPTIONS_BYTES : 0;
}

/* The same, with the peer's MSS of last time. */
static uint32_t space_of(const struct tcp_sock *tc, const struct tcp_metrics *m)
{
    uint32_t mss = m != NULL && m->mss != 0 ? m->mss : UINT16_MAX;

    return min_u32(path_space(tc), mss > TCP_OPTIONS_BYTES ? mss - TCP_OPTIONS_BYTES : 0);
}

/* What goes with the SYN: data, a cookie or a wish for one, or nothing. */
static void choose(const struct tarn *st, const struct tcp_sock *tc, struct tcp_fastopen *fo)
{
    const struct tcp_metrics *m = tcp_metrics_find(st, tc);

    if (is_disabled(st, fo) || has_failed(st, m))
        return;
    if (needs_no_cookie(st, fo)) {
        fo->space = space_of(tc, m);
        return;
    }
    fo->has_cookie = true;
    fo->cookie = m != NULL ? m->cookie : (struct tcp_cookie){.len = 0};
    if (fo->cookie.len > 0)
        fo->space = space_of(tc, m);
    else
        fo->cookie.exp = m != NULL && m->try_exp == 1;
}

/* Connecting ----------------------------------------------------------------------------------- */

/* Nothing of an earlier attempt is left. */
static void forget(struct tcp_fastopen *fo)
{
    fo->has_cookie = fo->option_sent = fo->data_taken = false;
    fo->deferred = fo->probes_path = fo->waits = fo->passive = false;
    fo->space = fo->data_sent = 0;
}

void tcp_fastopen_connect(struct tarn *st, struct tcp_sock *tc, bool by_send)
{
    struct tcp_extra *x = tcp_extra(st, tc);
    bool may = (st->param[PARAM_TCP_FASTOPEN] & TCP_FASTOPEN_CLIENT) != 0;

    if (x == NULL && by_send)
        x = tcp_extra_get(st, tc);
    if (x == NULL)
        return;
    forget(&x->fo);
    if (!may || !(by_send || x->fo.connect))
        return;
    choose(st, tc, &x->fo);
    x->fo.deferred = by_send || x->fo.space > 0;
}

bool tcp_fastopen_is_deferred(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->state == TARN_TCP_SYN_SENT && tc->extra != 0 && tcp_extra(st, tc)->fo.deferred;
}

uint32_t tcp_fastopen_room(const struct tarn *st, const struct tcp_sock *tc)
{
    uint32_t space = tcp_extra(st, tc)->fo.space;

    return space > tc->sendq.bytes ? space - tc->sendq.bytes : 0;
}

void tcp_fastopen_go(const struct tarn *st, const struct tcp_sock *tc, bool waits)
{
    struct tcp_fastopen *fo = &tcp_extra(st, tc)->fo;

    fo->deferred = false;
    fo->waits = waits;
}

/* The SYN -------------------------------------------------------------------------------------- */

uint32_t tcp_fastopen_syn_data(const struct tcp_sock *tc)
{
    if (tc->state != TARN_TCP_SYN_SENT || tc->extra == 0)
        return 0;
    return min_u32(tc->sendq.bytes, path_space(tc)); /* the path may have become narrower */
}

struct pkt *tcp_fastopen_make_syn(const struct tcp_make *m, uint32_t data)
{
    struct tcp_active *a = tcp_activate(m->st, m->tc, m->now);
    struct pkt *p = a != NULL ? pkt_get(m->st, data, TCP_PKT_ROOM) : NULL;
    struct tcp_rec *r = p != NULL ? tcp_rec_add(m->st, m->tc, a, 1, TCP_REC_SYN) : NULL;

    if (r != NULL)
        tcp_sent_new(m, a, r);
    r = r != NULL ? tcp_rec_add(m->st, m->tc, a, data, 0) : NULL;
    if (r == NULL) {
        if (p != NULL)
            pkt_put(m->st, p);
        return tcp_make_nothing(m);
    }
    tcp_sent_new(m, a, r);
    p->slice_off = 0;
    p->slice_len = data;
    tcp_queue_copy(m->st, &m->tc->sendq, 0, pkt_slice(m->st, p), data);
    m->tc->data_segs_out++;
    stat_add(m->st, TARN_STAT_TCP_COPIES_OUT, data);
    return tcp_make_segment(m, p, m->tc->iss, tcp_syn_flags(m->st, m->tc));
}

bool tcp_fastopen_pushes(const struct tarn *st, const struct tcp_sock *tc, tcp_seq end)
{
    const struct tcp_extra *x = tcp_extra(st, tc);

    return x != NULL && x->fo.data_sent > 0 && seq_eq(end, seq_add(tc->iss, 1 + x->fo.data_sent));
}

void tcp_fastopen_sent(const struct tarn *st, const struct tcp_sock *tc, uint32_t data)
{
    struct tcp_extra *x = tcp_extra(st, tc);

    if (x == NULL)
        return;
    x->fo.option_sent = x->fo.has_cookie && tc->state == TARN_TCP_SYN_SENT;
    x->fo.data_sent = data;
    x->fo.has_cookie = false;
}

/* The answer ----------------------------------------------------------------------------------- */

/* The cookie of a SYN,ACK: what the next connection will use. */
static void remember(struct tarn *st, const struct tcp_sock *tc, const struct tcp_fastopen *fo,
                     const struct tcp_opts *o)
{
    struct tcp_metrics *m = tcp_metrics_get(st, tc);
    uint8_t try_exp = 0;

    if (m == NULL)
        return;
    if (fo->option_sent && !o->has_cookie && fo->data_sent == 0 && tc->retrans_segs == 0)
        try_exp = fo->cookie.exp ? 2 : 1;
    m->mss = tc->peer_mss;
    if (fo->option_sent && o->has_cookie && o->cookie.len > 0)
        m->cookie = o->cookie;
    else if (try_exp > m->try_exp && m->cookie.len == 0)
        m->try_exp = try_exp;
}

/* Data that the SYN,ACK did not acknowledge. */
static void send_again(struct tarn *st, struct tcp_sock *tc)
{
    struct tcp_active *a = tcp_active(st, tc);

    if (a == NULL)
        return;
    list_each (st, &a->recs, struct tcp_rec, r)
        if ((r->flags & TCP_REC_LOST) == 0)
            tcp_rec_lost(st, a, r);
    a->rexmit_now = true;
}

void tcp_fastopen_answered(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    struct tcp_extra *x = tcp_extra(st, tc);
    struct tcp_fastopen *fo = x != NULL ? &x->fo : NULL;

    if (fo == NULL || (!fo->option_sent && fo->data_sent == 0))
        return;
    remember(st, tc, fo, &g->h.opts);
    if (fo->data_sent == 0)
        return;
    fo->data_taken = tcp_flight(tc) == 0;
    if (tc->delivered_segs > 1)
        tc->delivered_segs--; /* the SYN and its data were one packet */
    stat_add(
        st, fo->data_taken ? TARN_STAT_TCP_FASTOPEN_ACTIVE : TARN_STAT_TCP_FASTOPEN_ACTIVE_FAIL, 1);
    if (fo->data_taken)
        return;
    if (!g->h.opts.has_cookie) /* else it has only changed */
        note_failure(st, tc);
    send_again(st, tc);
}

bool tcp_fastopen_saves_ack(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->extra != 0 && tcp_extra(st, tc)->fo.waits;
}

/* A SYN is small enough for every path: it was its data that was not. */
void tcp_fastopen_too_big(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    if (tc->extra == 0 || tcp_extra(st, tc)->fo.data_sent == 0)
        return;
    tc->adv_mss = tcp_mss_offer(tc, &tc->sk.remote.ip, tc->sk.route_mtu);
    tcp_recs_lost_all(st, tc, a);
    a->rexmit_now = true;
}
