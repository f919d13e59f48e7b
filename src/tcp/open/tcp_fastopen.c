/* tcp/open/tcp_fastopen.c - fast open (RFC 7413), the side that listens, and what both sides share.
 *
 * A SYN with a good cookie makes the connection at once: its data is delivered and it may be
 * accepted, read and written before the peer has proven, by its ACK, that it is where it says. The
 * cookie is SipHash-2-4 of the peer's address and ours, so it shows that the peer has heard us from
 * this address before; nothing is remembered for it. Bytes and keys are as Linux has them.
 *
 *     SYN, cookie asked for   ->  SYN,ACK with a cookie
 *     SYN, good cookie, data  ->  connection in SYN-RECEIVED in the accept queue, SYN,ACK of the
 *                                 data; with a new cookie if an older key made the one that came
 *     SYN, any other cookie   ->  SYN,ACK of the SYN alone, with a good cookie
 *
 * At most TARN_SO_TCP_FASTOPEN connections of a listener may be unproven (RFC 7413 5.1); above that
 * a SYN is an ordinary one. One that is reset keeps its place for a minute, because that is what an
 * attacker's victim does. Linux lets go of the place if the connection was not accepted yet; here
 * it is kept too, because such a reset says the same.
 *
 * A FIN in a SYN is not taken: it will come again. */
#include "tcp/open/tcp_open.h"

#include "base/bits.h"
#include "base/bytes.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/receive/tcp_receive.h"
#include "tcp/tcp_machine.h"

static const uint64_t PENALTY_NS = 60 * TCP_SECOND_NS;

/* Cookies -------------------------------------------------------------------------------------- */

static const struct tcp_fastopen_keys *keys_of(const struct tarn *st, const struct tcp_sock *tc)
{
    const struct tcp_extra *x = tcp_extra(st, tc);

    return x != NULL && x->fo.keys.n > 0 ? &x->fo.keys : &tcp_layer(st)->fastopen_keys;
}

/* The cookie of a peer's packet under a key: a hash of both addresses as they are on the wire. */
static struct tcp_cookie cookie_of(const uint8_t *key, const struct ip_info *ip)
{
    size_t skip = tarn_ip_is4(&ip->src) ? 12 : 0, n = 16 - skip;
    struct sip_key loaded = sip_key_load(key);
    struct tcp_cookie c = {.len = sizeof(uint64_t)};
    uint8_t both[32];

    memcpy(both, ip->src.b + skip, n);
    memcpy(both + n, ip->dst.b + skip, n);
    store_le64(c.b, siphash24(&loaded, both, 2 * n));
    return c;
}

static bool is_same(const struct tcp_cookie *a, const struct tcp_cookie *b)
{
    return a->len == b->len && memcmp(a->b, b->b, a->len) == 0;
}

/* The queue of the unproven ------------------------------------------------------------------- */

static void penalties_end(struct tarn *st, struct tcp_listener *l, tarn_ns now)
{
    struct tcp_penalty *p;

    while ((p = list_first(st, &l->penalties)) != NULL && p->until <= now) {
        list_remove(st, &l->penalties, p);
        pool_put(st, &tcp_layer(st)->penalties, p);
        l->n_unproven--;
    }
}

static bool has_place(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    const struct tcp_extra *x = tcp_extra(st, tc);
    struct tcp_listener *l = tcp_listener(st, tc);

    if (x == NULL || x->fo.queue_max == 0)
        return false;
    penalties_end(st, l, now);
    if (l->n_unproven < x->fo.queue_max)
        return true;
    stat_add(st, TARN_STAT_TCP_FASTOPEN_OVERFLOW, 1);
    return false;
}

void tcp_fastopen_listen(struct tarn *st, struct tcp_sock *tc, struct tcp_listener *l)
{
    const int64_t every = TCP_FASTOPEN_SERVER | TCP_FASTOPEN_EVERY_LISTENER;
    struct tcp_extra *x;

    if ((st->param[PARAM_TCP_FASTOPEN] & every) != every)
        return;
    x = tcp_extra_get(st, tc);
    if (x != NULL && x->fo.queue_max == 0)
        x->fo.queue_max = l->backlog;
}

/* Its connections stay: those that were accepted do not need it. */
void tcp_fastopen_unlisten(struct tarn *st, struct tcp_listener *l)
{
    struct tcp_extra *x;

    while ((x = list_pop_front(st, &l->unproven)) != NULL)
        x->fo.listener = 0;
    penalties_end(st, l, TARN_NEVER);
}

/* A SYN ---------------------------------------------------------------------------------------- */

