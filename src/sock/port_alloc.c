/* sock/port_alloc.c - local ports: which are taken, and drawing one that a peer cannot guess.
 *
 * Ephemeral ports follow RFC 6056 3.3.4 (double hash): a keyed hash of the addresses gives each
 * peer its own offset, a second one a counter of a table, so the ports towards one peer are used in
 * turn and say nothing about those towards another. A port is free for a connection when no socket
 * is bound to it and the four of them are new; for a socket without a peer, when nobody has it.
 *
 * Who shares a bound address follows Linux: both have SO_REUSEPORT, or both have SO_REUSEADDR and
 * none of them listens. */
#include "base/bytes.h"
#include "sock/layer.h"

/* Connections of one local address and port. */
struct port_hold {
    struct hash_node node; /* by protocol and port */
    struct tarn_addr local;
    uint8_t protocol;
    uint32_t n, n_reuse; /* all of them; those with SO_REUSEADDR */
};

void port_alloc_init(struct tarn *st, struct sock_layer *all)
{
    hash_init(&all->holds, offsetof(struct port_hold, node));
    pool_init(&all->hold_pool, sizeof(struct port_hold), 0, UINT32_MAX);
    for (unsigned i = 0; i < EPHEMERAL_COUNTERS; i++)
        all->ephemeral[i] = (uint16_t)rng_u32(&st->rng[STREAM_PORT]);
}

/* Of the addresses that have connections on the port, the one after `prev` (NULL: the first). */
static struct port_hold *hold_next(const struct tarn *st, uint8_t protocol, uint16_t port,
                                   const struct port_hold *prev)
{
    const struct hash *holds = &sock_layer(st)->holds;
    struct port_hold *h = prev != NULL ? hash_find_next(st, holds, prev)
                                       : hash_find(st, holds, demux_port_hash(st, protocol, port));

    while (h != NULL && (h->protocol != protocol || h->local.port != port))
        h = hash_find_next(st, holds, h);
    return h;
}

static struct port_hold *hold_find(const struct tarn *st, uint8_t protocol,
                                   const struct tarn_addr *local)
{
    struct port_hold *h = NULL;

    while ((h = hold_next(st, protocol, local->port, h)) != NULL)
        if (h->local.zone == local->zone && tarn_ip_equal(&h->local.ip, &local->ip))
            return h;
    return NULL;
}

bool port_hold(struct tarn *st, uint8_t protocol, const struct tarn_addr *local, bool reuse)
{
    struct sock_layer *all = sock_layer(st);
    struct port_hold *h = hold_find(st, protocol, local);

    if (h == NULL) {
        h = pool_get_zeroed(st, &st->arena, &all->hold_pool);
        if (h == NULL)
            return false;
        h->protocol = protocol;
        h->local = *local;
        hash_insert(st, &st->arena, &all->holds, h, demux_port_hash(st, protocol, local->port));
    }
    h->n++;
    h->n_reuse += reuse;
    return true;
}

void port_release(struct tarn *st, uint8_t protocol, const struct tarn_addr *local, bool reuse)
{
    struct sock_layer *all = sock_layer(st);
    struct port_hold *h = hold_find(st, protocol, local);

    tarn_assert(h != NULL && h->n > 0);
    h->n_reuse -= reuse;
    if (--h->n > 0)
        return;
    hash_remove(st, &all->holds, h);
    pool_put(st, &all->hold_pool, h);
}

/* Is there a packet that would be for both? */
static bool overlaps(const struct sock *sk, const struct tarn_addr *local, const struct sock *other)
{
    if (sk->bind_port != 0 && other->bind_port != 0 && sk->bind_port != other->bind_port)
        return false;
    if (local->zone != other->local.zone && local->zone != 0 && other->local.zone != 0)
        return false;
    return sock_covers(&local->ip, sk->flags, &other->local.ip) ||
           sock_covers(&other->local.ip, other->flags, &local->ip);
}

