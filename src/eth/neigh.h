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
    struct list_node age; /* of its port's: among those asked for, or the others */
    struct queue waiting; /* packets held while INCOMPLETE; l3 is set */
    struct tarn_ip ip;
    uint8_t mac[6];
    uint8_t port;
    uint8_t state;  /* enum tarn_neigh_state */
    uint8_t probes; /* sent in this state */
    bool router;    /* IsRouter of RFC 4861 5.1 */
};

/* A port's neighbours. */
struct neigh_port {
    struct list asked; /* INCOMPLETE ones, oldest first */
    struct list known; /* the others, least recently confirmed first */
    uint32_t n, n_asked;
    /* What a router has advertised (RFC 4861 6.3.4), for IPv6; 0: the parameters. */
    uint32_t reachable_ms, retrans_ms;
};

struct eth_layer {
    struct hash table;
    struct pool pool;
    struct neigh_port port[PORT_MAX];
    /* From when on a packet of IPv6 that is sent may show that a lost router is missed: see
     * router_missed(). TARN_NEVER: none is lost. */
    tarn_ns missed_at;
};

static inline struct eth_layer *eth_layer(const struct tarn *st)
{
    return layer_state(st, LAYER_ETH);
}

struct neigh *neigh_find(const struct tarn *st, unsigned port, const struct tarn_ip *ip);

/* A new entry, INCOMPLETE and without a question; NULL: no room. */
struct neigh *neigh_new(struct tarn *st, unsigned port, const struct tarn_ip *ip);

/* Moves between states (neigh.c), for those who learn (neigh_learn.c). */
void neigh_set_reachable(struct tarn *st, struct neigh *n, tarn_ns now);
void neigh_set_stale(struct tarn *st, struct neigh *n);
/* Ask the address that we have whether it is still right. */
void neigh_verify(struct tarn *st, struct neigh *n, tarn_ns now);
/* Ask once whether `ip` is there again, unless it is being asked or known to be. */
void neigh_seek(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now);
/* The first link address of an INCOMPLETE entry: what waits is sent. */
void neigh_resolved(struct tarn *st, struct neigh *n, const uint8_t mac[6], bool solicited,
                    tarn_ns now);

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

/* What else than an advertisement says by an option: the sender of a solicitation, a router that
 * advertises, the target of a redirect (RFC 4861 7.2.3, 6.2.6, 6.3.4, 8.3). Makes an entry, unless
 * mac is NULL: then it tells of the role alone. */
enum neigh_role { NEIGH_ROLE_UNKNOWN, NEIGH_ROLE_HOST, NEIGH_ROLE_ROUTER };
void neigh_hint(struct tarn *st, unsigned port, const struct tarn_ip *ip, const uint8_t *mac,
                enum neigh_role role, tarn_ns now);

/* A neighbour advertisement (RFC 4861 7.2.5); mac NULL: it had no such option. false: it is about
 * nobody we know. */
struct neigh_advert {
    const uint8_t *mac;
    bool router, solicited, override;
};
bool neigh_advertised(struct tarn *st, unsigned port, const struct tarn_ip *ip,
                      const struct neigh_advert *a, tarn_ns now);

/* Expiry of a neighbour's timer. */
void neigh_expire(struct tarn *st, struct timer *t, tarn_ns now);

/* Make or change an entry as tarn_neigh_set() has it; false when the table is full. Forget one. */
bool neigh_set(struct tarn *st, const struct tarn_neigh *asked, tarn_ns now);
void neigh_forget(struct tarn *st, struct neigh *n, enum tarn_drop why);
void neigh_flush_port(struct tarn *st, unsigned port);

/* ARP packets of ours: ask for ip (to its last known address, or to all when mac is NULL); tell all
 * that ip is ours. eth/arp.c */
void arp_ask(struct tarn *st, unsigned port, const struct tarn_ip *ip, const uint8_t *mac,
             tarn_ns now);
void arp_announce(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now);

/* Neighbour solicitations of ours; `from` is the source of the packet that waits, or NULL
 * (RFC 4861 7.2.2). eth/nd.c */
void nd_ask(struct tarn *st, unsigned port, const struct tarn_ip *ip, const uint8_t *mac,
            const struct tarn_ip *from, tarn_ns now);

/* A router solicitation (RFC 4861 6.3.7). eth/nd.c */
void nd_solicit(struct tarn *st, unsigned port, tarn_ns now);

#endif
