/* tests/unit/sock/families.h - two stacks on a wire that know each other in both families, so that
 * one test can go through both.
 *
 *     TEST(udp, arrives)
 *     {
 *         for (unsigned f = 0; f < FAMILIES; f++) {
 *             struct duo d;
 *
 *             duo_open(&d, families[f]);
 *             ... duo_addr(&d, &d.b, 7) ...
 *             duo_close(&d);
 *         }
 *     } */
#ifndef TARN_TESTS_UNIT_SOCK_FAMILIES_H
#define TARN_TESTS_UNIT_SOCK_FAMILIES_H

#include "tests/unit/rig.h"

enum { FAMILIES = 2 };
static const enum tarn_family families[FAMILIES] = {TARN_INET, TARN_INET6};

struct duo {
    enum tarn_family family;
    struct rig a, b; /* hosts 1 and 2 of 10.0.0.0/24 and fd00::/64 */
};

/* The address of a host of the test's network in the duo's family; 0: the unspecified one. */
static inline struct tarn_ip duo_ip(enum tarn_family family, uint8_t host)
{
    struct tarn_ip six = {{0xfd, [15] = host}}, any6 = {{0}};

    if (family == TARN_INET)
        return tarn_ip4(host != 0 ? 0x0a000000u + host : 0);
    return host != 0 ? six : any6;
}

static inline struct tarn_addr duo_at(const struct duo *d, uint8_t host, uint16_t port)
{
    return (struct tarn_addr){.ip = duo_ip(d->family, host), .port = port};
}

/* The peer's link address, so that no test waits for a resolution. */
static inline void duo_introduce(struct rig *to, uint8_t host)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_neigh n = {.ip = duo_ip(families[f], host), .port = RIG_PORT};

        n.mac[0] = 2;
        n.mac[5] = host;
        CHECK_EQ(tarn_neigh_set(to->st, &n, to->now, NULL), 0);
    }
}

static inline void duo_host(struct rig *r, uint8_t host, uint32_t offload)
{
    struct tarn_address a = {.port = RIG_PORT, .flags = TARN_ADDRESS_NODAD};
    struct tarn_event ev;

    rig_open_with(r, host, offload, NULL);
    a.prefix = (struct tarn_prefix){duo_ip(TARN_INET6, host), 64};
    CHECK_EQ(tarn_address_add(r->st, &a, r->now, NULL), 0);
    while (tarn_event(r->st, &ev))
        ;
}

static inline void duo_open_with(struct duo *d, enum tarn_family family, uint32_t offload)
{
    d->family = family;
    duo_host(&d->a, 1, offload);
    duo_host(&d->b, 2, offload);
    duo_introduce(&d->a, 2);
    duo_introduce(&d->b, 1);
    rig_run(&d->a, &d->b);
}

static inline void duo_open(struct duo *d, enum tarn_family family)
{
    duo_open_with(d, family, 0);
}

static inline void duo_run(struct duo *d)
{
    rig_run(&d->a, &d->b);
}

static inline void duo_close(struct duo *d)
{
    rig_close(&d->a);
    rig_close(&d->b);
}

static inline tarn_sock duo_socket(const struct duo *d, struct rig *r, enum tarn_type type,
                                   uint8_t protocol)
{
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, d->family, type, protocol, 0, &s), 0);
    return s;
}

/* A UDP socket; bound to a port on all addresses unless that is 0. */
static inline tarn_sock duo_udp(const struct duo *d, struct rig *r, uint16_t port)
{
    tarn_sock s = duo_socket(d, r, TARN_DGRAM, 0);
    struct tarn_addr any = duo_at(d, 0, port);

    if (port != 0)
        CHECK_EQ(tarn_bind(r->st, s, &any), 0);
    return s;
}

static inline void duo_set(struct rig *r, tarn_sock s, enum tarn_opt opt, int64_t value)
{
    CHECK_EQ(tarn_setopt(r->st, s, opt, value, r->now), 0);
}

static inline int64_t duo_get(struct rig *r, tarn_sock s, enum tarn_opt opt)
{
    int64_t value = -1;

    CHECK_EQ(tarn_getopt(r->st, s, opt, &value), 0);
    return value;
}

/* The option of the family: of IPv4's or IPv6's row. */
static inline enum tarn_opt duo_opt(const struct duo *d, enum tarn_opt four, enum tarn_opt six)
{
    return d->family == TARN_INET ? four : six;
}

/* n bytes of `data` to an address, with what `info` says (NULL: nothing). */
static inline long duo_send(struct rig *r, tarn_sock s, const struct tarn_addr *to,
                            struct tarn_info *info, const void *data, size_t n)
{
    struct tarn_addr name = *to;
    union {
        const void *given;
        void *base;
    } at = {.given = data};
    struct tarn_iov iov = {at.base, n};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &name, .info = info};

    return tarn_sendmsg(r->st, s, &m, r->now);
}

/* What a receiving call gave. */
struct duo_got {
    uint8_t data[70000];
    long n;
    unsigned flags;
    struct tarn_addr from;
    struct tarn_info info;
};

static inline long duo_recv(struct rig *r, tarn_sock s, unsigned flags, struct duo_got *got)
{
    struct tarn_iov iov = {got->data, sizeof got->data};
    struct tarn_msg m = {
        .iov = &iov, .n_iov = 1, .flags = flags, .name = &got->from, .info = &got->info};

    got->n = tarn_recvmsg(r->st, s, &m, r->now);
    got->flags = m.out_flags;
    return got->n;
}

#endif
