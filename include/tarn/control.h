/* tarn/control.h - the control plane: interfaces, addresses, routes, neighbours as typed records.
 *
 * A request that is refused says which field and why. Walks use a cursor that starts at 0; a change
 * in mid-walk ends it with -TARN_EINTR, so that a dump is never a mixture (compare generations). */
#ifndef TARN_CONTROL_H
#define TARN_CONTROL_H

#include "tarn/addr.h"
#include "tarn/err.h"
#include "tarn/link.h"

#pragma GCC visibility push(default)

struct tarn_control_error {
    const char *field; /* the record's member at fault, or NULL */
    const char *text;  /* a sentence without a full stop */
};

enum { TARN_IFNAME_BYTES = 16 };

/* An interface. Index 0 is `lo`, made by tarn_init() with 127.0.0.1/8 and up. */
struct tarn_port_info {
    char name[TARN_IFNAME_BYTES];
    uint32_t mtu, offload; /* enum link_offload */
    uint8_t medium;        /* enum link_medium */
    uint8_t mac[6];
    bool up, carrier;
    uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, rx_dropped, tx_dropped;
    uint16_t vlan;   /* 0, or the 802.1Q id (1 to 4094) of the frames of vlan_of that are its own */
    uint8_t vlan_of; /* the Ethernet interface that carries them */
};

/* Add an interface (down, no address); returns its index, or -TARN_EEXIST (name, VLAN),
 * -TARN_EINVAL (MTU below 68 or above 65535; a VLAN's above its carrier's), -TARN_ENOSPC (64
 * interfaces). The counters are ignored. A VLAN has its carrier's MAC, medium and offload; its
 * packets are input and output by the carrier. */
int tarn_port_add(struct tarn *st, const struct tarn_port_info *info, struct tarn_control_error *e);
int tarn_port_get(const struct tarn *st, unsigned port, struct tarn_port_info *out);
/* Change MTU, up and carrier; going down flushes its neighbours and queues. */
int tarn_port_set(struct tarn *st, unsigned port, const struct tarn_port_info *info, tarn_ns now,
                  struct tarn_control_error *e);

/* An address on an interface brings the route to its prefix. */
struct tarn_address {
    unsigned port;
    struct tarn_prefix prefix; /* the whole address, and the length of its network */
};
int tarn_address_add(struct tarn *st, const struct tarn_address *a, tarn_ns now,
                     struct tarn_control_error *e);
int tarn_address_del(struct tarn *st, const struct tarn_address *a, tarn_ns now,
                     struct tarn_control_error *e);
bool tarn_address_next(const struct tarn *st, uint32_t *cursor, struct tarn_address *out);

/* A route: longest prefix wins, then the lowest metric. `via` all zero: on the link. */
struct tarn_route {
    struct tarn_prefix to;
    struct tarn_ip via;
    struct tarn_ip source; /* preferred source address, or all zero */
    unsigned port;
    uint32_t metric;
    uint32_t mtu; /* 0 = the interface's */
};
int tarn_route_add(struct tarn *st, const struct tarn_route *r, tarn_ns now,
                   struct tarn_control_error *e);
int tarn_route_del(struct tarn *st, const struct tarn_route *r, tarn_ns now,
                   struct tarn_control_error *e);
bool tarn_route_next(const struct tarn *st, uint32_t *cursor, struct tarn_route *out);

/* Neighbours (RFC 826 with the states of RFC 4861 7.3.2). */
enum tarn_neigh_state {
    TARN_NEIGH_INCOMPLETE = 1,
    TARN_NEIGH_REACHABLE,
    TARN_NEIGH_STALE,
    TARN_NEIGH_DELAY,
    TARN_NEIGH_PROBE,
    TARN_NEIGH_FAILED,
    TARN_NEIGH_PERMANENT,
};
struct tarn_neigh {
    struct tarn_ip ip;
    unsigned port;
    uint8_t mac[6];
    uint8_t state;
};
int tarn_neigh_set(struct tarn *st, const struct tarn_neigh *n, tarn_ns now,
                   struct tarn_control_error *e);
int tarn_neigh_del(struct tarn *st, const struct tarn_neigh *n, tarn_ns now,
                   struct tarn_control_error *e);
bool tarn_neigh_next(const struct tarn *st, uint32_t *cursor, struct tarn_neigh *out);

/* Grows with every change of routes, addresses, interfaces and path MTUs. */
uint32_t tarn_generation(const struct tarn *st);

#pragma GCC visibility pop

#endif
