/* tcp/tcp_auth.c - signed segments: where a segment on its way out is signed, and where one that
 * came is checked.
 *
 * A socket with keys for a peer signs everything that it sends there, resets and the answers of
 * half-open and TIME-WAIT records included, and takes nothing that is not signed with the same key.
 * What was received signed by nobody we know is dropped without an answer: an answer that cannot be
 * signed would not be believed, and one that is signed could be provoked. A reset in answer to a
 * good segment is signed with the key that the segment was signed with.
 *
 * A signed connection makes no super-packets: each segment has a signature of its own. */
#include "tcp/tcp_parts.h"

#include "base/bits.h"

const struct tcp_key *tcp_auth_key(const struct tarn *st, const struct tcp_sock *tc)
{
    return tcp_key_for(st, tcp_auth(st, tc), &tc->sk.remote.ip);
}

const struct tcp_key *tcp_mini_key(const struct tarn *st, const struct tcp_mini *m)
{
    const struct tcp_auth *a;

    if (m->kind == TCP_MINI_TIME_WAIT)
        a = ref_ptr(st, m->auth);
    else
        a = tcp_auth(st, ref_at(st, container_of_const(m, struct tcp_request, mini)->listener));
    return tcp_key_for(st, a, &m->remote.ip);
}

/* Sending ------------------------------------------------------------------------------------ */

uint32_t tcp_auth_bytes(const struct tarn *st, const struct tcp_sock *tc)
{
    struct tcp_opts o = {.auth = TCP_AUTH_NONE};

    tcp_auth_option(tcp_auth_key(st, tc), &o);
    return (uint32_t)tcp_bytes(&o) - TCP_HEADER_BYTES;
}

unsigned tcp_auth_sack_room(const struct tarn *st, const struct tcp_sock *tc)
{
    struct tcp_opts o = {.has_timestamps = tc->ts_ok};

    tcp_auth_option(tcp_auth_key(st, tc), &o);
    return tcp_sack_room(&o);
}

/* Linux prefers SACK. */
bool tcp_auth_bars_timestamps(const struct tcp_key *k, bool sack)
{
    return k != NULL && k->kind == TCP_AUTH_MD5 && sack;
}

void tcp_auth_option(const struct tcp_key *k, struct tcp_opts *o)
{
    if (k == NULL)
        return;
    o->auth = k->kind;
    o->auth_bytes = TCP_MD5_BYTES;
}

static void digest(const struct tarn *st, const struct tcp_key *k, const struct tcp_signed *s,
                   uint8_t out[TCP_MAC_BYTES])
{
    tcp_md5_digest(st, k, s, out);
}

void tcp_auth_sign(const struct tarn *st, const struct tcp_key *k, const struct ip_info *ip,
                   struct pkt *p, const struct tcp_opts *o)
{
    struct tcp_signed s = {.ip = ip, .head = pkt_head(p), .p = p};
    uint8_t mac[TCP_MAC_BYTES];

    if (k == NULL)
        return;
    s.head_bytes = s.skip = (uint32_t)tcp_bytes(o);
    digest(st, k, &s, mac);
    memcpy(pkt_head(p) + tcp_auth_at(o), mac, o->auth_bytes);
}

/* Receiving ---------------------------------------------------------------------------------- */

static bool is_same(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint8_t differ = 0;

    for (size_t i = 0; i < n; i++)
        differ |= a[i] ^ b[i];
    return differ == 0;
}

static bool is_signed_with(const struct tarn *st, const struct tcp_seg *g, const struct tcp_key *k)
{
    struct tcp_signed s = {.ip = g->ip, .head = g->head, .p = g->p};
    uint8_t mac[TCP_MAC_BYTES];

    s.head_bytes = g->h.header_bytes;
    digest(st, k, &s, mac);
    return is_same(mac, g->head + g->h.opts.auth_at, g->h.opts.auth_bytes);
}

/* Has our TCP the option that the segment is signed by? */
static bool is_known(const struct tarn *st, uint8_t auth)
{
    return auth == TCP_AUTH_MD5 && st->param[PARAM_TCP_MD5] != 0;
}

bool tcp_auth_admits(const struct tarn *st, const struct tcp_auth *a, struct tcp_seg *g)
{
    const struct tcp_key *k = tcp_key_for(st, a, &g->ip->src);
    uint8_t auth = is_known(st, g->h.opts.auth) ? g->h.opts.auth : TCP_AUTH_NONE;

    g->key = NULL;
    if (k == NULL && auth == TCP_AUTH_NONE)
        return true;
    if (k == NULL)
        g->why = DROP_TCP_MD5_UNEXPECTED;
    else if (auth == TCP_AUTH_NONE)
        g->why = DROP_TCP_MD5_MISSING;
    else if (!is_signed_with(st, g, k))
        g->why = DROP_TCP_MD5_WRONG;
    else
        g->key = k;
    return g->key != NULL;
}
