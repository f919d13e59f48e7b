/* ip/ip.h - the network layer's own state and the calls between its files. */
#ifndef TARN_IP_IP_H
#define TARN_IP_IP_H

#include "base/hash.h"
#include "core/path.h"
#include "core/port.h"
#include "wire/ip4.h"

enum { ADDRESS_MAX = 256, PMTU_MAX = 4096, IP_ID_COUNTERS = 256, FIB_LEVELS = 8, FIB_RECENT = 256 };

enum route_kind {
    ROUTE_UNICAST,   /* out of a port, on the link or by a gateway */
    ROUTE_LOCAL,     /* an address of ours */
    ROUTE_BROADCAST, /* the broadcast address of a network of ours */
};

/* One route. Addresses in host order. */
struct route {
    struct hash_node node; /* by (prefix, len) */
    uint32_t prefix, via, source;
    uint32_t metric, mtu;
    uint8_t len, kind, port;
    bool automatic; /* comes and goes with an address */
};

/* ip/fib.c: 16 branches per node, four bits of the address each. */
struct fib_node {
    uint32_t child[16];
    uint32_t route[16]; /* longest prefix that ends in this node and covers the branch */
};

/* The answer to a look-up, good while st->generation is the same. */
struct fib_answer {
    uint32_t dst, generation, route;
};

struct fib {
    struct fib_answer recent[FIB_RECENT]; /* by a hash of dst */
    struct hash prefixes;                 /* struct route */
    struct pool routes, nodes;
    uint32_t root, fallback; /* fallback: the route of length 0 */
};

struct ip_layer {
    struct fib fib;
    struct hash pmtu;
    struct list pmtu_age; /* oldest first */
    struct pool pmtu_pool;
    struct timer pmtu_timer;
    struct hash reasm;
    struct list reasm_age;
    struct pool reasm_pool;
    uint64_t reasm_bytes;
    struct hash reasm_sources;
    struct pool reasm_source_pool;
    uint32_t n_addresses;
    struct tarn_address address[ADDRESS_MAX];
    uint16_t id[IP_ID_COUNTERS];
};

static inline struct ip_layer *ip_layer(const struct tarn *st)
{
    return layer_state(st, LAYER_IP);
}

/* Something that cached routes depend on has changed. */
static inline void routes_changed(struct tarn *st)
{
    st->generation++;
}

/* ip/fib.c */
void fib_init(struct tarn *st, struct fib *f);
/* The best route of an active port to dst, or NULL. */
const struct route *fib_find(const struct tarn *st, uint32_t dst);
/* The best one that leads out of `port`. */
const struct route *fib_find_on(const struct tarn *st, uint32_t dst, unsigned port);
/* Adds a copy; NULL when out of memory or at the limit. */
struct route *fib_add(struct tarn *st, const struct route *r);
void fib_del(struct tarn *st, struct route *r);
/* The n-th and following records of (prefix, len) are walked by the caller with hash_each_match. */
struct route *fib_exact(const struct tarn *st, uint32_t prefix, unsigned len);
struct route *fib_exact_next(const struct tarn *st, const struct route *r);
/* A port went up or down: its routes are (not) to be used. */
void fib_port_changed(struct tarn *st, unsigned port);

static inline uint32_t prefix_mask(unsigned len)
{
    return len == 0 ? 0 : UINT32_MAX << (32 - len);
}

/* ip/pmtu.c: the path's MTU to dst, at most `mtu`. */
void pmtu_init(struct tarn *st, struct ip_layer *ip);
uint32_t pmtu_find(const struct tarn *st, const struct tarn_ip *dst, uint32_t mtu);
void pmtu_expire(struct tarn *st, struct timer *t, tarn_ns now);

/* ip/reasm.c: takes a fragment (from its payload on); a complete datagram in return, or NULL. */
void reasm_init(struct tarn *st, struct ip_layer *ip);
struct pkt *reasm_input(struct tarn *st, struct ip_info *ip, struct pkt *p, tarn_ns now);
void reasm_expire(struct tarn *st, struct timer *t, tarn_ns now);

/* ip/fragment.c: send the payload p as fragments of at most `mtu` bytes below headers like h. */
void ip4_fragment(struct tarn *st, const struct ip_info *ip, const struct ip4_hdr *h, struct pkt *p,
                  tarn_ns now);

/* An identification for a datagram that may be fragmented (RFC 6864). ip/ip_output.c */
uint16_t ip4_next_id(struct tarn *st, const struct ip_info *ip);

#endif
