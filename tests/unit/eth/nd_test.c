/* Tests of src/eth/nd.c and neigh.c: two nodes find each other by neighbour discovery, and a scan
 * of the network does not use up the table. */
#include "tests/conform/nd.h"

static void add(struct rig *r, struct tarn_ip ip)
{
    struct tarn_address a = {.port = RIG_PORT, .prefix = {.ip = ip, .len = 64}};

    CHECK_EQ(tarn_address_add(r->st, &a, r->now, NULL), 0);
}

/* Time passes for both, and what they send crosses the wire. */
static void run(struct rig *a, struct rig *b, tarn_ns ns)
{
    for (tarn_ns t = 0; t < ns; t += 10 * RIG_MS) {
        a->now = b->now = a->now + 10 * RIG_MS;
        rig_run(a, b);
    }
}

static void send_datagram(struct rig *r, struct tarn_ip to)
{
    struct tarn_addr peer = {.ip = to, .port = 9};
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, TARN_INET6, TARN_DGRAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_connect(r->st, s, &peer, r->now), 0);
    CHECK_EQ(tarn_send(r->st, s, "x", 1, r->now), 1);
    tarn_close(r->st, s, r->now);
}

TEST(nd, two_nodes_resolve_each_other)
{
    struct tarn_ip one = CONFORM_GLOBAL(1), two = CONFORM_GLOBAL(2);
    struct rig a, b;

    rig_open(&a, 1);
    rig_open(&b, 2);
    add(&a, one);
    add(&b, two);
    run(&a, &b, 3 * RIG_S);
    CHECK_EQ(nd_flags(&a, one), 0);
    CHECK_EQ(nd_flags(&b, two), 0);
    send_datagram(&a, two);
    run(&a, &b, 100 * RIG_MS);
    CHECK_EQ(nd_state(&a, two), TARN_NEIGH_REACHABLE);
    nd_expect_mac(&a, two, b.mac);
    nd_expect_mac(&b, one, a.mac);
    CHECK_EQ(tarn_drop_count(b.st, DROP_UDP_NO_SOCKET), 1);
    rig_close(&a);
    rig_close(&b);
}

/* RFC 4862 5.4.3: neither may use it. */
TEST(nd, two_nodes_that_want_one_address)
{
    struct tarn_ip ip = CONFORM_GLOBAL(7);
    struct rig a, b;

    rig_open(&a, 1);
    rig_open(&b, 2);
    add(&a, ip);
    add(&b, ip);
    run(&a, &b, 3 * RIG_S);
    CHECK(((unsigned)nd_flags(&a, ip) & TARN_ADDRESS_DUPLICATE) != 0 ||
          ((unsigned)nd_flags(&b, ip) & TARN_ADDRESS_DUPLICATE) != 0);
    rig_close(&a);
    rig_close(&b);
}

TEST(nd, who_comes_second_loses)
{
    struct tarn_ip ip = CONFORM_GLOBAL(7);
    struct rig a, b;

    rig_open(&a, 1);
    rig_open(&b, 2);
    add(&a, ip);
    run(&a, &b, 3 * RIG_S);
    add(&b, ip);
    run(&a, &b, 3 * RIG_S);
    CHECK_EQ(nd_flags(&a, ip), 0);
    CHECK_EQ(nd_flags(&b, ip), TARN_ADDRESS_DUPLICATE);
    rig_close(&a);
    rig_close(&b);
}

/* RFC 6583 6: questions without an answer take half of the table at most. */
TEST(nd, a_scan_leaves_room_for_neighbours)
{
    struct tarn_config cfg = {.max_neighbours = 16};
    struct rig r;
    unsigned asked = 0;
    struct tarn_neigh n;
    uint32_t cursor = 0;

    rig_open_with(&r, 1, 0, &cfg);
    conform_address(&r, NUT);
    for (uint8_t i = 0; i < 6; i++) {
        struct tarn_ip known = CONFORM_GLOBAL((uint8_t)(0xa0 + i));

        nd_send(&r, nd_from(known, nd_group_of(NUT)), nd_ns(NUT));
        rig_drain(&r);
    }
    for (uint8_t i = 2; i < 100; i++) {
        struct tarn_ip nobody = CONFORM_GLOBAL(i);

        send_datagram(&r, nobody);
        rig_drain(&r);
    }
    while (tarn_neigh_next(r.st, &cursor, &n))
        asked += n.state == TARN_NEIGH_INCOMPLETE;
    CHECK_EQ(asked, 8);
    for (uint8_t i = 0; i < 6; i++) {
        struct tarn_ip known = CONFORM_GLOBAL((uint8_t)(0xa0 + i));

        CHECK(nd_state(&r, known) != 0);
    }
    rig_close(&r);
}

TEST(nd, interface_that_goes_down_forgets)
{
    struct tarn_port_info port;
    struct tarn_address a;
    struct rig r;

    nd_open_routed(&r);
    nd_send_prefix(&r, nd_link_prefix);
    CHECK(nd_address_of(&r, nd_link_prefix.prefix, &a));
    CHECK_EQ(tarn_port_get(r.st, RIG_PORT, &port), 0);
    port.up = false;
    CHECK_EQ(tarn_port_set(r.st, RIG_PORT, &port, r.now, NULL), 0);
    CHECK(!nd_address_of(&r, nd_link_prefix.prefix, &a));
    CHECK(!nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    CHECK_EQ(nd_state(&r, TN_LOCAL), 0);
    rig_close(&r);
}
