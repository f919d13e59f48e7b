/* ip/fib.h - the forwarding table of both families, and what a route is. Theory: fib.c. */
#ifndef TARN_IP_FIB_H
#define TARN_IP_FIB_H

#include "base/hash.h"
#include "core/stack.h"

enum { FIB_LEVELS = 32, FIB_RECENT = 256, FIB_V4_BITS = 96 };

enum route_kind {
    ROUTE_UNICAST,   /* out of a port, on the link or by a gateway */
    ROUTE_LOCAL,     /* an address of ours */
    ROUTE_BROADCAST, /* IPv4: the broadcast address of a network of ours */
};

struct route {
    struct timer timer;         /* kind TIMER_ROUTE: armed to valid_until */
    struct hash_node node;      /* by (prefix, len) */
    struct tarn_ip prefix;      /* no bits behind len */
    struct tarn_ip via, source; /* all zero: on the link; none preferred */
    uint32_t metric, mtu;
    tarn_ns valid_until; /* TARN_NEVER: for ever */
    uint8_t len;         /* of the 16-byte form: IPv4's 0 is 96 */
    uint8_t kind, port;  /* enum route_kind */
    uint8_t origin;      /* enum tarn_origin */
    uint8_t preference;  /* enum tarn_route_preference */
    bool automatic;      /* comes and goes with an address */
    uint32_t lost;       /* not 0: the gateway did not answer, the later the higher */
    tarn_ns sought;      /* when the gateway was asked last, while it is lost */
};

/* 16 branches per node, four bits of the address each. */
struct fib_node {
    uint32_t child[16];
    uint32_t route[16]; /* longest prefix that ends in this node and covers the branch */
};

struct fib_tree {
    uint32_t root;
    uint32_t fallback; /* the route to everywhere */
};

/* The answer to a look-up, good while st->generation is the same. */
struct fib_answer4 {
    uint32_t dst, generation, route;
};

struct fib_answer6 {
    struct tarn_ip dst;
    uint32_t generation, route;
};

struct fib {
    struct fib_answer4 recent4[FIB_RECENT]; /* by a hash of dst */
    struct fib_answer6 recent6[FIB_RECENT];
    struct fib_tree four, six;
    struct hash prefixes; /* struct route */
    struct pool routes, nodes;
    uint32_t n_of_len[129]; /* how many routes have a prefix of this length */
};

void fib_init(struct tarn *st, struct fib *f);

/* The best route of an active port to dst, or NULL; the second form for IPv4 in host order. */
const struct route *fib_find(const struct tarn *st, const struct tarn_ip *dst);
const struct route *fib_find4(const struct tarn *st, uint32_t dst);

/* The best one that leads out of `port`. */
const struct route *fib_find_on(const struct tarn *st, const struct tarn_ip *dst, unsigned port);

/* The best one to dst whose gateway is not lost, or NULL. */
const struct route *fib_find_alive(const struct tarn *st, const struct tarn_ip *dst);

/* Would packets to dst go by the lost `r`, were it not lost, instead of by `used`? */
bool fib_is_missed(const struct route *r, const struct route *used, const struct tarn_ip *dst);

/* Adds a copy, whose timer is armed; NULL when out of memory or at the limit. */
struct route *fib_add(struct tarn *st, const struct route *r);
void fib_del(struct tarn *st, struct route *r);

/* The member that decides among routes of one prefix has changed. */
void fib_changed(struct tarn *st, struct route *r);

/* The routes of exactly this prefix, one after the other; NULL at the end. */
struct route *fib_exact(const struct tarn *st, const struct tarn_ip *prefix, unsigned len);
struct route *fib_exact_next(const struct tarn *st, const struct route *r);

/* A port went up or down: its routes are (not) to be used. */
void fib_port_changed(struct tarn *st, unsigned port);

/* Expiry of a route's timer. */
void route_expire(struct tarn *st, struct timer *t, tarn_ns now);

static inline uint32_t prefix_mask(unsigned len)
{
    return len == 0 ? 0 : UINT32_MAX << (32 - len);
}

/* The first `len` bits of ip, then zeroes. */
static inline struct tarn_ip prefix_of(const struct tarn_ip *ip, unsigned len)
{
    struct tarn_ip out = {{0}};
    unsigned whole = len / 8;

    memcpy(out.b, ip->b, whole);
    if (len % 8 != 0)
        out.b[whole] = (uint8_t)(ip->b[whole] & 0xff00u >> len % 8);
    return out;
}

/* How many leading bits two addresses share, 0 to 128. */
static inline unsigned prefix_common(const struct tarn_ip *a, const struct tarn_ip *b)
{
    unsigned n = 0;

    while (n < 128 && a->b[n / 8] == b->b[n / 8])
        n += 8;
    while (n < 128 && ((a->b[n / 8] ^ b->b[n / 8]) & 0x80u >> n % 8) == 0)
        n++;
    return n;
}

/* Is it more than 16 bytes of zero? */
static inline bool ip_is_given(const struct tarn_ip *ip)
{
    uint64_t word[2];

    memcpy(word, ip->b, sizeof word);
    return (word[0] | word[1]) != 0;
}

#endif
