/* sock/demux.c - which socket a packet is for: a table of connections and a table of bound sockets.
 *
 * Both are keyed by a secret, because peers choose ports and addresses. A socket is in one of them
 * at most; each connection is also counted on its local port (sock/port_alloc.c). Packets come in
 * trains, so the connection of the last one is looked at before its table. */
#include "base/bytes.h"
#include "sock/layer.h"

void demux_init(struct sock_layer *all)
{
    hash_init(&all->connections, offsetof(struct sock, demux));
    hash_init(&all->bound, offsetof(struct sock, demux));
}

uint32_t demux_port_hash(const struct tarn *st, uint8_t protocol, uint16_t port)
{
    uint64_t word = (uint64_t)protocol << 16 | port;

    return (uint32_t)siphash_words(&st->hash_key, &word, 1);
}

static uint32_t connection_hash(const struct tarn *st, uint8_t protocol,
                                const struct tarn_addr *local, const struct tarn_addr *remote)
{
    uint64_t ports = (uint64_t)protocol << 32 | (uint32_t)local->port << 16 | remote->port;
    uint64_t words[5] = {ports};
    size_t n = 2;

    if (tarn_ip_is4(&remote->ip)) {
        words[1] = (uint64_t)tarn_ip_to4(&local->ip) << 32 | tarn_ip_to4(&remote->ip);
    } else {
        words[1] = load_be64(local->ip.b);
        words[2] = load_be64(local->ip.b + 8);
        words[3] = load_be64(remote->ip.b);
        words[4] = load_be64(remote->ip.b + 8);
        n = 5;
    }
    return (uint32_t)siphash_words(&st->hash_key, words, n);
}

void demux_bind(struct tarn *st, struct sock *sk)
{
    demux_remove(st, sk);
    hash_insert(st, &st->arena, &sock_layer(st)->bound, sk,
                demux_port_hash(st, sk->protocol, sk->local.port));
}

void demux_connect(struct tarn *st, struct sock *sk)
{
    bool reuse = (sk->flags & SOCK_REUSEADDR) != 0;

    demux_remove(st, sk);
    hash_insert(st, &st->arena, &sock_layer(st)->connections, sk,
                connection_hash(st, sk->protocol, &sk->local, &sk->remote));
    if (port_hold(st, sk->protocol, &sk->local, reuse))
        sk->flags |= SOCK_HOLDS_PORT | (reuse ? SOCK_HELD_REUSE : 0);
    sk->flags |= SOCK_CONNECTED;
    sock_relabel(st, sk);
}

void demux_remove(struct tarn *st, struct sock *sk)
{
    struct sock_layer *all = sock_layer(st);

    if (all->last_found == ref_of(st, sk))
        all->last_found = 0;
    if (hash_has(&all->bound, sk))
        hash_remove(st, (sk->flags & SOCK_CONNECTED) != 0 ? &all->connections : &all->bound, sk);
    if ((sk->flags & SOCK_HOLDS_PORT) != 0)
        port_release(st, sk->protocol, &sk->local, (sk->flags & SOCK_HELD_REUSE) != 0);
    sk->flags &= ~(uint32_t)(SOCK_CONNECTED | SOCK_HOLDS_PORT | SOCK_HELD_REUSE);
}

/* On which link both ends are meant: where both have a zone it is the same one. */
static uint32_t pair_zone(const struct tarn_addr *local, const struct tarn_addr *remote)
{
    return local->zone != 0 ? local->zone : remote->zone;
}

static bool is_between(const struct sock *sk, uint8_t protocol, const struct tarn_addr *local,
                       const struct tarn_addr *remote)
{
    return sk->protocol == protocol && sk->local.port == local->port &&
           sk->remote.port == remote->port && tarn_ip_equal(&sk->local.ip, &local->ip) &&
           tarn_ip_equal(&sk->remote.ip, &remote->ip) &&
           pair_zone(&sk->local, &sk->remote) == pair_zone(local, remote);
}

