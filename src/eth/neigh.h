/* eth/neigh.h - neighbours: which link address an IP address of our networks has. */
#ifndef TARN_ETH_NEIGH_H
#define TARN_ETH_NEIGH_H

#include "base/hash.h"
#include "core/path.h"
#include "core/port.h"
#include "core/queue.h"

struct neigh {
    struct timer timer; /* kind TIMER_NEIGH */
    struct hash_node node;
    struct list_node age; /* of its port's, least recently confirmed first */
    struct queue waiting; /* packets held while INCOMPLETE; l3 is set */
    struct tarn_ip ip;
    uint8_t mac[6];
    uint8_t port;
    uint8_t state;  /* enum tarn_neigh_state */
    uint8_t probes; /* sent in this state */
};

struct eth_layer {
    struct hash table;
    struct pool pool;
    struct list age[PORT_MAX];
    uint32_t n[PORT_MAX];
};

static inline struct eth_layer *eth_layer(const struct tarn *st)
{
    return layer_state(st, LAYER_ETH);
}

struct neigh *neigh_find(const struct tarn *st, unsigned port, const struct tarn_ip *ip);

/* What an ARP packet says of a neighbour. `solicited`: it answers a question of ours. `create`:
 * worth an entry, because it speaks to us. */
struct neigh_news {
    unsigned port;
    struct tarn_ip ip;
    const uint8_t *mac;
    bool solicited, create;
};
/* false: it is about nobody we know. */
bool neigh_learn(struct tarn *st, const struct neigh_news *n, tarn_ns now);

/* Expiry of a neighbour's timer. */
void neigh_expire(struct tarn *st, struct timer *t, tarn_ns now);

/* Make a permanent entry; false when the table is full. Forget one. */
bool neigh_fix(struct tarn *st, unsigned port, const struct tarn_ip *ip, const uint8_t mac[6],
               tarn_ns now);
void neigh_forget(struct tarn *st, struct neigh *n, enum tarn_drop why);
void neigh_flush_port(struct tarn *st, unsigned port);

/* ARP packets of ours: ask for ip (to its last known address, or to all when mac is NULL); tell all
 * that ip is ours. eth/arp.c */
void arp_ask(struct tarn *st, unsigned port, const struct tarn_ip *ip, const uint8_t *mac,
             tarn_ns now);
void arp_announce(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now);

#endif
