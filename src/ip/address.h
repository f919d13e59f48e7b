/* ip/address.h - our addresses as objects: each is a record that stays where it is while it exists,
 * so that duplicate detection and lifetimes can hang a timer on it.
 *
 * Life of an address. tarn_address_add() makes the record and the route to its network, and calls
 * address_started(), which says when it becomes ours: at once, or after duplicate detection.
 * address_assign() makes it ours: from then on packets to it are delivered. address_stopped() is
 * told when its port goes down or before the record goes.
 *
 * Invariant: the table has local and broadcast routes of an address exactly while it is assigned.
 */
#ifndef TARN_IP_ADDRESS_H
#define TARN_IP_ADDRESS_H

#include "ip/ip.h"
#include "ip/select.h"

enum { ADDRESS_MAX = 256, ADDRESS_ROUTERS = 4 };

struct address {
    struct timer timer;    /* kind TIMER_ADDRESS: address_expire() */
    struct list_node link; /* of ip_layer.addresses */
    struct tarn_address info;
    bool assigned;
    uint8_t dad_left; /* probes still to be sent */
    uint8_t tries;    /* of an identifier of RFC 7217 or 8981, or of RFC 3927 */
    bool succeeded;   /* a temporary one whose successor has been made */
    uint32_t group;   /* reference of its membership in the solicited-node group */
    tarn_ns created;
    tarn_ns defended; /* when it was last (RFC 5227 2.4) */
    /* Who has advertised its prefix, the latest first; all zero: nobody more. */
    struct tarn_ip router[ADDRESS_ROUTERS];
};

/* Our address `ip` on `port`, assigned or not; NULL. */
struct address *address_find(const struct tarn *st, unsigned port, const struct tarn_ip *ip);

/* All records, oldest first: the one after `prev`, the first for NULL; NULL at the end. The walk
 * may remove what it has left behind. */
struct address *address_next(const struct tarn *st, const struct address *prev);

/* A new record of what has been checked; NULL: no memory, or ADDRESS_MAX are there. */
struct address *address_create(struct tarn *st, const struct tarn_address *info, tarn_ns now);

/* From now on packets to it are ours; it is no longer tentative unless optimistic. false: no memory
 * for its routes. And the opposite: it is there, but not (any more) to be used. */
bool address_assign(struct tarn *st, struct address *a);
void address_unassign(struct tarn *st, struct address *a);

/* The record and its routes go, address_stopped() is told. */
void address_remove(struct tarn *st, struct address *a);

/* What address configuration is told; addrconf/life.c. Started: a new record, or its port has
 * gone up; false: no memory, the record is taken back. Changed: lifetimes or flags are others. */
bool address_started(struct tarn *st, struct address *a, tarn_ns now);
void address_changed(struct tarn *st, struct address *a, tarn_ns now);
void address_stopped(struct tarn *st, struct address *a);

/* Expiry of an address's timer. */
void address_expire(struct tarn *st, struct timer *t, tarn_ns now);

static inline bool address_is4(const struct address *a)
{
    return tarn_ip_is4(&a->info.prefix.ip);
}

#endif