static bool needs_no_cookie(const struct tarn *st, const struct tcp_sock *tc)
{
    return (st->param[PARAM_TCP_FASTOPEN] & TCP_FASTOPEN_SERVER_NO_COOKIE) != 0 ||
           tcp_extra(st, tc)->fo.no_cookie;
}

struct tcp_fastopen_answer tcp_fastopen_syn(struct tarn *st, struct tcp_sock *tc,
                                            const struct tcp_seg *g)
{
    const struct tcp_opts *o = &g->h.opts;
    const struct tcp_fastopen_keys *keys = keys_of(st, tc);
    struct tcp_fastopen_answer a = {.begins = false};

    if (o->has_cookie && o->cookie.len == 0)
        stat_add(st, TARN_STAT_TCP_FASTOPEN_COOKIES, 1);
    if ((st->param[PARAM_TCP_FASTOPEN] & TCP_FASTOPEN_SERVER) == 0 ||
        (g->data == 0 && !o->has_cookie) || !has_place(st, tc, g->now))
        return a;
    a.begins = needs_no_cookie(st, tc);
    if (a.begins || !o->has_cookie)
        return a;
    for (unsigned i = 0; i < keys->n && !a.begins; i++) {
        struct tcp_cookie good = cookie_of(keys->key[i], g->ip);

        if (i == 0)
            a.cookie = good;
        a.begins = is_same(&good, &o->cookie);
        a.has_cookie = !a.begins || i > 0;
    }
    a.cookie.exp = o->cookie.exp;
    if (!a.begins && o->cookie.len > 0)
        stat_add(st, TARN_STAT_TCP_FASTOPEN_PASSIVE_FAIL, 1);
    return a;
}

bool tcp_fastopen_begin(struct tarn *st, struct tcp_sock *listener, struct tcp_sock *tc,
                        const struct tcp_fastopen_answer *answer)
{
    struct tcp_listener *l = tcp_listener(st, listener);
    struct tcp_extra *x = tcp_extra_get(st, tc);

    if (x == NULL) {
        stat_add(st, TARN_STAT_TCP_FASTOPEN_PASSIVE_FAIL, 1);
        return false;
    }
    x->fo.listener = ref_of(st, listener);
    x->fo.passive = true;
    x->fo.has_cookie = answer->has_cookie;
    x->fo.cookie = answer->cookie;
    list_push_back(st, &l->unproven, x);
    l->n_unproven++;
    tc->snd_una = tc->snd_nxt = tc->iss;
    tc->syn_unacked = 1;
    tc->was_connected = 1;
    sock_ready(st, &tc->sk, TARN_OUT, TARN_HUP);
    stat_add(st, TARN_STAT_TCP_FASTOPEN_PASSIVE, 1);
    return true;
}

enum tcp_verdict tcp_fastopen_text(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    enum tcp_verdict v = TCP_DONE;

    g->seq = seq_add(g->seq, 1);
    g->syn = g->fin = false;
    tc->segs_in += g->p->segs;
    if (g->data > 0) {
        tc->data_segs_in += g->p->segs;
        v = tcp_text(st, tc, g);
        tcp_extra(st, tc)->fo.data_taken = seq_gt(tc->rcv_nxt, g->seq);
    }
    return v;
}

/* An answer younger than this may still be on its way. */
static const uint64_t ANSWER_AGE_NS = TCP_SECOND_NS / 2;

