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

/* Who has made an address, a route or a resolver. A maker takes away what is its own. */
enum tarn_origin {
    TARN_ORIGIN_STATIC, /* the user: command line, ip(8), an embedder */
    TARN_ORIGIN_KERNEL, /* the stack itself: link-local addresses, routes of addresses */
    TARN_ORIGIN_RA,     /* a router advertisement (RFC 4861, RFC 4862) */
    TARN_ORIGIN_DHCP,   /* a DHCP server of either family */
};

/* An interface. Index 0 is `lo`, made by tarn_init() with 127.0.0.1/8 and ::1/128, and up. */
struct tarn_port_info {
    char name[TARN_IFNAME_BYTES];
    uint32_t mtu, offload; /* enum link_offload */
    uint8_t medium;        /* enum link_medium */
    uint8_t mac[6];
    bool up, carrier;
    uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, rx_dropped, tx_dropped;
    uint32_t mtu6;   /* IPv6's, as a router has advertised it; 0: the same. Read only */
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

enum tarn_address_flag {
    TARN_ADDRESS_TENTATIVE = 1, /* is being checked for duplicates (RFC 4862 5.4): not to be used */
    TARN_ADDRESS_DUPLICATE = 2, /* another host has it: not used */
    TARN_ADDRESS_DEPRECATED = 4,  /* its preferred lifetime is over: for old conversations only */
    TARN_ADDRESS_TEMPORARY = 8,   /* RFC 8981 */
    TARN_ADDRESS_OPTIMISTIC = 16, /* tentative, but used where it must be (RFC 4429) */
    TARN_ADDRESS_NODAD = 32,      /* add: do not check for duplicates */
    TARN_ADDRESS_NOROUTE = 64,    /* add: no route to its network */
    TARN_ADDRESS_CHECK = 128, /* add: IPv4: probe for it first (RFC 5227), whatever the parameter
                                 ip4.conflict-detection says, and in half a second */
};

/* An address on an interface brings the route to its prefix. One of IPv6 on an Ethernet interface
 * is tentative first, unless TARN_ADDRESS_NODAD, one of IPv4 if TARN_ADDRESS_CHECK asks for it; the
 * end of that is a change (TARN_EVENT_CONTROL). Adding it again changes lifetimes and flags;
 * where it would change nothing the request is refused. */
struct tarn_address {
    unsigned port;
    struct tarn_prefix prefix; /* the whole address, and the length of its network */
    uint8_t origin;            /* enum tarn_origin */
    uint8_t flags;             /* enum tarn_address_flag */
    /* When it is deprecated, and when it goes (RFC 4862 5.5.4). 0, TARN_NEVER: never. */
    tarn_ns preferred_until, valid_until;
};
int tarn_address_add(struct tarn *st, const struct tarn_address *a, tarn_ns now,
                     struct tarn_control_error *e);
int tarn_address_del(struct tarn *st, const struct tarn_address *a, tarn_ns now,
                     struct tarn_control_error *e);
bool tarn_address_next(const struct tarn *st, uint32_t *cursor, struct tarn_address *out);

/* Put the n addresses of a peer, of either family, in the order in which a program should try them
 * (RFC 6724 6); equal ones keep their order. The effort grows with the square of n. */
void tarn_address_sort(const struct tarn *st, struct tarn_ip *v, unsigned n);

/* A route: longest prefix wins, then the lowest metric, then a gateway that answers, then the
 * preference. `via` all zero: on the link. Of IPv4 there is one route with a metric to a prefix, of
 * IPv6 one by each gateway. Adding a learned one (origin RA, DHCP) again changes its lifetime,
 * preference and MTU. */
struct tarn_route {
    struct tarn_prefix to;
    struct tarn_ip via;
    struct tarn_ip source; /* preferred source address, or all zero */
    unsigned port;
    uint32_t metric;
    uint32_t mtu;        /* 0 = the interface's */
    uint8_t origin;      /* enum tarn_origin */
    uint8_t preference;  /* RFC 4191: enum tarn_route_preference, among routes of equal metric */
    tarn_ns valid_until; /* 0, TARN_NEVER: for ever */
};

/* The two bits of RFC 4191 2.1. */
enum tarn_route_preference {
    TARN_ROUTE_MEDIUM = 0, /* where nobody has said */
    TARN_ROUTE_HIGH = 1,
    TARN_ROUTE_LOW = 3,
};
int tarn_route_add(struct tarn *st, const struct tarn_route *r, tarn_ns now,
                   struct tarn_control_error *e);
int tarn_route_del(struct tarn *st, const struct tarn_route *r, tarn_ns now,
                   struct tarn_control_error *e);
bool tarn_route_next(const struct tarn *st, uint32_t *cursor, struct tarn_route *out);

/* The way that a packet to dst would take, from src (all zero: ours to choose) and out of an
 * interface (index + 1; 0: any): out->via is the next hop, all zero for a neighbour, out->source
 * the address it would come from; port 0 is this host. -TARN_ENETUNREACH, -TARN_ENODEV,
 * -TARN_EINVAL. */
int tarn_route_find(struct tarn *st, const struct tarn_ip *dst, const struct tarn_ip *src,
                    uint32_t port, struct tarn_route *out);

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
    bool router; /* IPv6: it has said that it forwards (RFC 4861 7.3.2) */
};
/* State REACHABLE or STALE makes an ordinary entry, any other a PERMANENT one. */
int tarn_neigh_set(struct tarn *st, const struct tarn_neigh *n, tarn_ns now,
                   struct tarn_control_error *e);
