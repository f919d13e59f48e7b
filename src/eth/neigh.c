/* eth/neigh.c - the neighbour table and its state machine (RFC 4861 7.3), for ARP and for neighbour
 * discovery.
 *
 * Theory of operation. The first packet for an unknown neighbour makes an INCOMPLETE entry and
 * waits in it while a question goes to all. An answer makes it REACHABLE for a random time around
 * neigh.reachable-ms; then it is STALE: still used, but the next use starts DELAY, and when nothing
 * confirms it (a transport's progress, PKT_CONFIRM) in that time, PROBE asks the last known
 * address, then all. Without an answer the entry is FAILED and what waited is unreachable.
 *
 * Deviation. When three unicast probes go unanswered the neighbour is also asked for by three
 * multicast ones before it is given up: it may have a new link address (RFC 7048).
 *
 * The table is bounded per port. A full one gives up its least recently confirmed entry that is
 * STALE or FAILED, else the oldest INCOMPLETE one; and these are at most half of it. So a scan of
 * our network cannot push out neighbours in use (RFC 6583 6).
 *
 * Invariants: packets wait in INCOMPLETE entries only; a timer is armed in all states but STALE and
 * PERMANENT. */
#include "eth/neigh.h"

#include "base/array.h"
#include "base/bits.h"
#include "base/bytes.h"
#include "tarn/link.h"
#include "wire/eth.h"

static const tarn_ns MS = 1000000;
enum { FAILED_KEPT_MS = 10000, MISSED_MS = 1000, EVICTION_LOOKS = 16, IP6_SOURCE_AT = 8 };