bool tcp_fastopen_syn_again(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    struct tcp_active *a = tcp_active(st, tc);
    struct tcp_rec *r = a != NULL ? list_first(st, &a->recs) : NULL;

    if ((g->h.flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN || !seq_eq(g->seq, tc->irs) ||
        !tcp_fastopen_is_unproven(st, tc))
        return false;
    if (tc->ts_ok && g->h.opts.has_timestamps && tcp_ts_is_newer(tc, g->h.opts.ts_value, g->now))
        tcp_ts_remember(tc, g->h.opts.ts_value, g->now);
    if (r != NULL && (r->flags & TCP_REC_SYN) != 0 && g->now - r->sent >= ANSWER_AGE_NS) {
        tcp_rec_lost(st, a, r);
        a->rexmit_now = true;
    }
    return true;
}

/* Until the handshake is over ---------------------------------------------------------------- */

void tcp_fastopen_end(struct tarn *st, struct tcp_sock *tc, bool by_reset)
{
    struct tcp_extra *x = tcp_extra(st, tc);
    struct tcp_sock *listener = x != NULL ? ref_ptr(st, x->fo.listener) : NULL;
    struct tcp_listener *l = listener != NULL ? tcp_listener(st, listener) : NULL;
    struct tcp_penalty *p;

    if (l == NULL)
        return;
    list_remove(st, &l->unproven, x);
    x->fo.listener = 0;
    p = by_reset ? pool_get_zeroed(st, &st->arena, &tcp_layer(st)->penalties) : NULL;
    if (p == NULL) {
        l->n_unproven--;
        return;
    }
    p->until = st->now + PENALTY_NS;
    list_push_back(st, &l->penalties, p);
}

bool tcp_fastopen_is_unproven(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->syn_unacked && tc->state != TARN_TCP_SYN_SENT && tc->extra != 0 &&
           tcp_extra(st, tc)->fo.passive;
}

bool tcp_fastopen_data_taken(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->extra != 0 && tcp_extra(st, tc)->fo.data_taken;
}

/* Options -------------------------------------------------------------------------------------- */

int tcp_fastopen_setopt(struct tarn *st, struct tcp_sock *tc, enum tarn_opt opt, int64_t value)
{
    struct tcp_extra *x;

    if (!tcp_in(tc, TCP_S(CLOSED) | TCP_S(LISTEN)))
        return -TARN_EINVAL;
    x = tcp_extra_get(st, tc);
    if (x == NULL)
        return -TARN_ENOBUFS;
    if (opt == TARN_SO_TCP_FASTOPEN)
        x->fo.queue_max =
            (uint32_t)min_u64((uint64_t)value, (uint64_t)st->param[PARAM_TCP_SOMAXCONN]);
    else if (opt == TARN_SO_TCP_FASTOPEN_NO_COOKIE)
        x->fo.no_cookie = value != 0;
    else if ((st->param[PARAM_TCP_FASTOPEN] & TCP_FASTOPEN_CLIENT) == 0)
        return -TARN_EOPNOTSUPP;
    else if (tc->state != TARN_TCP_CLOSED)
        return -TARN_EINVAL;
    else
        x->fo.connect = value != 0;
    return 0;
}

int tcp_fastopen_getopt(const struct tarn *st, const struct tcp_sock *tc, enum tarn_opt opt,
                        int64_t *value)
{
    static const struct tcp_fastopen none;
    const struct tcp_fastopen *fo = tc->extra != 0 ? &tcp_extra(st, tc)->fo : &none;

    if (opt == TARN_SO_TCP_FASTOPEN)
        *value = fo->queue_max;
    else
        *value = opt == TARN_SO_TCP_FASTOPEN_CONNECT ? fo->connect : fo->no_cookie;
    return 0;
}

/* The keys that a call means: a socket's, or the stack's. *keys is NULL where there are none yet.
 */
static int find_keys(const struct tarn *st, tarn_sock s, struct tcp_sock **tc,
                     struct tcp_fastopen_keys **keys)
{
    struct sock *sk = sock_find(st, s);
    struct tcp_extra *x;

    *tc = NULL;
    *keys = &tcp_layer(st)->fastopen_keys;
    if (s.slot == 0 && s.gen == 0)
        return 0;
    if (sk == NULL)
        return -TARN_EBADF;
    if (sk->protocol != IP_PROTO_TCP)
        return -TARN_EOPNOTSUPP;
    *tc = tcp_of(sk);
    x = tcp_extra(st, *tc);
    *keys = x != NULL ? &x->fo.keys : NULL;
    return 0;
}

int tarn_set_fastopen_key(struct tarn *st, tarn_sock s, const void *key, size_t n)
{
    struct tcp_fastopen_keys *keys;
    struct tcp_sock *tc;
    int err = find_keys(st, s, &tc, &keys);

    if (err < 0)
        return err;
    if (n != TCP_FASTOPEN_KEY_BYTES && n != sizeof keys->key)
        return -TARN_EINVAL;
    if (keys == NULL) {
        struct tcp_extra *x = tcp_extra_get(st, tc);

        if (x == NULL)
            return -TARN_ENOBUFS;
        keys = &x->fo.keys;
    }
    keys->n = (uint8_t)(n / TCP_FASTOPEN_KEY_BYTES);
    memcpy(keys->key, key, n);
    return 0;
}

int tarn_get_fastopen_key(const struct tarn *st, tarn_sock s, uint8_t key[32])
{
    struct tcp_fastopen_keys *keys;
    struct tcp_sock *tc;
    int err = find_keys(st, s, &tc, &keys);

    if (err < 0 || keys == NULL)
        return err;
    memcpy(key, keys->key, (size_t)keys->n * TCP_FASTOPEN_KEY_BYTES);
    return keys->n * TCP_FASTOPEN_KEY_BYTES;
}
