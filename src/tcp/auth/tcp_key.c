/* tcp/auth/tcp_key.c - the keys that segments are signed with: where they are kept, and which one
 * is for whom.
 *
 * A socket's keys stand in a record of its own (struct tcp_auth), which few have. A listener's are
 * for many peers; a connection takes those over that suit its peer, and leaves them to the record
 * of its TIME-WAIT. Half-open connections use their listener's. Of several keys that suit a peer
 * the one that names most bits of its address counts. */
#include "tcp/auth/tcp_auth.h"

#include "tcp/tcp_machine.h"

void tcp_auth_init(struct tcp_layer *l)
{
    pool_init(&l->auths, sizeof(struct tcp_auth), 0, UINT32_MAX);
    pool_init(&l->keys, sizeof(struct tcp_key), 0, UINT32_MAX);
}

struct tcp_auth *tcp_auth_get(struct tarn *st, struct tcp_sock *tc)
{
    struct tcp_extra *x = tcp_extra_get(st, tc);
    struct tcp_auth *a;

    if (x == NULL || tc->keyed)
        return x != NULL ? ref_at(st, x->auth) : NULL;
    a = pool_get_zeroed(st, &st->arena, &tcp_layer(st)->auths);
    if (a == NULL)
        return NULL;
    list_init(&a->keys, offsetof(struct tcp_key, link));
    x->auth = ref_of(st, a);
    tc->keyed = 1;
    return a;
}

uint32_t tcp_auth_ref(struct tarn *st, struct tcp_sock *tc)
{
    struct tcp_auth *a = tcp_auth(st, tc);

    if (a == NULL)
        return 0;
    a->iss = tc->iss;
    a->irs = tc->irs;
    return tcp_extra(st, tc)->auth;
}

uint32_t tcp_auth_take(const struct tarn *st, struct tcp_sock *tc)
{
    struct tcp_extra *x = tcp_extra(st, tc);
    uint32_t auth = tc->keyed ? x->auth : 0;

    tc->keyed = 0;
    return auth;
}

void tcp_auth_put(struct tarn *st, uint32_t ref)
{
    struct tcp_auth *a = ref_ptr(st, ref);
    struct tcp_key *k;

    if (a == NULL)
        return;
    while ((k = list_pop_front(st, &a->keys)) != NULL)
        pool_put(st, &tcp_layer(st)->keys, k);
    pool_put(st, &tcp_layer(st)->auths, a);
}

static bool suits(const struct tcp_key *k, const struct tarn_ip *peer)
{
    unsigned whole = k->prefix / 8, rest = k->prefix % 8;

    if (tarn_ip_is4(&k->peer) != tarn_ip_is4(peer) || memcmp(k->peer.b, peer->b, whole) != 0)
        return false;
    return rest == 0 || (k->peer.b[whole] ^ peer->b[whole]) >> (8 - rest) == 0;
}

const struct tcp_key *tcp_key_for(const struct tarn *st, const struct tcp_auth *a,
                                  const struct tarn_ip *peer)
{
    const struct tcp_key *best = NULL;

    if (a == NULL)
        return NULL;
    list_each (st, &a->keys, const struct tcp_key, k)
        if (suits(k, peer) && (best == NULL || k->prefix > best->prefix))
            best = k;
    return best;
}

struct tcp_key *tcp_key_add(struct tarn *st, struct tcp_auth *a, const struct tcp_key *like)
{
    struct tcp_key *k = pool_get_zeroed(st, &st->arena, &tcp_layer(st)->keys);

    if (k == NULL)
        return NULL;
    *k = *like;
    k->link = (struct list_node){0};
    list_push_back(st, &a->keys, k);
    return k;
}

void tcp_key_remove(struct tarn *st, struct tcp_auth *a, struct tcp_key *k)
{
    list_remove(st, &a->keys, k);
    pool_put(st, &tcp_layer(st)->keys, k);
}

struct tcp_key *tcp_key_same(const struct tarn *st, const struct tcp_auth *a,
                             const struct tcp_key *like)
{
    list_each (st, &a->keys, struct tcp_key, k)
        if (k->kind == like->kind && k->prefix == like->prefix && k->send_id == like->send_id &&
            k->recv_id == like->recv_id && tarn_ip_equal(&k->peer, &like->peer))
            return k;
    return NULL;
}

bool tcp_key_peer(struct tcp_key *k, const struct tarn_ip *peer, unsigned prefix)
{
    bool four = tarn_ip_is4(peer);

    if (prefix > (four ? 32u : 128u))
        return false;
    k->peer = *peer;
    k->prefix = (uint8_t)(four ? prefix + 96 : prefix);
    return true;
}

struct tcp_key *tcp_key_by_send_id(const struct tarn *st, const struct tcp_auth *a,
                                   const struct tarn_ip *peer, uint8_t id)
{
    list_each (st, &a->keys, struct tcp_key, k)
        if (k->kind == TCP_AUTH_AO && k->send_id == id && suits(k, peer))
            return k;
    return NULL;
}

struct tcp_key *tcp_key_by_recv_id(const struct tarn *st, const struct tcp_auth *a,
                                   const struct tarn_ip *peer, uint8_t id)
{
    list_each (st, &a->keys, struct tcp_key, k)
        if (k->kind == TCP_AUTH_AO && k->recv_id == id && suits(k, peer))
            return k;
    return NULL;
}

/* All of TCP-AO, since the two sides may change to another; of MD5 the one that counts. */
static bool copy_keys(struct tarn *st, struct tcp_auth *to, const struct tcp_auth *from,
                      const struct tcp_key *best, const struct tarn_ip *peer)
{
    if (best->kind == TCP_AUTH_MD5)
        return tcp_key_add(st, to, best) != NULL;
    list_each (st, &from->keys, const struct tcp_key, k)
        if (k->kind == TCP_AUTH_AO && suits(k, peer) && tcp_key_add(st, to, k) == NULL)
            return false;
    return true;
}

bool tcp_auth_inherit(struct tarn *st, struct tcp_sock *tc, const struct tcp_sock *from,
                      const struct tcp_mini *m)
{
    const struct tarn_ip *peer = &tc->sk.remote.ip;
    const struct tcp_auth *theirs = tcp_auth(st, from);
    const struct tcp_key *best = tcp_key_for(st, theirs, peer), *first;
    struct tcp_auth *a;

    if (best == NULL)
        return true;
    a = tcp_auth_get(st, tc);
    if (a == NULL || !copy_keys(st, a, theirs, best, peer))
        return false;
    if (best->kind == TCP_AUTH_MD5)
        return true;
    a->accept_icmps = theirs->accept_icmps;
    first = tcp_key_by_recv_id(st, a, peer, m->key_id);
    a->rnext = ref_of(st, first);
    if (tcp_key_by_send_id(st, a, peer, m->rnext_key_id) != NULL)
        first = tcp_key_by_send_id(st, a, peer, m->rnext_key_id);
    a->current = ref_of(st, first);
    return true;
}