int tarn_neigh_del(struct tarn *st, const struct tarn_neigh *n, tarn_ns now,
                   struct tarn_control_error *e);
bool tarn_neigh_next(const struct tarn *st, uint32_t *cursor, struct tarn_neigh *out);

/* A name server or a search domain that the link offers (RFC 8106, DHCP options), or that the user
 * has given; the stub resolver and the view of /etc/resolv.conf are made of them, oldest first. */
enum { TARN_DOMAIN_BYTES = 256 };
struct tarn_resolver {
    unsigned port;                  /* the interface that it was learned on */
    struct tarn_addr server;        /* port 0: 53. All zero: the record is a search domain */
    char domain[TARN_DOMAIN_BYTES]; /* printable, without a final dot; "" in a server's record */
    uint8_t origin;                 /* enum tarn_origin */
    tarn_ns valid_until;            /* 0, TARN_NEVER: for ever */
};
/* Adding what is there changes its lifetime. -TARN_EINVAL, -TARN_ENOSPC (32 records). */
int tarn_resolver_add(struct tarn *st, const struct tarn_resolver *r, tarn_ns now,
                      struct tarn_control_error *e);
/* -TARN_ENOENT. */
int tarn_resolver_del(struct tarn *st, const struct tarn_resolver *r, tarn_ns now,
                      struct tarn_control_error *e);
bool tarn_resolver_next(const struct tarn *st, uint32_t *cursor, struct tarn_resolver *out);

/* A multicast group that an interface listens to (RFC 9776, RFC 9777). */
struct tarn_group_info {
    unsigned port;
    struct tarn_ip group;
    bool exclude;       /* every source but the `sources`; else only these */
    uint32_t n_sources; /* how many sources its filter names */
    uint32_t users;     /* memberships, the stack's own included */
};
bool tarn_group_next(const struct tarn *st, uint32_t *cursor, struct tarn_group_info *out);

/* What the routers on an interface have advertised last (RFC 4861 4.2), for DHCPv6's start and for
 * people. */
struct tarn_router_info {
    bool seen;             /* an advertisement has come since the interface went up */
    bool managed, other;   /* M and O: addresses, and other configuration, by DHCPv6 */
    uint8_t hop_limit;     /* 0: not said */
    uint32_t reachable_ms; /* 0: not said */
    uint32_t retrans_ms;
};
/* -TARN_ENODEV. */
int tarn_router_get(const struct tarn *st, unsigned port, struct tarn_router_info *out);

/* Grows with every change of routes, addresses, interfaces and path MTUs. */
uint32_t tarn_generation(const struct tarn *st);

#pragma GCC visibility pop

#endif
