/* sock/table.c - sockets as objects: their memory, their handles, and the table of transports.
 *
 * A handle is a slot's number and the slot's generation, which grows when a socket takes the slot
 * and when it leaves it: so it is odd while the slot is in use, and a stale handle never matches.
 * Slots come in segments that double the table; nothing is taken before it is needed. */
#include "base/bits.h"
#include "sock/layer.h"

bool sock_layer_init(struct tarn *st)
{
    struct sock_layer *all = layer_alloc(st, LAYER_SOCK, sizeof *all);

    if (all == NULL)
        return false;
    demux_init(all);
    errors_init(all);
    port_alloc_init(st, all);
    list_init(&st->events, offsetof(struct sock, event_link));
    for (unsigned i = 0; i < PORT_MAX; i++)
        list_init(&all->want_tx[i], offsetof(struct sock, want_link));
    for (unsigned i = 0; proto_table[i] != NULL; i++) {
        tarn_assert(i < PROTO_MAX);
        if (proto_table[i]->sock_size > 0)
            pool_init(&all->pool[i], proto_table[i]->sock_size, 0, UINT32_MAX);
        if (proto_table[i]->ip_proto != 0)
            all->by_number[proto_table[i]->ip_proto] = (uint8_t)(i + 1);
    }
    return true;
}

const struct proto *proto_find(const struct tarn *st, uint8_t ip_proto)
{
    unsigned i = sock_layer(st)->by_number[ip_proto];

    return i > 0 ? proto_table[i - 1] : NULL;
}

const struct proto *sock_proto(const struct sock *sk)
{
    return proto_table[sk->proto];
}

/* The slot with this number, which is below n_slots. */
static struct slot *slot_at(const struct tarn *st, uint32_t i)
{
    unsigned k = log2_u32(i / SLOT_FIRST + 1);
    struct slot *first = ref_at(st, sock_layer(st)->segment[k]);

    return first + (i - SLOT_FIRST * ((UINT32_C(1) << k) - 1));
}

/* One more slot at the end of the table; false when out of memory. */
static bool slot_grow(struct tarn *st)
{
    struct sock_layer *all = sock_layer(st);
    unsigned k = log2_u32(all->n_slots / SLOT_FIRST + 1);

    if (k == SLOT_SEGMENTS)
        return false;
    if (all->segment[k] == 0) {
        size_t bytes = sizeof(struct slot) * SLOT_FIRST << k;
        struct slot *more = arena_take(st, &st->arena, bytes);

        if (more == NULL)
            return false;
        memset(more, 0, bytes);
        all->segment[k] = ref_of(st, more);
    }
    all->free_slot = ++all->n_slots;
    return true;
}

static bool slot_take(struct tarn *st, struct sock *sk)
{
    struct sock_layer *all = sock_layer(st);
    struct slot *s;

    if (all->free_slot == 0 && !slot_grow(st))
        return false;
    sk->slot = all->free_slot - 1;
    s = slot_at(st, sk->slot);
    all->free_slot = s->ref;
    s->ref = ref_of(st, sk);
    sk->gen = ++s->gen;
    return true;
}

static void slot_give(struct tarn *st, const struct sock *sk)
{
    struct sock_layer *all = sock_layer(st);
    struct slot *s = slot_at(st, sk->slot);

    s->ref = all->free_slot;
    s->gen++;
    all->free_slot = sk->slot + 1;
}

struct sock *sock_get(struct tarn *st, unsigned proto)
{
    struct pool *pool = &sock_layer(st)->pool[proto];
    struct sock *sk = NULL;

    if (st->held.sockets < st->cfg.max_sockets)
        sk = pool_get_zeroed(st, &st->arena, pool);
    if (sk == NULL)
        return NULL;
    if (!slot_take(st, sk)) {
        pool_put(st, pool, sk);
        return NULL;
    }
    timer_init(&sk->timer, TIMER_SOCK);
    sk->proto = (uint8_t)proto;
    sk->type = proto_table[proto]->type;
    sk->protocol = proto_table[proto]->ip_proto;
    sk->mtu_discover = sk->mtu_discover6 = st->param[PARAM_PMTU_DISCOVERY] != 0;
    st->held.sockets++;
    return sk;
}

void sock_put(struct tarn *st, struct sock *sk)
{
    struct sock_layer *all = sock_layer(st);

    tarn_assert(sk->owner_link.next == 0);
    wheel_disarm(st, &st->wheel, &sk->timer);
    demux_remove(st, sk);
    if (list_has(&st->events, sk))
        list_remove(st, &st->events, sk);
    if (list_has(&all->want_tx[sk->want_port], sk))
        list_remove(st, &all->want_tx[sk->want_port], sk);
    errors_free(st, sk);
    slot_give(st, sk);
    st->held.sockets--;
    pool_put(st, &all->pool[sk->proto], sk);
}

struct sock *sock_find_any(const struct tarn *st, tarn_sock s)
{
    const struct slot *at;

    if (s.slot >= sock_layer(st)->n_slots || (s.gen & 1) == 0)
        return NULL;
    at = slot_at(st, s.slot);
    return at->gen == s.gen ? sock_at(st, at->ref) : NULL;
}

struct sock *sock_find(const struct tarn *st, tarn_sock s)
{
    struct sock *sk = sock_find_any(st, s);

    return sk != NULL && (sk->flags & SOCK_DEAD) == 0 ? sk : NULL;
}

tarn_sock sock_handle(const struct sock *sk)
{
    return (tarn_sock){sk->slot, sk->gen};
}

bool tarn_sock_next(const struct tarn *st, uint32_t *cursor, tarn_sock *out)
{
    while (*cursor < sock_layer(st)->n_slots) {
        uint32_t i = (*cursor)++;

        *out = (tarn_sock){i, slot_at(st, i)->gen};
        if (sock_find(st, *out) != NULL)
            return true;
    }
    return false;
}