struct sock *demux_connection(struct tarn *st, uint8_t protocol, const struct tarn_addr *local,
                              const struct tarn_addr *remote)
{
    struct sock_layer *all = sock_layer(st);
    struct sock *last = ref_ptr(st, all->last_found);
    uint32_t hash;

    if (last != NULL && is_between(last, protocol, local, remote))
        return last;
    hash = connection_hash(st, protocol, local, remote);
    hash_each_match (st, &all->connections, hash, struct sock, sk)
        if (is_between(sk, protocol, local, remote)) {
            all->last_found = ref_of(st, sk);
            return sk;
        }
    return NULL;
}

struct sock *demux_bound_first(const struct tarn *st, uint8_t protocol, uint16_t port)
{
    return hash_find(st, &sock_layer(st)->bound, demux_port_hash(st, protocol, port));
}

struct sock *demux_bound_next(const struct tarn *st, const struct sock *sk)
{
    return hash_find_next(st, &sock_layer(st)->bound, sk);
}

/* How well a bound socket suits a packet; 0: not at all. An exact address counts more than a
 * device, and that more than a socket of the packet's own family, as in Linux. */
static unsigned score(const struct sock *sk, uint8_t protocol, const struct ip_info *ip,
                      uint16_t dport)
{
    bool exact = !tarn_ip_is_any(&sk->local.ip);
    bool native = (sk->family == TARN_INET) == tarn_ip_is4(&ip->dst);

    if (sk->protocol != protocol || sk->local.port != dport)
        return 0;
    if (sk->type == TARN_STREAM && (sk->flags & SOCK_LISTENING) == 0)
        return 0;
    if (!sock_covers(&sk->local.ip, sk->flags, &ip->dst))
        return 0;
    if (sk->bind_port != 0 && sk->bind_port != sock_device_of(ip))
        return 0;
    return 1u + (exact ? 4u : 0u) + (sk->bind_port != 0 ? 2u : 0u) + native;
}

/* Of n equally good sockets that share the port, the one that this flow always gets. */
static unsigned share(const struct tarn *st, const struct ip_info *ip, uint16_t sport, unsigned n)
{
    uint64_t words[3] = {load_be64(ip->src.b), load_be64(ip->src.b + 8), sport};

    return (unsigned)(siphash_words(&st->hash_key, words, 3) % n);
}

static struct sock *bound_find(const struct tarn *st, uint8_t protocol, const struct ip_info *ip,
                               uint16_t sport, uint16_t dport)
{
    struct sock *first = demux_bound_first(st, protocol, dport), *best = NULL;
    unsigned best_score = 0, ties = 0, nth;

    for (struct sock *sk = first; sk != NULL; sk = demux_bound_next(st, sk)) {
        unsigned s = score(sk, protocol, ip, dport);

        if (s > best_score) {
            best = sk;
            best_score = s;
            ties = 0;
        }
        ties += s > 0 && s == best_score && (sk->flags & SOCK_REUSEPORT) != 0;
    }
    if (ties < 2 || (best->flags & SOCK_REUSEPORT) == 0)
        return best;
    nth = share(st, ip, sport, ties);
    for (struct sock *sk = best; sk != NULL; sk = demux_bound_next(st, sk))
        if (score(sk, protocol, ip, dport) == best_score && (sk->flags & SOCK_REUSEPORT) != 0 &&
            nth-- == 0)
            return sk;
    return best;
}

struct sock *demux_next_bound(struct tarn *st, uint8_t protocol, const struct ip_info *ip,
                              uint16_t dport, const struct sock *prev)
{
    struct sock *sk =
        prev != NULL ? demux_bound_next(st, prev) : demux_bound_first(st, protocol, dport);

    while (sk != NULL && score(sk, protocol, ip, dport) == 0)
        sk = demux_bound_next(st, sk);
    return sk;
}

struct sock *demux_find(struct tarn *st, uint8_t protocol, const struct ip_info *ip, uint16_t sport,
                        uint16_t dport)
{
    struct tarn_addr local = sock_end(&ip->dst, ip->zone, dport);
    struct tarn_addr remote = sock_end(&ip->src, ip->zone, sport);
    struct sock *sk = demux_connection(st, protocol, &local, &remote);

    if (sk != NULL && (sk->bind_port == 0 || sk->bind_port == sock_device_of(ip)))
        return sk;
    return bound_find(st, protocol, ip, sport, dport);
}
