/* tcp/auth/tcp_auth.c - signed segments: where a segment on its way out is signed, and where one
 * that came is checked.
 *
 * A socket with keys for a peer signs everything that it sends there, resets and the answers of
 * half-open and TIME-WAIT records included, and takes nothing that is not signed with the same key.
 * What was received signed by nobody we know is dropped without an answer: an answer that cannot be
 * signed would not be believed, and one that is signed could be provoked. A reset in answer to a
 * good segment is signed with the key that the segment was signed with.
 *
 * A signed connection makes no super-packets: each segment has a signature of its own. */
#include "tcp/auth/tcp_auth.h"

/* Whose turn it is ---------------------------------------------------------------------------- */

/* Of TCP-AO the key that was agreed on, of MD5 the most particular. */
static const struct tcp_key *key_to_send(const struct tarn *st, const struct tcp_auth *a,
                                         const struct tarn_ip *peer)
{
    const struct tcp_key *k = a != NULL ? ref_ptr(st, a->current) : NULL;

    return k != NULL ? k : tcp_key_for(st, a, peer);
}

static uint8_t rnext_id(const struct tarn *st, const struct tcp_auth *a, const struct tcp_key *k)
{
    const struct tcp_key *next = ref_ptr(st, a->rnext);

    return next != NULL ? next->recv_id : k->recv_id;
}

const struct tcp_key *tcp_auth_key(const struct tarn *st, const struct tcp_sock *tc)
{
    return key_to_send(st, tcp_auth(st, tc), &tc->sk.remote.ip);
}

struct tcp_signer tcp_auth_signer(const struct tarn *st, const struct tcp_sock *tc)
{
    const struct tcp_auth *a = tcp_auth(st, tc);
    struct tcp_signer by = {.key = tcp_auth_key(st, tc)};

    if (by.key == NULL || by.key->kind != TCP_AUTH_AO)
        return by;
    by.rnext_id = rnext_id(st, a, by.key);
    by.isn = tc->iss;
    by.peer_isn = tc->irs;
    by.sne = a->begun ? a->snd : (struct tcp_sne){0, tc->iss};
    return by;
}

static struct tcp_signer signer_of_old(const struct tarn *st, const struct tcp_auth *a,
                                       const struct tarn_ip *peer)
{
    struct tcp_signer by = {.key = key_to_send(st, a, peer)};

    if (by.key == NULL || by.key->kind != TCP_AUTH_AO)
        return by;
    by.rnext_id = rnext_id(st, a, by.key);
    by.isn = a->iss;
    by.peer_isn = a->irs;
    by.sne = a->snd;
    return by;
}

/* A request's listener has the keys; the SYN has said which. */
static struct tcp_signer signer_of_request(const struct tarn *st, const struct tcp_mini *m)
{
    const struct tcp_request *r = container_of_const(m, struct tcp_request, mini);
    const struct tcp_auth *a = tcp_auth(st, ref_at(st, r->listener));
    struct tcp_signer by = {.key = tcp_key_for(st, a, &m->remote.ip)};

    if (by.key == NULL || by.key->kind != TCP_AUTH_AO)
        return by;
    by.key = tcp_key_by_send_id(st, a, &m->remote.ip, m->rnext_key_id);
    if (by.key == NULL)
        by.key = tcp_key_by_recv_id(st, a, &m->remote.ip, m->key_id);
    by.rnext_id = m->key_id;
    by.isn = seq_sub(m->snd_nxt, 1);
    by.peer_isn = seq_sub(m->rcv_nxt, 1);
    by.sne = (struct tcp_sne){0, by.isn};
    return by;
}

struct tcp_signer tcp_mini_signer(const struct tarn *st, const struct tcp_mini *m)
{
    return m->kind == TCP_MINI_TIME_WAIT ? signer_of_old(st, ref_ptr(st, m->auth), &m->remote.ip)
                                         : signer_of_request(st, m);
}

/* Sending ------------------------------------------------------------------------------------ */

void tcp_signer_option(const struct tcp_signer *by, struct tcp_opts *o)
{
    if (by->key == NULL)
        return;
    o->auth = by->key->kind;
    o->auth_bytes = by->key->mac_bytes;
    o->key_id = by->key->send_id;
    o->rnext_key_id = by->rnext_id;
}

void tcp_auth_option(const struct tarn *st, const struct tcp_sock *tc, struct tcp_opts *o)
{
    struct tcp_signer by = tcp_auth_signer(st, tc);

    tcp_signer_option(&by, o);
}

uint32_t tcp_auth_bytes(const struct tarn *st, const struct tcp_sock *tc)
{
    struct tcp_opts o = {.auth = TCP_AUTH_NONE};

    tcp_auth_option(st, tc, &o);
    return (uint32_t)tcp_bytes(&o) - TCP_HEADER_BYTES;
}

