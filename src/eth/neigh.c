/* eth/neigh.c - the neighbour table and its state machine (RFC 4861 7.3.2, applied to ARP).
 *
 * Theory of operation. The first packet for an unknown neighbour makes an INCOMPLETE entry and
 * waits in it while a question goes to all. An answer makes it REACHABLE for a random time around
 * neigh.reachable-ms; then it is STALE: still used, but the next use starts DELAY, and when nothing
 * confirms it (a transport's progress, see neigh_confirm) in that time, PROBE asks the last known
 * address, then all. Without an answer the entry is FAILED and what waited is unreachable.
 *
 * Deviations. ARP has no Override flag. A packet that we did not ask for, with another link address
 * for a neighbour believed reachable, is therefore not believed: the old address is probed at once,
 * and only when it does not answer are all asked (RFC 826's merge would let any station of the link
 * take over a conversation by one packet). STALE, FAILED and INCOMPLETE entries merge as RFC 826
 * has it.
 *
 * The table is bounded per port. A full one gives up its least recently confirmed entry that is
 * STALE, FAILED or INCOMPLETE; so a scan of our network cannot push out neighbours in use.
 *
 * Invariants: packets wait in INCOMPLETE entries only; a timer is armed in all states but STALE and
 * PERMANENT. */
#include "eth/neigh.h"

#include "base/array.h"
#include "base/bytes.h"
#include "tarn/link.h"
#include "wire/eth.h"

static const tarn_ns MS = 1000000;
enum { FAILED_KEPT_MS = 10000, EVICTION_LOOKS = 16 };