static const uint8_t broadcast_mac[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

bool eth_layer_init(struct tarn *st)
{
    struct eth_layer *all = layer_alloc(st, LAYER_ETH, sizeof *all);

    if (all == NULL)
        return false;
    hash_init(&all->table, offsetof(struct neigh, node));
    pool_init(&all->pool, sizeof(struct neigh), 0, UINT32_MAX);
    all->missed_at = TARN_NEVER;
    for (unsigned i = 0; i < PORT_MAX; i++) {
        list_init(&all->port[i].asked, offsetof(struct neigh, age));
        list_init(&all->port[i].known, offsetof(struct neigh, age));
    }
    return true;
}

/* Multiplication by secret odd numbers (Dietzfelbinger et al., J. Algorithms 1997) instead of
 * SipHash: this is done for every packet that leaves, and the table is small and bounded. */
static uint32_t hash_of(const struct tarn *st, unsigned port, const struct tarn_ip *ip)
{
    uint64_t high = (load_be64(ip->b) + port) * (st->hash_key.k[1] | 1);

    return (uint32_t)(((load_be64(ip->b + 8) ^ high) * (st->hash_key.k[0] | 1)) >> 32);
}

struct neigh *neigh_find(const struct tarn *st, unsigned port, const struct tarn_ip *ip)
{
    hash_each_match (st, &eth_layer(st)->table, hash_of(st, port, ip), struct neigh, n)
        if (n->port == port && tarn_ip_equal(&n->ip, ip))
            return n;
    return NULL;
}

static tarn_ns after_ms(tarn_ns now, int64_t ms)
{
    return now + (tarn_ns)ms * MS;
}

static void arm(struct tarn *st, struct neigh *n, tarn_ns at)
{
    wheel_arm(st, &st->wheel, &n->timer, at);
}

static struct neigh_port *port_of(const struct tarn *st, const struct neigh *n)
{
    return &eth_layer(st)->port[n->port];
}

static void unlink_age(struct tarn *st, struct neigh *n)
{
    struct neigh_port *o = port_of(st, n);
    bool asked = n->state == TARN_NEIGH_INCOMPLETE;

    list_remove(st, asked ? &o->asked : &o->known, n);
    o->n_asked -= asked;
}

static void link_age(struct tarn *st, struct neigh *n)
{
    struct neigh_port *o = port_of(st, n);
    bool asked = n->state == TARN_NEIGH_INCOMPLETE;

    list_push_back(st, asked ? &o->asked : &o->known, n);
    o->n_asked += asked;
}

void neigh_forget(struct tarn *st, struct neigh *n, enum tarn_drop why)
{
    struct eth_layer *all = eth_layer(st);

    queue_flush(st, &n->waiting, why);
    wheel_disarm(st, &st->wheel, &n->timer);
    hash_remove(st, &all->table, n);
    unlink_age(st, n);
    all->port[n->port].n--;
    st->held.neighbours--;
    pool_put(st, &all->pool, n);
}

void neigh_flush_port(struct tarn *st, unsigned port)
{
    struct neigh_port *o = &eth_layer(st)->port[port];
    struct neigh *n;

    while ((n = list_first(st, &o->asked)) != NULL || (n = list_first(st, &o->known)) != NULL)
        neigh_forget(st, n, DROP_PORT_DOWN);
    o->reachable_ms = o->retrans_ms = 0;
}

/* Forget the one that has been asked for in vain longest; false: there is none. */
static bool evict_asked(struct tarn *st, struct neigh_port *o)
{
    struct neigh *n = list_first(st, &o->asked);

    if (n != NULL)
        neigh_forget(st, n, DROP_NEIGH_TABLE);
    return n != NULL;
}

/* Make room in the port's table; false when all looked at are in use. */
static bool evict(struct tarn *st, struct neigh_port *o)
{
    struct neigh *n = list_first(st, &o->known);

    for (unsigned i = 0; n != NULL && i < EVICTION_LOOKS; i++, n = list_next(st, &o->known, n)) {
        if (n->state == TARN_NEIGH_STALE || n->state == TARN_NEIGH_FAILED) {
            neigh_forget(st, n, DROP_NEIGH_TABLE);
            return true;
        }
    }
    return evict_asked(st, o);
}

struct neigh *neigh_new(struct tarn *st, unsigned port, const struct tarn_ip *ip)
{
    struct eth_layer *all = eth_layer(st);
    struct neigh_port *o = &all->port[port];
    struct neigh *n = NULL;

    if (o->n_asked >= max_u32(st->cfg.max_neighbours / 2, 1))
        (void)evict_asked(st, o);
    if (o->n < st->cfg.max_neighbours || evict(st, o))
        n = pool_get_zeroed(st, &st->arena, &all->pool);
    if (n == NULL)
        return NULL;
    timer_init(&n->timer, TIMER_NEIGH);
    n->ip = *ip;
    n->port = (uint8_t)port;
    n->state = TARN_NEIGH_INCOMPLETE;
    hash_insert(st, &st->arena, &all->table, n, hash_of(st, port, ip));
    link_age(st, n);
    o->n++;
    st->held.neighbours++;
    return n;
}

static void set_state(struct tarn *st, struct neigh *n, enum tarn_neigh_state state, tarn_ns at)
{
    bool confirmed = state == TARN_NEIGH_REACHABLE;
    bool moves =
        confirmed || (n->state == TARN_NEIGH_INCOMPLETE) != (state == TARN_NEIGH_INCOMPLETE);

    if (moves)
        unlink_age(st, n);
    n->state = (uint8_t)state;
    n->probes = 0;
    if (moves)
        link_age(st, n);
    arm(st, n, at);
}

/* ReachableTime (RFC 4861 6.3.2): between half and one and a half of its base. */
static tarn_ns reachable_ns(struct tarn *st, const struct neigh *n)
{
    uint32_t advertised = tarn_ip_is4(&n->ip) ? 0 : port_of(st, n)->reachable_ms;
    tarn_ns base = (tarn_ns)(advertised != 0 ? advertised : st->param[PARAM_NEIGH_REACHABLE_MS]);
    uint32_t q16 = rng_below(&st->rng[STREAM_NEIGH], 65536);

    return base * MS / 2 + base * MS / 65536 * q16;
}

/* Its link address is (still) right. */
void neigh_set_reachable(struct tarn *st, struct neigh *n, tarn_ns now)
{
    bool news = n->state == TARN_NEIGH_INCOMPLETE || n->state == TARN_NEIGH_FAILED ||
                (n->router && n->state != TARN_NEIGH_REACHABLE);

    set_state(st, n, TARN_NEIGH_REACHABLE, now + reachable_ns(st, n));
    if (news && !tarn_ip_is4(&n->ip))
        route_gateway(st, n->port, &n->ip, true);
}

void neigh_set_stale(struct tarn *st, struct neigh *n)
{
    set_state(st, n, TARN_NEIGH_STALE, TARN_NEVER);
}

/* Ask by the protocol of the neighbour's family. */
static void ask(struct tarn *st, struct neigh *n, const uint8_t *mac, tarn_ns now)
{
    struct pkt *first = queue_first(st, &n->waiting);
    struct tarn_ip from;

    if (tarn_ip_is4(&n->ip)) {
        arp_ask(st, n->port, &n->ip, mac, now);
        return;
    }
    if (first != NULL)
        memcpy(from.b, first->head + first->l3 + IP6_SOURCE_AT, sizeof from.b);
    nd_ask(st, n->port, &n->ip, mac, first != NULL ? &from : NULL, now);
}

static tarn_ns retrans_ms(const struct tarn *st, const struct neigh *n)
{
    uint32_t advertised = tarn_ip_is4(&n->ip) ? 0 : port_of(st, n)->retrans_ms;

    return (tarn_ns)(advertised != 0 ? advertised : st->param[PARAM_NEIGH_RETRANS_MS]);
}

/* How many questions there are in this state: PROBE asks the last known address, then all. */
static unsigned probes_of(const struct tarn *st, const struct neigh *n)
{
    return (unsigned)st->param[PARAM_NEIGH_PROBES] * (n->state == TARN_NEIGH_PROBE ? 2 : 1);
}

/* Ask for the neighbour once more and wait for the answer. */
static void probe(struct tarn *st, struct neigh *n, bool unicast, tarn_ns now)
{
    n->probes++;
    arm(st, n, now + retrans_ms(st, n) * MS);
    ask(st, n, unicast ? n->mac : NULL, now);
}

void neigh_verify(struct tarn *st, struct neigh *n, tarn_ns now)
{
    set_state(st, n, TARN_NEIGH_PROBE, TARN_NEVER);
    probe(st, n, true, now);
}

void neigh_seek(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now)
{
    struct neigh *n = neigh_find(st, port, ip);

    if (n != NULL && n->state != TARN_NEIGH_FAILED && n->state != TARN_NEIGH_STALE)
        return;
    if (n == NULL)
        n = neigh_new(st, port, ip);
    if (n == NULL)
        return;
    set_state(st, n, n->state == TARN_NEIGH_STALE ? TARN_NEIGH_PROBE : TARN_NEIGH_INCOMPLETE,
              TARN_NEVER);
    n->probes = (uint8_t)(probes_of(st, n) - 1);
    probe(st, n, n->state == TARN_NEIGH_PROBE, now);
}

static void fail(struct tarn *st, struct neigh *n, tarn_ns now)
{
    struct eth_layer *all = eth_layer(st);
    struct queue waiting = n->waiting;
    struct pkt *p;

    n->waiting = (struct queue){0};
    set_state(st, n, TARN_NEIGH_FAILED, after_ms(now, FAILED_KEPT_MS));
    if (!tarn_ip_is4(&n->ip)) {
        route_gateway(st, n->port, &n->ip, false);
        all->missed_at = min_u64(all->missed_at, after_ms(now, MISSED_MS));
    }
    redirect_failed(st, n->port, &n->ip, now);
    while ((p = queue_pop(st, &waiting)) != NULL)
        path_unreachable(st, p, now);
}

/* The EtherType of a packet that begins at its IP header. */
static uint16_t ip_type(struct pkt *p)
{
    return pkt_head(p)[0] >> 4 == 6 ? ETH_IP6 : ETH_IP4;
}

static void send(struct tarn *st, unsigned port, const uint8_t mac[6], struct pkt *p, tarn_ns now)
{
    eth_output(st, port, mac, ip_type(p), p, now);
}

static void hold(struct tarn *st, struct neigh *n, struct pkt *p)
{
    if (!pkt_own(st, p)) {
        pkt_drop(st, p, DROP_POOL_EMPTY);
        return;
    }
    if (n->waiting.n >= st->param[PARAM_NEIGH_QUEUE])
        pkt_drop(st, queue_pop(st, &n->waiting), DROP_NEIGH_QUEUE);
    queue_push(st, &n->waiting, p);
}

static void send_waiting(struct tarn *st, struct neigh *n, tarn_ns now)
{
    struct pkt *p;

    while ((p = queue_pop(st, &n->waiting)) != NULL)
        send(st, n->port, n->mac, p, now);
}

/* Has its reachability to be found out? */
static bool is_in_doubt(const struct neigh *n)
{
    return n->state == TARN_NEIGH_STALE || n->state == TARN_NEIGH_DELAY ||
           n->state == TARN_NEIGH_PROBE;
}

/* A packet for a neighbour that we have an entry of. */
static void output_known(struct tarn *st, struct neigh *n, struct pkt *p, tarn_ns now)
{
    if ((p->flags & PKT_CONFIRM) != 0 && is_in_doubt(n))
        neigh_set_reachable(st, n, now); /* RFC 4861 7.3.1: forward progress */
    switch ((enum tarn_neigh_state)n->state) {
    case TARN_NEIGH_STALE:
        set_state(st, n, TARN_NEIGH_DELAY, after_ms(now, st->param[PARAM_NEIGH_DELAY_MS]));
        break;
    case TARN_NEIGH_FAILED:
        set_state(st, n, TARN_NEIGH_INCOMPLETE, TARN_NEVER);
        hold(st, n, p);
        probe(st, n, false, now);
        return;
    case TARN_NEIGH_INCOMPLETE: hold(st, n, p); return;
    default: break;
    }
    send(st, n->port, n->mac, p, now);
}

/* The link address of a group, which needs no question; false: it is one host's. */
static bool group_mac(const struct tarn *st, const struct tarn_ip *ip, uint8_t mac[6])
{
    static const uint8_t prefix4[3] = {0x01, 0x00, 0x5e}; /* RFC 1112 6.4 */

    if (tarn_ip_is_multicast(ip)) {
        memcpy(mac + 2, ip->b + 12, 4);
        if (tarn_ip_is4(ip)) {
            memcpy(mac, prefix4, 3);
            mac[3] &= 0x7f;
        } else {
            mac[0] = mac[1] = 0x33; /* RFC 2464 7 */
        }
        return true;
    }
    memcpy(mac, broadcast_mac, 6);
    return address_is_broadcast(st, ip);
}

void neigh_output(struct tarn *st, unsigned port, const struct tarn_ip *hop, struct pkt *p,
                  tarn_ns now)
{
    struct neigh *n;
    uint8_t mac[6];

    if (port_at(st, port)->info.medium != LINK_ETHERNET) {
        port_output(st, port, p, now);
        return;
    }
    if (now >= eth_layer(st)->missed_at && !tarn_ip_is4(hop))
        eth_layer(st)->missed_at = router_missed(st, p, now);
    n = neigh_find(st, port, hop);
    if (n != NULL) {
        output_known(st, n, p, now);
        return;
    }
    if (group_mac(st, hop, mac)) {
        send(st, port, mac, p, now);
        return;
    }
    n = neigh_new(st, port, hop);
    if (n == NULL) {
        pkt_drop(st, p, DROP_NEIGH_TABLE);
        return;
    }
    hold(st, n, p);
    probe(st, n, false, now);
}

void neigh_resolved(struct tarn *st, struct neigh *n, const uint8_t mac[6], bool solicited,
                    tarn_ns now)
{
    memcpy(n->mac, mac, 6);
    if (solicited)
        neigh_set_reachable(st, n, now);
    else if (n->waiting.n > 0)
        set_state(st, n, TARN_NEIGH_DELAY, after_ms(now, st->param[PARAM_NEIGH_DELAY_MS]));
    else
        neigh_set_stale(st, n);
    send_waiting(st, n, now);
}

void neigh_expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    struct neigh *n = container_of(t, struct neigh, timer);
    unsigned probes = probes_of(st, n);

    switch ((enum tarn_neigh_state)n->state) {
    case TARN_NEIGH_INCOMPLETE:
        if (n->probes < probes)
            probe(st, n, false, now);
        else
            fail(st, n, now);
        break;
    case TARN_NEIGH_REACHABLE: neigh_set_stale(st, n); break;
    case TARN_NEIGH_DELAY: neigh_verify(st, n, now); break;
    case TARN_NEIGH_PROBE:
        if (n->probes < probes)
            probe(st, n, n->probes < probes / 2, now);
        else
            fail(st, n, now);
        break;
    case TARN_NEIGH_FAILED: neigh_forget(st, n, DROP_NEIGH_FAILED); break;
    case TARN_NEIGH_STALE:
    case TARN_NEIGH_PERMANENT: break;
    }
}

bool neigh_set(struct tarn *st, const struct tarn_neigh *asked, tarn_ns now)
{
    struct neigh *n = neigh_find(st, asked->port, &asked->ip);

    if (n == NULL)
        n = neigh_new(st, asked->port, &asked->ip);
    if (n == NULL)
        return false;
    memcpy(n->mac, asked->mac, 6);
    if (asked->state == TARN_NEIGH_REACHABLE)
        neigh_set_reachable(st, n, now);
    else if (asked->state == TARN_NEIGH_STALE)
        set_state(st, n, TARN_NEIGH_STALE, TARN_NEVER);
    else
        set_state(st, n, TARN_NEIGH_PERMANENT, TARN_NEVER);
    send_waiting(st, n, now);
    return true;
}