static bool may_share(const struct sock *sk, const struct sock *other)
{
    uint32_t both = sk->flags & other->flags, either = sk->flags | other->flags;

    return (both & SOCK_REUSEPORT) != 0 ||
           ((both & SOCK_REUSEADDR) != 0 && (either & SOCK_LISTENING) == 0);
}

/* Is a connection in the way of binding to `local`? */
static bool is_held(const struct tarn *st, const struct sock *sk, const struct tarn_addr *local)
{
    const struct port_hold *h = NULL;

    while ((h = hold_next(st, sk->protocol, local->port, h)) != NULL) {
        if (h->local.zone != 0 && local->zone != 0 && h->local.zone != local->zone)
            continue;
        if (sock_covers(&local->ip, sk->flags, &h->local.ip) &&
            ((sk->flags & SOCK_REUSEADDR) == 0 || h->n_reuse < h->n))
            return true;
    }
    return false;
}

int port_check(struct tarn *st, const struct sock *sk, const struct tarn_addr *local)
{
    if (is_held(st, sk, local))
        return -TARN_EADDRINUSE;
    for (const struct sock *other = demux_bound_first(st, sk->protocol, local->port); other != NULL;
         other = demux_bound_next(st, other))
        if (other != sk && other->protocol == sk->protocol && other->local.port == local->port &&
            overlaps(sk, local, other) && !may_share(sk, other))
            return -TARN_EADDRINUSE;
    return 0;
}

bool port_may_listen(struct tarn *st, const struct sock *sk)
{
    for (const struct sock *other = demux_bound_first(st, sk->protocol, sk->local.port);
         other != NULL; other = demux_bound_next(st, other))
        if (other != sk && other->protocol == sk->protocol && other->local.port == sk->local.port &&
            (other->flags & SOCK_LISTENING) != 0 && overlaps(sk, &sk->local, other) &&
            !may_share(sk, other))
            return false;
    return true;
}

static bool is_free(struct tarn *st, const struct sock *sk, const struct tarn_addr *remote,
                    uint16_t port)
{
    struct tarn_addr local = sk->local;
    const struct proto *proto = sock_proto(sk);

    local.port = port;
    for (const struct sock *other = demux_bound_first(st, sk->protocol, port); other != NULL;
         other = demux_bound_next(st, other))
        if (other->protocol == sk->protocol && other->local.port == port)
            return false;
    if (hold_next(st, sk->protocol, port, NULL) == NULL)
        return true;
    return remote != NULL && demux_connection(st, sk->protocol, &local, remote) == NULL &&
           (proto->is_busy == NULL || !proto->is_busy(st, &local, remote));
}

/* Where to begin looking, and the counter that goes on from there. */
static uint32_t first_guess(struct tarn *st, const struct sock *sk, const struct tarn_addr *to,
                            uint16_t **counter)
{
    uint64_t words[5] = {load_be64(sk->local.ip.b), load_be64(sk->local.ip.b + 8),
                         load_be64(to->ip.b), load_be64(to->ip.b + 8),
                         (uint64_t)sk->protocol << 16 | to->port};
    uint64_t hash = siphash_words(&st->hash_key, words, 5);

    *counter = &sock_layer(st)->sequential;
    if (st->param[PARAM_PORT_RANDOM] == 0)
        return 0;
    *counter = &sock_layer(st)->ephemeral[(hash >> 32) % EPHEMERAL_COUNTERS];
    return (uint32_t)hash;
}

uint16_t port_ephemeral(struct tarn *st, const struct sock *sk, const struct tarn_addr *remote)
{
    static const struct tarn_addr nobody;
    uint16_t *counter;
    uint32_t guess = first_guess(st, sk, remote != NULL ? remote : &nobody, &counter);
    int64_t first = st->param[PARAM_PORT_FIRST], last = st->param[PARAM_PORT_LAST];
    uint32_t n = first <= last ? (uint32_t)(last - first) + 1 : 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = (guess + (*counter)++) % n;
        uint16_t port = (uint16_t)(first + at);

        if (is_free(st, sk, remote, port))
            return port;
    }
    return 0;
}
