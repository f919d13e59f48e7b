/* tests/conform/nd.h - messages of neighbour discovery for the bench of conformance tests. */
#ifndef TARN_TESTS_CONFORM_ND_H
#define TARN_TESTS_CONFORM_ND_H

#include "tests/conform/rig.h"
#include "wire/nd.h"

static const uint8_t nd_other_mac[6] = {2, 0, 0, 0, 0, 0x66};
static const struct tarn_ip ALL_ROUTERS = {{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};
/* A second router, an address of nobody, and a prefix of the link. */
static const struct tarn_ip R2_LOCAL = CONFORM_LOCAL(0x98), NOBODY = CONFORM_GLOBAL(0x77);
static const struct nd_prefix nd_link_prefix = {.prefix = {0x20, 0x01, 0x0d, 0xb8, 0, 1},
                                                .len = 64,
                                                .on_link = true,
                                                .autonomous = true,
                                                .valid_s = 86400,
                                                .preferred_s = 14400};

/* ff02::1:ffXX:XXXX. */
static inline struct tarn_ip nd_group_of(struct tarn_ip ip)
{
    struct tarn_ip group = {{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff}};

    memcpy(group.b + 13, ip.b + 13, 3);
    return group;
}

static inline struct ip6_hdr nd_from(struct tarn_ip src, struct tarn_ip dst)
{
    struct ip6_hdr h = conform_from(src, dst);

    h.next = IP_PROTO_ICMP6;
    h.hops = 255;
    return h;
}

/* A solicitation for `target` with the tester's link address. */
static inline struct nd_msg nd_ns(struct tarn_ip target)
{
    struct nd_msg m = {.type = ICMP6_NEIGH_SOLICIT, .has_source_mac = true};

    memcpy(m.target, target.b, 16);
    memcpy(m.source_mac, rig_peer_mac, 6);
    return m;
}

/* A solicited, overriding advertisement of `target` with the tester's link address. */
static inline struct nd_msg nd_na(struct tarn_ip target)
{
    struct nd_msg m = {
        .type = ICMP6_NEIGH_ADVERT, .has_target_mac = true, .solicited = true, .override = true};

    memcpy(m.target, target.b, 16);
    memcpy(m.target_mac, rig_peer_mac, 6);
    return m;
}

/* One of nobody's question. */
static inline struct nd_msg nd_unsolicited(struct tarn_ip target)
{
    struct nd_msg m = nd_na(target);

    m.solicited = false;
    return m;
}

/* An advertisement of a default router, with the tester's link address. */
static inline struct nd_msg nd_ra(void)
{
    struct nd_msg m = {.type = ICMP6_ROUTER_ADVERT, .lifetime_s = 1800, .has_source_mac = true};

    memcpy(m.source_mac, rig_peer_mac, 6);
    return m;
}

/* A redirect of what goes to dst to `target`. */
static inline struct nd_msg nd_redirect(struct tarn_ip dst, struct tarn_ip target)
{
    struct nd_msg m = {.type = ICMP6_REDIRECT, .has_target_mac = true};

    memcpy(m.dst, dst.b, 16);
    memcpy(m.target, target.b, 16);
    memcpy(m.target_mac, nd_other_mac, 6);
    return m;
}

/* The message's bytes without a checksum. */
static inline size_t nd_write(uint8_t *buf, size_t room, const struct nd_msg *m)
{
    struct writer w = wr_init(buf, room);

    nd_put(&w, m);
    if (m->has_source_mac)
        nd_put_mac(&w, ND_SOURCE_MAC, m->source_mac);
    if (m->has_target_mac)
        nd_put_mac(&w, ND_TARGET_MAC, m->target_mac);
    if (m->has_nonce)
        nd_put_nonce(&w, m->nonce);
    if (m->mtu != 0)
        nd_put_mtu(&w, m->mtu);
    CHECK(!w.bad);
    return (size_t)(w.at - buf);
}

/* The tester sends these n bytes of a message; the checksum is made. */
static inline void nd_send_bytes(struct rig *r, struct ip6_hdr h, uint8_t *message, size_t n)
{
    conform_sum(&h, message, n);
    conform_send_exact(r, h, message, n);
}

/* The tester sends m, with n more bytes of options behind its own. */
static inline void nd_send_with(struct rig *r, struct ip6_hdr h, struct nd_msg m,
                                const void *options, size_t n)
{
    static uint8_t message[1400];
    size_t bytes = nd_write(message, sizeof message, &m);

    if (n > 0)
        memcpy(message + bytes, options, n);
    nd_send_bytes(r, h, message, bytes + n);
}

static inline void nd_send(struct rig *r, struct ip6_hdr h, struct nd_msg m)
{
    nd_send_with(r, h, m, NULL, 0);
}

/* TN_LOCAL advertises, with a prefix option. */
static inline void nd_send_prefix(struct rig *r, struct nd_prefix p)
{
    uint8_t option[32];
    struct writer w = wr_init(option, sizeof option);

    nd_put_prefix(&w, &p);
    nd_send_with(r, nd_from(TN_LOCAL, ALL_NODES), nd_ra(), option, sizeof option);
}

/* What the node believes of `ip`; false: nothing. */
static inline bool nd_entry(const struct rig *r, struct tarn_ip ip, struct tarn_neigh *out)
{
    uint32_t cursor = 0;

    while (tarn_neigh_next(r->st, &cursor, out))
        if (tarn_ip_equal(&out->ip, &ip))
            return true;
    return false;
}

/* enum tarn_neigh_state; 0: there is no entry. */
static inline unsigned nd_state(const struct rig *r, struct tarn_ip ip)
{
    struct tarn_neigh n;

    return nd_entry(r, ip, &n) ? n.state : 0;
}

static inline void nd_expect_mac(const struct rig *r, struct tarn_ip ip, const uint8_t mac[6])
{
    struct tarn_neigh n = {.state = 0};

    CHECK(nd_entry(r, ip, &n));
    CHECK_MEM(n.mac, mac, 6);
}

/* The node's next message of this type, other packets passed over; false: it sends none. */
static inline bool nd_next(struct rig *r, struct conform_packet *p, uint8_t type, struct nd_msg *m)
{
    while (conform_recv(r, p)) {
        if (p->ip.next != IP_PROTO_ICMP6 || p->n == 0 || p->at[0] != type)
            continue;
        CHECK_EQ(nd_parse(m, p->at, p->n), WIRE_OK);
        CHECK_EQ(p->ip.hops, 255);
        return true;
    }
    return false;
}

static inline void nd_expect(struct rig *r, struct conform_packet *p, uint8_t type,
                             struct nd_msg *m)
{
    if (!nd_next(r, p, type, m))
        test_fail(__FILE__, __LINE__, "the node does not send type %u", type);
}

/* How many messages of this type it sends, now and in the next `ns`. */
static inline unsigned nd_count(struct rig *r, uint8_t type, tarn_ns ns)
{
    static struct conform_packet p;
    tarn_ns until = r->now + ns;
    unsigned n = 0;
    struct nd_msg m;

    for (;;) {
        n += nd_next(r, &p, type, &m);
        if (r->now >= until)
            return n;
        rig_wait(r, 100 * RIG_MS);
    }
}

/* The node has been asked by `ip`, and does not know it: INCOMPLETE, a reply waits. */
static inline void nd_make_incomplete(struct rig *r, struct tarn_ip ip)
{
    conform_echo(r, conform_from(ip, NUT));
    CHECK_EQ(nd_state(r, ip), TARN_NEIGH_INCOMPLETE);
}

static inline void nd_make_reachable(struct rig *r, struct tarn_ip ip)
{
    nd_make_incomplete(r, ip);
    nd_send(r, nd_from(ip, NUT), nd_na(ip));
    CHECK_EQ(nd_state(r, ip), TARN_NEIGH_REACHABLE);
    rig_drain(r);
}

static inline void nd_make_stale(struct rig *r, struct tarn_ip ip)
{
    nd_send(r, nd_from(ip, nd_group_of(NUT)), nd_ns(NUT));
    rig_drain(r);
    rig_wait(r, 20 * RIG_S);
    while (nd_state(r, ip) != TARN_NEIGH_STALE) {
        rig_drain(r);
        nd_send(r, nd_from(ip, NUT), nd_na(ip));
        rig_wait(r, 50 * RIG_S);
    }
    rig_drain(r);
}

static inline void nd_make_probe(struct rig *r, struct tarn_ip ip)
{
    nd_make_stale(r, ip);
    conform_echo(r, conform_from(ip, NUT));
    rig_wait(r, 5 * RIG_S + RIG_MS);
    CHECK_EQ(nd_state(r, ip), TARN_NEIGH_PROBE);
}

/* A host that hears routers, which knows nobody yet. */
static inline void nd_open_host(struct rig *r)
{
    conform_open_alone(r);
    conform_param(r, "ip6.autoconf", 1);
}

/* The same with one default router, TN_LOCAL. */
static inline void nd_open_routed(struct rig *r)
{
    nd_open_host(r);
    nd_send(r, nd_from(TN_LOCAL, ALL_NODES), nd_ra());
    rig_drain(r);
}

/* A host whose interface has gone up this moment. */
static inline void nd_open_fresh(struct rig *r)
{
    struct tarn_port_info port;

    rig_open(r, 1);
    rig_drain(r);
    conform_param(r, "ip6.autoconf", 1);
    CHECK_EQ(tarn_port_get(r->st, RIG_PORT, &port), 0);
    port.up = false;
    CHECK_EQ(tarn_port_set(r->st, RIG_PORT, &port, r->now, NULL), 0);
    port.up = true;
    CHECK_EQ(tarn_port_set(r->st, RIG_PORT, &port, r->now, NULL), 0);
}

/* The node is to have `ip`, which it checks for duplicates first. */
static inline void nd_add_tentative(struct rig *r, struct tarn_ip ip)
{
    struct tarn_address a = {.port = RIG_PORT, .prefix = {.ip = ip, .len = 64}};

    CHECK_EQ(tarn_address_add(r->st, &a, r->now, NULL), 0);
}

/* The flags of the node's address; -1: it has none such. */
static inline int nd_flags(const struct rig *r, struct tarn_ip ip)
{
    struct tarn_address a;
    uint32_t cursor = 0;

    while (tarn_address_next(r->st, &cursor, &a))
        if (tarn_ip_equal(&a.prefix.ip, &ip))
            return a.flags;
    return -1;
}

/* The node's address of the first 64 bits of `prefix`, which it has made by itself. */
static inline bool nd_address_of(const struct rig *r, const uint8_t prefix[16],
                                 struct tarn_address *out)
{
    uint32_t cursor = 0;

    while (tarn_address_next(r->st, &cursor, out))
        if (memcmp(out->prefix.ip.b, prefix, 8) == 0 && out->origin != TARN_ORIGIN_STATIC)
            return true;
    return false;
}

/* The next hop that the node has a route by: is there one to `len` bits of `to` by `via`? */
static inline bool nd_has_route(const struct rig *r, struct tarn_ip to, unsigned len,
                                struct tarn_ip via)
{
    struct tarn_route route;
    uint32_t cursor = 0;

    while (tarn_route_next(r->st, &cursor, &route))
        if (route.to.len == len && tarn_ip_equal(&route.to.ip, &to) &&
            tarn_ip_equal(&route.via, &via))
            return true;
    return false;
}

/* Where does the node send its answer to FAR: to `mac`? */
static inline void nd_expect_way(struct rig *r, struct tarn_ip far, const uint8_t mac[6])
{
    static struct conform_packet p;

    conform_echo(r, conform_from(far, NUT));
    (void)conform_expect(r, &p, ICMP6_ECHO_REPLY);
    CHECK_MEM(p.eth.dst, mac, 6);
}

#endif