static const uint8_t broadcast_mac[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

bool eth_layer_init(struct tarn *st)
{
    struct eth_layer *all = layer_alloc(st, LAYER_ETH, sizeof *all);

    if (all == NULL)
        return false;
    hash_init(&all->table, offsetof(struct neigh, node));
    pool_init(&all->pool, sizeof(struct neigh), 0, UINT32_MAX);
    for (unsigned i = 0; i < PORT_MAX; i++)
        list_init(&all->age[i], offsetof(struct neigh, age));
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

void neigh_forget(struct tarn *st, struct neigh *n, enum tarn_drop why)
{
    struct eth_layer *all = eth_layer(st);

    queue_flush(st, &n->waiting, why);
    wheel_disarm(st, &st->wheel, &n->timer);
    hash_remove(st, &all->table, n);
    list_remove(st, &all->age[n->port], n);
    all->n[n->port]--;
    st->held.neighbours--;
    pool_put(st, &all->pool, n);
}

void neigh_flush_port(struct tarn *st, unsigned port)
{
    struct neigh *n;

    while ((n = list_first(st, &eth_layer(st)->age[port])) != NULL)
        neigh_forget(st, n, DROP_PORT_DOWN);
}

static bool is_evictable(const struct neigh *n)
{
    return n->state == TARN_NEIGH_STALE || n->state == TARN_NEIGH_FAILED ||
           n->state == TARN_NEIGH_INCOMPLETE;
}

/* Make room in the port's table; false when all looked at are in use. */
static bool evict(struct tarn *st, unsigned port)
{
    struct list *age = &eth_layer(st)->age[port];
    struct neigh *n = list_first(st, age);

    for (unsigned i = 0; n != NULL && i < EVICTION_LOOKS; i++, n = list_next(st, age, n)) {
        if (is_evictable(n)) {
            neigh_forget(st, n, DROP_NEIGH_TABLE);
            return true;
        }
    }
    return false;
}

static struct neigh *create(struct tarn *st, unsigned port, const struct tarn_ip *ip)
{
    struct eth_layer *all = eth_layer(st);
    struct neigh *n = NULL;

    if (all->n[port] < st->cfg.max_neighbours || evict(st, port))
        n = pool_get_zeroed(st, &st->arena, &all->pool);
    if (n == NULL)
        return NULL;
    timer_init(&n->timer, TIMER_NEIGH);
    n->ip = *ip;
    n->port = (uint8_t)port;
    hash_insert(st, &st->arena, &all->table, n, hash_of(st, port, ip));
    list_push_back(st, &all->age[port], n);
    all->n[port]++;
    st->held.neighbours++;
    return n;
}

/* Its link address is (still) right. */
static void set_reachable(struct tarn *st, struct neigh *n, tarn_ns now)
{
    struct list *age = &eth_layer(st)->age[n->port];
    tarn_ns base = (tarn_ns)st->param[PARAM_NEIGH_REACHABLE_MS] * MS;
    uint32_t q16 = rng_below(&st->rng[STREAM_NEIGH], 65536);

    n->state = TARN_NEIGH_REACHABLE;
    n->probes = 0;
    list_remove(st, age, n);
    list_push_back(st, age, n);
    arm(st, n, now + base / 2 + base / 65536 * q16);
}

static void set_state(struct tarn *st, struct neigh *n, enum tarn_neigh_state state, tarn_ns at)
{
    n->state = (uint8_t)state;
    n->probes = 0;
    arm(st, n, at);
}

/* Ask for the neighbour once more and wait for the answer. */
static void probe(struct tarn *st, struct neigh *n, bool unicast, tarn_ns now)
{
    n->probes++;
    arm(st, n, after_ms(now, st->param[PARAM_NEIGH_RETRANS_MS]));
    arp_ask(st, n->port, &n->ip, unicast ? n->mac : NULL, now);
}

static void fail(struct tarn *st, struct neigh *n, tarn_ns now)
{
    struct queue waiting = n->waiting;
    struct pkt *p;

    n->waiting = (struct queue){0};
    set_state(st, n, TARN_NEIGH_FAILED, after_ms(now, FAILED_KEPT_MS));
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

/* A packet for a neighbour that we have an entry of. */
static void output_known(struct tarn *st, struct neigh *n, struct pkt *p, tarn_ns now)
{
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
    n = neigh_find(st, port, hop);
    if (n != NULL) {
        output_known(st, n, p, now);
        return;
    }
    if (group_mac(st, hop, mac)) {
        send(st, port, mac, p, now);
        return;
    }
    n = create(st, port, hop);
    if (n == NULL) {
        pkt_drop(st, p, DROP_NEIGH_TABLE);
        return;
    }
    n->state = TARN_NEIGH_INCOMPLETE;
    hold(st, n, p);
    probe(st, n, false, now);
}

void neigh_confirm(struct tarn *st, unsigned port, const struct tarn_ip *hop, tarn_ns now)
{
    struct neigh *n = neigh_find(st, port, hop);

    if (n != NULL && (n->state == TARN_NEIGH_STALE || n->state == TARN_NEIGH_DELAY ||
                      n->state == TARN_NEIGH_PROBE))
        set_reachable(st, n, now);
}

/* Another link address than the one we have. */
static void learn_other(struct tarn *st, struct neigh *n, const struct neigh_news *news,
                        tarn_ns now)
{
    bool asked_all = n->state == TARN_NEIGH_PROBE && n->probes > st->param[PARAM_NEIGH_PROBES];

    if (n->state == TARN_NEIGH_REACHABLE || n->state == TARN_NEIGH_DELAY) {
        set_state(st, n, TARN_NEIGH_PROBE, TARN_NEVER);
        probe(st, n, true, now);
    } else if (n->state == TARN_NEIGH_STALE || n->state == TARN_NEIGH_FAILED) {
        memcpy(n->mac, news->mac, 6);
        set_state(st, n, TARN_NEIGH_STALE, TARN_NEVER);
    } else if (asked_all && news->solicited) {
        memcpy(n->mac, news->mac, 6);
        set_reachable(st, n, now);
    }
}

static void learn_first(struct tarn *st, struct neigh *n, const struct neigh_news *news,
                        tarn_ns now)
{
    memcpy(n->mac, news->mac, 6);
    if (news->solicited)
        set_reachable(st, n, now);
    else if (n->waiting.n > 0)
        set_state(st, n, TARN_NEIGH_DELAY, after_ms(now, st->param[PARAM_NEIGH_DELAY_MS]));
    else
        set_state(st, n, TARN_NEIGH_STALE, TARN_NEVER);
    send_waiting(st, n, now);
}

bool neigh_learn(struct tarn *st, const struct neigh_news *news, tarn_ns now)
{
    struct neigh *n = neigh_find(st, news->port, &news->ip);

    if (n == NULL) {
        n = news->create ? create(st, news->port, &news->ip) : NULL;
        if (n == NULL)
            return news->create;
        learn_first(st, n, news, now);
        return true;
    }
    if (n->state == TARN_NEIGH_PERMANENT)
        return true;
    if (n->state == TARN_NEIGH_INCOMPLETE)
        learn_first(st, n, news, now);
    else if (memcmp(n->mac, news->mac, 6) != 0)
        learn_other(st, n, news, now);
    else if (news->solicited)
        set_reachable(st, n, now);
    else if (n->state == TARN_NEIGH_FAILED)
        set_state(st, n, TARN_NEIGH_STALE, TARN_NEVER);
    return true;
}

void neigh_expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    struct neigh *n = container_of(t, struct neigh, timer);
    int64_t probes = st->param[PARAM_NEIGH_PROBES];

    switch ((enum tarn_neigh_state)n->state) {
    case TARN_NEIGH_INCOMPLETE:
        if (n->probes < probes)
            probe(st, n, false, now);
        else
            fail(st, n, now);
        break;
    case TARN_NEIGH_REACHABLE: set_state(st, n, TARN_NEIGH_STALE, TARN_NEVER); break;
    case TARN_NEIGH_DELAY:
        set_state(st, n, TARN_NEIGH_PROBE, TARN_NEVER);
        probe(st, n, true, now);
        break;
    case TARN_NEIGH_PROBE:
        if (n->probes < 2 * probes)
            probe(st, n, n->probes < probes, now);
        else
            fail(st, n, now);
        break;
    case TARN_NEIGH_FAILED: neigh_forget(st, n, DROP_NEIGH_FAILED); break;
    case TARN_NEIGH_STALE:
    case TARN_NEIGH_PERMANENT: break;
    }
}

bool neigh_fix(struct tarn *st, unsigned port, const struct tarn_ip *ip, const uint8_t mac[6],
               tarn_ns now)
{
    struct neigh *n = neigh_find(st, port, ip);

    if (n == NULL)
        n = create(st, port, ip);
    if (n == NULL)
        return false;
    memcpy(n->mac, mac, 6);
    set_state(st, n, TARN_NEIGH_PERMANENT, TARN_NEVER);
    send_waiting(st, n, now);
    return true;
}