unsigned tcp_auth_sack_room(const struct tarn *st, const struct tcp_sock *tc)
{
    struct tcp_opts o = {.has_timestamps = tc->ts_ok};

    tcp_auth_option(st, tc, &o);
    return tcp_sack_room(&o);
}

/* Linux prefers SACK. */
bool tcp_auth_bars_timestamps(const struct tcp_key *k, bool sack)
{
    return k != NULL && k->kind == TCP_AUTH_MD5 && sack;
}

void tcp_auth_sign(const struct tarn *st, const struct tcp_signer *by, const struct ip_info *ip,
                   struct pkt *p, const struct tcp_hdr *h)
{
    struct tcp_signed s = {.ip = ip, .head = pkt_head(p), .p = p};
    bool syn = (h->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    uint8_t mac[TCP_MAC_BYTES];

    if (by->key == NULL)
        return;
    s.head_bytes = s.skip = (uint32_t)tcp_bytes(&h->opts);
    s.mac_at = (uint32_t)tcp_auth_at(&h->opts);
    s.mac_bytes = h->opts.auth_bytes;
    if (by->key->kind == TCP_AUTH_MD5)
        tcp_md5_digest(st, by->key, &s, mac);
    else
        tcp_ao_mac(st, by->key, &s, (struct tcp_ao_isns){by->isn, syn ? seq(0) : by->peer_isn},
                   tcp_ao_sne(&by->sne, h->seq), mac);
    memcpy(pkt_head(p) + s.mac_at, mac, s.mac_bytes);
}

/* Receiving ---------------------------------------------------------------------------------- */

/* What an incoming segment is judged by. */
struct context {
    struct tcp_auth *auth; /* of whom it is for; NULL: no keys */
    struct tcp_signer us;  /* how the answer would be signed: key and SNE are not used here */
    tcp_seq peer_isn;
    struct tcp_sne rcv;
};

static bool is_same(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint8_t differ = 0;

    for (size_t i = 0; i < n; i++)
        differ |= a[i] ^ b[i];
    return differ == 0;
}

static bool is_syn(const struct tcp_seg *g)
{
    return (g->h.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static bool is_signed_with(const struct tarn *st, const struct tcp_seg *g, const struct tcp_key *k,
                           const struct context *c)
{
    struct tcp_signed s = {.ip = g->ip, .head = g->head, .p = g->p};
    uint8_t mac[TCP_MAC_BYTES];

    if (g->h.opts.auth_bytes != k->mac_bytes)
        return false;
    s.head_bytes = g->h.header_bytes;
    s.mac_at = g->h.opts.auth_at;
    s.mac_bytes = k->mac_bytes;
    if (k->kind == TCP_AUTH_MD5)
        tcp_md5_digest(st, k, &s, mac);
    else
        tcp_ao_mac(st, k, &s, (struct tcp_ao_isns){c->peer_isn, is_syn(g) ? seq(0) : c->us.isn},
                   tcp_ao_sne(&c->rcv, g->seq), mac);
    return is_same(mac, g->head + s.mac_at, s.mac_bytes);
}

/* The option that the segment is signed by, if our TCP has it. */
static uint8_t option_of(const struct tarn *st, const struct tcp_seg *g)
{
    switch (g->h.opts.auth) {
    case TCP_AUTH_MD5: return st->param[PARAM_TCP_MD5] != 0 ? TCP_AUTH_MD5 : TCP_AUTH_NONE;
    case TCP_AUTH_AO: return st->param[PARAM_TCP_AO] != 0 ? TCP_AUTH_AO : TCP_AUTH_NONE;
    default: return TCP_AUTH_NONE;
    }
}

static bool refuse(struct tcp_seg *g, enum tarn_drop why, uint64_t *count)
{
    g->why = why;
    if (count != NULL)
        ++*count;
    return false;
}

static bool is_good_md5(const struct tarn *st, struct tcp_seg *g, const struct tcp_key *k,
                        uint8_t option)
{
    if (option == TCP_AUTH_NONE)
        return refuse(g, DROP_TCP_MD5_MISSING, NULL);
    if (option != TCP_AUTH_MD5 || !is_signed_with(st, g, k, NULL))
        return refuse(g, DROP_TCP_MD5_WRONG, NULL);
    g->by.key = k;
    return true;
}

static bool is_good_ao(struct tarn *st, struct tcp_seg *g, const struct context *c, uint8_t option)
{
    struct tcp_auth *a = c->auth;
    const struct tcp_key *k;

    if (option == TCP_AUTH_NONE)
        return refuse(g, DROP_TCP_AO_MISSING, &a->missing);
    k = option == TCP_AUTH_AO ? tcp_key_by_recv_id(st, a, &g->ip->src, g->h.opts.key_id) : NULL;
    if (k == NULL)
        return refuse(g, DROP_TCP_AO_KEY, &a->unknown);
    if (!is_signed_with(st, g, k, c))
        return refuse(g, DROP_TCP_AO_WRONG, &a->bad);
    a->good++;
    g->by = c->us;
    g->by.peer_isn = c->peer_isn;
    if (g->by.key == NULL)
        g->by.key = k;
    return true;
}

static bool admits(struct tarn *st, struct tcp_seg *g, const struct context *c)
{
    const struct tcp_key *k = tcp_key_for(st, c->auth, &g->ip->src);
    uint8_t option = option_of(st, g);

    g->by.key = NULL;
    if (k != NULL && k->kind == TCP_AUTH_AO)
        return is_good_ao(st, g, c, option);
    if (k != NULL)
        return is_good_md5(st, g, k, option);
    if (option == TCP_AUTH_NONE)
        return c->auth == NULL || !c->auth->required ||
               refuse(g, DROP_TCP_AO_MISSING, &c->auth->missing);
    return refuse(g, option == TCP_AUTH_MD5 ? DROP_TCP_MD5_UNEXPECTED : DROP_TCP_AO_KEY,
                  c->auth != NULL ? &c->auth->unknown : NULL);
}

/* A listener knows no numbers: those of a SYN stand in it, those of the ACK behind it in the
 * request, or as in a SYN cookie in the ACK itself. */
static bool admits_for_listener(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    struct tarn_addr local = sock_end(&g->ip->dst, g->ip->zone, g->h.dst_port);
    struct tarn_addr remote = sock_end(&g->ip->src, g->ip->zone, g->h.src_port);
    const struct tcp_mini *m;
    struct context c = {.auth = tcp_auth(st, tc), .peer_isn = g->seq};

    if (g->h.opts.auth == TCP_AUTH_AO && !is_syn(g)) {
        m = tcp_mini_find(st, &local, &remote);
        if (m != NULL && m->kind == TCP_MINI_TIME_WAIT)
            return true; /* it looks itself */
        c.peer_isn = seq_sub(m != NULL ? m->rcv_nxt : g->seq, 1);
        c.us.isn = seq_sub(m != NULL ? m->snd_nxt : g->h.ack, 1);
        if (m != NULL)
            c.us = tcp_mini_signer(st, m);
    }
    c.us.sne = (struct tcp_sne){0, c.us.isn};
    c.rcv = (struct tcp_sne){0, c.peer_isn};
    return admits(st, g, &c);
}

/* The numbers from which the extensions of the next segments follow move along (RFC 5925 6.2). */
static void follow(struct tcp_sne *s, tcp_seq now)
{
    *s = (struct tcp_sne){tcp_ao_sne(s, now), now};
}

/* RFC 5925 7.5.2, the last step: the peer wants to be sent another key, which we have. */
static void heed_rnext(struct tarn *st, const struct tcp_sock *tc, struct tcp_auth *a,
                       const struct tcp_seg *g)
{
    const struct tcp_key *k = tcp_key_by_send_id(st, a, &tc->sk.remote.ip, g->h.opts.rnext_key_id);

    if (k != NULL)
        a->current = ref_of(st, k);
}

bool tcp_auth_admits(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    struct tcp_auth *a = tcp_auth(st, tc);
    struct context c = {.auth = a, .us = tcp_auth_signer(st, tc)};
    bool opening = tcp_in(tc, TCP_S(SYN_SENT)) || is_syn(g);

    if (tc->state == TARN_TCP_LISTEN)
        return admits_for_listener(st, tc, g);
    c.peer_isn = opening ? g->seq : tc->irs;
    if (a != NULL && !a->begun && !opening) {
        a->begun = true;
        a->snd = (struct tcp_sne){0, tc->iss};
        a->rcv = (struct tcp_sne){0, tc->irs};
    }
    if (a != NULL && a->begun) {
        follow(&a->snd, tc->snd_una);
        follow(&a->rcv, tc->rcv_nxt);
    }
    c.rcv = a != NULL && a->begun && !is_syn(g) ? a->rcv : (struct tcp_sne){0, c.peer_isn};
    if (!admits(st, g, &c))
        return false;
    if (g->by.key != NULL && g->by.key->kind == TCP_AUTH_AO)
        heed_rnext(st, tc, a, g);
    return true;
}

bool tcp_auth_admits_old(struct tarn *st, struct tcp_auth *a, struct tcp_seg *g)
{
    struct context c = {.auth = a, .us = signer_of_old(st, a, &g->ip->src)};

    c.peer_isn = is_syn(g) ? g->seq : a->irs;
    c.rcv = is_syn(g) ? (struct tcp_sne){0, g->seq} : a->rcv;
    return admits(st, g, &c);
}
