/* Tests of src/addrconf: what becomes of a router advertisement beyond the requirements that
 * tests/conform/ipv6 has one by one. */
#include "tests/conform/nd.h"

/* RFC 8106 5.3.1: the addresses of the RDNSS option are kept for as long as its lifetime says. */
TEST(addrconf, ra_name_server)
{
    struct tarn_resolver known;
    uint32_t cursor = 0;
    uint8_t option[64];
    struct writer w = wr_init(option, sizeof option);
    struct rig r;

    nd_open_host(&r);
    nd_put_rdnss(&w, 60, TN.b, 1);
    nd_send_with(&r, nd_from(TN_LOCAL, ALL_NODES), nd_ra(), option, (size_t)(w.at - option));
    CHECK(tarn_resolver_next(r.st, &cursor, &known));
    CHECK_MEM(known.server.ip.b, TN.b, 16);
    CHECK_EQ(known.origin, TARN_ORIGIN_RA);
    rig_wait(&r, 61 * RIG_S);
    cursor = 0;
    CHECK(!tarn_resolver_next(r.st, &cursor, &known));
    rig_close(&r);
}

/* RFC 8106 5.3.1: the domains of the DNSSL option are kept for as long as its lifetime says. */
TEST(addrconf, ra_search_domain)
{
    struct tarn_resolver known;
    uint32_t cursor = 0;
    uint8_t option[64];
    struct writer w = wr_init(option, sizeof option);
    struct rig r;

    nd_open_host(&r);
    nd_put_dnssl(&w, 60, "example.org");
    nd_send_with(&r, nd_from(TN_LOCAL, ALL_NODES), nd_ra(), option, (size_t)(w.at - option));
    CHECK(tarn_resolver_next(r.st, &cursor, &known));
    CHECK_STR(known.domain, "example.org");
    rig_wait(&r, 61 * RIG_S);
    cursor = 0;
    CHECK(!tarn_resolver_next(r.st, &cursor, &known));
    rig_close(&r);
}

/* RFC 7217 5: the identifier is the same whenever the host comes to a prefix, and another one
 * for each prefix. */
TEST(addrconf, stable_identifier)
{
    struct nd_prefix other = nd_link_prefix;
    struct tarn_address first, again, elsewhere;
    struct rig r;

    nd_open_host(&r);
    other.prefix[5] = 2;
    nd_send_prefix(&r, nd_link_prefix);
    nd_send_prefix(&r, other);
    CHECK(nd_address_of(&r, nd_link_prefix.prefix, &first));
    CHECK(nd_address_of(&r, other.prefix, &elsewhere));
    CHECK(memcmp(first.prefix.ip.b + 8, elsewhere.prefix.ip.b + 8, 8) != 0);
    CHECK_EQ(tarn_address_del(r.st, &first, r.now, NULL), 0);
    nd_send_prefix(&r, nd_link_prefix);
    CHECK(nd_address_of(&r, nd_link_prefix.prefix, &again));
    CHECK_MEM(again.prefix.ip.b, first.prefix.ip.b, 16);
    rig_close(&r);
}

/* RFC 8981 3.4: a temporary address stands beside the public one, with lifetimes not beyond the
 * prefix's. */
TEST(addrconf, temporary)
{
    struct tarn_address a;
    uint32_t cursor = 0;
    unsigned temporary = 0;
    struct rig r;

    nd_open_host(&r);
    conform_param(&r, "ip6.temporary", 1);
    nd_send_prefix(&r, nd_link_prefix);
    while (tarn_address_next(r.st, &cursor, &a)) {
        if ((a.flags & TARN_ADDRESS_TEMPORARY) == 0)
            continue;
        temporary++;
        CHECK_MEM(a.prefix.ip.b, nd_link_prefix.prefix, 8);
        CHECK(a.preferred_until <= r.now + 14400 * RIG_S);
        CHECK(a.valid_until <= r.now + 86400 * RIG_S);
    }
    CHECK_EQ(temporary, 1);
    rig_close(&r);
}

/* RFC 8981 3.5: before a temporary address is deprecated its successor has been made. */
TEST(addrconf, temporary_successor)
{
    struct nd_prefix forever = nd_link_prefix;
    struct tarn_address a;
    uint32_t cursor = 0;
    unsigned preferred = 0, deprecated = 0;
    struct rig r;

    nd_open_host(&r);
    conform_param(&r, "ip6.temporary", 1);
    forever.valid_s = forever.preferred_s = ND_FOREVER;
    nd_send_prefix(&r, forever);
    rig_wait(&r, 90000 * RIG_S);
    while (tarn_address_next(r.st, &cursor, &a)) {
        if ((a.flags & TARN_ADDRESS_TEMPORARY) == 0)
            continue;
        deprecated += (a.flags & TARN_ADDRESS_DEPRECATED) != 0;
        preferred += (a.flags & (TARN_ADDRESS_DEPRECATED | TARN_ADDRESS_TENTATIVE)) == 0;
    }
    CHECK_EQ(preferred, 1);
    CHECK_EQ(deprecated, 1);
    rig_close(&r);
}

/* RFC 4429 3.3: an optimistic address is advertised with the Override flag clear. */
TEST(addrconf, optimistic_answers_without_override)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    conform_param(&r, "ip6.optimistic-dad", 1);
    nd_send_prefix(&r, nd_link_prefix);
    CHECK(nd_address_of(&r, nd_link_prefix.prefix, &a));
    CHECK_EQ(a.flags & TARN_ADDRESS_OPTIMISTIC, TARN_ADDRESS_OPTIMISTIC);
    nd_send(&r, nd_from(TN, nd_group_of(a.prefix.ip)), nd_ns(a.prefix.ip));
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    CHECK(!m.override);
    CHECK(m.solicited);
    rig_close(&r);
}

/* RFC 9131 6.1.2: a new global address is advertised to all routers, unsolicited and without
 * Override. */
TEST(addrconf, gratuitous_advertisement)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open_alone(&r);
    nd_add_tentative(&r, NOBODY);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_ADVERT, 900 * RIG_MS), 0);
    rig_wait(&r, 2 * RIG_S);
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    CHECK_MEM(p.ip.dst, ALL_ROUTERS.b, 16);
    CHECK_MEM(m.target, NOBODY.b, 16);
    CHECK(!m.override && !m.solicited);
    rig_close(&r);
}

/* RFC 4311 2: of routers that are equally good every destination has one. */
TEST(addrconf, router_load_sharing)
{
    static struct conform_packet p;
    struct nd_msg second = nd_ra();
    unsigned by_second = 0;
    struct rig r;

    nd_open_routed(&r);
    memcpy(second.source_mac, nd_other_mac, 6);
    nd_send(&r, nd_from(R2_LOCAL, ALL_NODES), second);
    for (uint8_t i = 0; i < 32; i++) {
        struct tarn_ip far = FAR;

        far.b[15] = i;
        conform_echo(&r, conform_from(far, NUT));
        (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
        by_second += memcmp(p.eth.dst, nd_other_mac, 6) == 0;
    }
    CHECK(by_second >= 8 && by_second <= 24);
    rig_close(&r);
}

/* RFC 4191 3.2: a router that was lost is asked when it advertises, and used again when it answers.
 */
TEST(addrconf, router_comes_back)
{
    static struct conform_packet p;
    struct nd_msg second = nd_ra(), m;
    struct rig r;

    nd_open_routed(&r);
    memcpy(second.source_mac, nd_other_mac, 6);
    second.preference = TARN_ROUTE_LOW;
    nd_send(&r, nd_from(R2_LOCAL, ALL_NODES), second);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_wait(&r, 30 * RIG_S);
    rig_drain(&r);
    nd_expect_way(&r, FAR, nd_other_mac);
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), nd_ra());
    nd_expect(&r, &p, ICMP6_NEIGH_SOLICIT, &m);
    CHECK_MEM(m.target, TN_LOCAL.b, 16);
    m = nd_na(TN_LOCAL);
    m.router = true;
    nd_send(&r, nd_from(TN_LOCAL, NUT), m);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_close(&r);
}
