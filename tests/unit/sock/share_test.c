/* tests/unit/sock/share_test.c - sockets that share a port, and sockets bound to an interface. */
#include "tests/unit/udp/frames.h"

static struct duo_got got;
static uint8_t frame[RIG_FRAME];

enum { MEMBERS = 4, FLOWS = 1000 };

/* A fair share is 250 of 1,000 flows; a deviation of 60 is more than four times the standard one of
 * a random choice. */
static void check_fair(const unsigned per[MEMBERS])
{
    for (unsigned k = 0; k < MEMBERS; k++)
        CHECK(per[k] > FLOWS / MEMBERS - 60 && per[k] < FLOWS / MEMBERS + 60);
}

static tarn_sock member(struct duo *d, enum tarn_type type, uint16_t port)
{
    struct rig *r = &d->b;
    tarn_sock s = duo_socket(d, r, type, 0);
    struct tarn_addr any = duo_at(d, 0, port);

    duo_set(r, s, TARN_SO_REUSEPORT, 1);
    CHECK_EQ(tarn_bind(r->st, s, &any), 0);
    return s;
}

/* Which of them has a datagram waiting, which is taken. */
static unsigned who_has(struct duo *d, const tarn_sock s[MEMBERS])
{
    unsigned who = MEMBERS;

    for (unsigned k = 0; k < MEMBERS; k++)
        if (duo_recv(&d->b, s[k], 0, &got) >= 0) {
            CHECK_EQ(who, MEMBERS);
            who = k;
        }
    CHECK(who < MEMBERS);
    return who;
}

TEST(share, datagrams_of_a_flow_reach_one_member_and_flows_all)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        unsigned per[MEMBERS] = {0};
        tarn_sock s[MEMBERS];
        struct duo d;

        duo_open(&d, families[f]);
        for (unsigned k = 0; k < MEMBERS; k++)
            s[k] = member(&d, TARN_DGRAM, 7);
        for (unsigned i = 0; i < FLOWS; i++) {
            struct udp_hdr h = {.src_port = (uint16_t)(1000 + i), .dst_port = 7};
            unsigned first;

            frame_udp(&d, &d.b, h, 8, true);
            first = who_has(&d, s);
            frame_udp(&d, &d.b, h, 8, true);
            CHECK_EQ(who_has(&d, s), first);
            per[first]++;
        }
        check_fair(per);
        duo_close(&d);
    }
}

/* Which of the listeners gets a connection from this port, which ends again. */
static unsigned who_accepts(struct duo *d, const tarn_sock s[MEMBERS], uint16_t port)
{
    struct tarn_addr from = duo_at(d, 0, port), to = duo_at(d, 2, 80);
    tarn_sock c = duo_socket(d, &d->a, TARN_STREAM, 0), accepted;
    unsigned who = MEMBERS;

    CHECK_EQ(tarn_bind(d->a.st, c, &from), 0);
    CHECK_EQ(tarn_connect(d->a.st, c, &to, d->a.now), -TARN_EINPROGRESS);
    duo_run(d);
    for (unsigned k = 0; k < MEMBERS; k++) {
        if (tarn_accept(d->b.st, s[k], &accepted, NULL) != 0)
            continue;
        CHECK_EQ(who, MEMBERS);
        who = k;
        tarn_abort(d->b.st, accepted, d->b.now);
    }
    CHECK(who < MEMBERS);
    tarn_abort(d->a.st, c, d->a.now);
    duo_run(d);
    return who;
}

TEST(share, connections_are_spread_over_listeners)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        unsigned per[MEMBERS] = {0};
        tarn_sock s[MEMBERS];
        struct duo d;

        duo_open(&d, families[f]);
        for (unsigned k = 0; k < MEMBERS; k++) {
            s[k] = member(&d, TARN_STREAM, 80);
            CHECK_EQ(tarn_listen(d.b.st, s[k], 1000), 0);
        }
        for (unsigned i = 0; i < FLOWS; i++)
            per[who_accepts(&d, s, (uint16_t)(1000 + i))]++;
        check_fair(per);
        duo_close(&d);
    }
}

/* Those that share by SO_REUSEADDR take no part: the newest of them alone hears, as in Linux. */
TEST(share, reuseaddr_is_no_balance)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        tarn_sock s[3];
        struct tarn_addr any;
        struct duo d;

        duo_open(&d, families[f]);
        any = duo_at(&d, 0, 7);
        for (unsigned k = 0; k < 3; k++) {
            s[k] = duo_socket(&d, &d.b, TARN_DGRAM, 0);
            duo_set(&d.b, s[k], TARN_SO_REUSEADDR, 1);
            CHECK_EQ(tarn_bind(d.b.st, s[k], &any), 0);
        }
        for (uint16_t i = 0; i < 20; i++)
            frame_udp(&d, &d.b, (struct udp_hdr){.src_port = i, .dst_port = 7}, 8, true);
        for (unsigned i = 0; i < 20; i++)
            CHECK_EQ(duo_recv(&d.b, s[2], 0, &got), 8);
        CHECK_EQ(duo_recv(&d.b, s[0], 0, &got), -TARN_EAGAIN);
        CHECK_EQ(duo_recv(&d.b, s[1], 0, &got), -TARN_EAGAIN);
        duo_close(&d);
    }
}

TEST(share, a_socket_of_an_interface_hears_and_speaks_there_alone)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr to, any;
        tarn_sock lo, wire, free;
        struct duo d;

        duo_open(&d, families[f]);
        any = duo_at(&d, 0, 7);
        lo = duo_socket(&d, &d.b, TARN_DGRAM, 0);
        duo_set(&d.b, lo, TARN_SO_BINDTODEVICE, 1);
        CHECK_EQ(tarn_bind(d.b.st, lo, &any), 0);
        wire = duo_socket(&d, &d.b, TARN_DGRAM, 0);
        duo_set(&d.b, wire, TARN_SO_BINDTODEVICE, RIG_PORT + 1);
        CHECK_EQ(tarn_bind(d.b.st, wire, &any), 0); /* another interface is another address */
        free = duo_socket(&d, &d.b, TARN_DGRAM, 0);
        CHECK_EQ(tarn_bind(d.b.st, free, &any), -TARN_EADDRINUSE);
        frame_udp(&d, &d.b, (struct udp_hdr){.src_port = 5, .dst_port = 7}, 8, true);
        CHECK_EQ(duo_recv(&d.b, lo, 0, &got), -TARN_EAGAIN);
        CHECK_EQ(duo_recv(&d.b, wire, 0, &got), 8);
        to = duo_at(&d, 2, 7);
        CHECK_EQ(duo_send(&d.b, free, &to, NULL, "x", 1), 1); /* to itself: by lo */
        duo_run(&d);
        CHECK_EQ(duo_recv(&d.b, wire, 0, &got), -TARN_EAGAIN);
        CHECK_EQ(duo_recv(&d.b, lo, 0, &got), 1);
        to = duo_at(&d, 1, 7);
        CHECK_EQ(duo_send(&d.b, lo, &to, NULL, "x", 1), -TARN_ENETUNREACH);
        CHECK_EQ(tarn_setopt(d.b.st, lo, TARN_SO_BINDTODEVICE, 9, d.b.now), -TARN_ENODEV);
        duo_close(&d);
    }
}

/* ZONES --------------------------------------------------------------------------------------- */

enum { SECOND = RIG_PORT + 1 };

static struct tarn_addr link_local(uint8_t host, unsigned port, uint16_t udp)
{
    struct tarn_addr a = {.zone = port + 1, .port = udp};

    a.ip = (struct tarn_ip){{0xfe, 0x80, [15] = host}};
    return a;
}

/* Host 1 with a second link, and fe80::1 on both; fe80::9 is a neighbour on each. */
static void two_links(struct duo *d)
{
    struct tarn_port_info info = {.name = "tarn1", .mtu = 1500, .carrier = true, .mac = {2, 1}};
    struct tarn_event ev;

    duo_open(d, TARN_INET6);
    CHECK_EQ(tarn_port_add(d->a.st, &info, NULL), SECOND);
    info.up = true;
    CHECK_EQ(tarn_port_set(d->a.st, SECOND, &info, d->a.now, NULL), 0);
    for (unsigned port = RIG_PORT; port <= SECOND; port++) {
        struct tarn_address a = {.port = port, .flags = TARN_ADDRESS_NODAD};
        struct tarn_neigh n = {.port = port, .mac = {2, 9}};

        a.prefix = (struct tarn_prefix){link_local(1, port, 0).ip, 64};
        CHECK_EQ(tarn_address_add(d->a.st, &a, d->a.now, NULL), 0);
        n.ip = link_local(9, port, 0).ip;
        CHECK_EQ(tarn_neigh_set(d->a.st, &n, d->a.now, NULL), 0);
    }
    duo_run(d);
    while (tarn_output(d->a.st, SECOND, d->a.now) != NULL)
        ;
    while (tarn_event(d->a.st, &ev))
        ;
}

/* A datagram from fe80::9 to fe80::1, port 7, that comes in on `port`. */
static void from_neighbour(struct duo *d, unsigned port)
{
    struct tarn_ip src = link_local(9, port, 0).ip, dst = link_local(1, port, 0).ip;
    struct ip_info ip = {.src = src, .dst = dst, .proto = TARN_IPPROTO_UDP};
    struct ip6_hdr six = {.next = TARN_IPPROTO_UDP, .hops = 64, .payload_bytes = 9};
    struct udp_hdr h = {.src_port = 5, .dst_port = 7, .bytes = 9};
    uint8_t *at = frame + frame_payload_at(TARN_INET6);
    struct pkt *p;

    rig_eth(frame, d->a.mac, ETH_IP6);
    if (port == SECOND)
        memcpy(frame, (uint8_t[6]){2, 1}, 6);
    memcpy(six.src, src.b, 16);
    memcpy(six.dst, dst.b, 16);
    ip6_build(frame + ETH_HEADER_BYTES, &six);
    udp_build(at, &h);
    at[8] = (uint8_t)port;
    h.checksum = udp_checksum(sum_partial(at, 9, path_pseudo_sum(&ip, 9)));
    udp_build(at, &h);
    p = pkt_get(d->a.st, 0, PKT_RX_ROOM);
    CHECK(p != NULL);
    CHECK(pkt_append(d->a.st, p, frame, (size_t)(at - frame) + 9));
    tarn_input(d->a.st, port, p, d->a.now);
}

TEST(share, one_link_local_address_on_two_links_is_two)
{
    tarn_sock s[2], any;
    struct tarn_addr local;
    struct duo d;

    two_links(&d);
    for (unsigned i = 0; i < 2; i++) {
        struct tarn_addr here = link_local(1, RIG_PORT + i, 7),
                         there = link_local(9, RIG_PORT + i, 5);

        s[i] = duo_socket(&d, &d.a, TARN_DGRAM, 0);
        CHECK_EQ(tarn_bind(d.a.st, s[i], &here), 0);
        CHECK_EQ(tarn_connect(d.a.st, s[i], &there, d.a.now), 0);
        CHECK_EQ(tarn_local(d.a.st, s[i], &local), 0);
        CHECK_EQ(local.zone, RIG_PORT + i + 1);
        CHECK_EQ(duo_get(&d.a, s[i], TARN_SO_BINDTODEVICE), RIG_PORT + i + 1);
        CHECK_EQ(tarn_send(d.a.st, s[i], "x", 1, d.a.now), 1);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct pkt *p = tarn_output(d.a.st, RIG_PORT + i, d.a.now);

        CHECK(p != NULL);
        pkt_put(d.a.st, p);
        CHECK(tarn_output(d.a.st, RIG_PORT + i, d.a.now) == NULL);
    }
    from_neighbour(&d, SECOND);
    from_neighbour(&d, RIG_PORT);
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(duo_recv(&d.a, s[i], 0, &got), 1);
        CHECK_EQ(got.data[0], RIG_PORT + i);
        CHECK_EQ(got.from.zone, RIG_PORT + i + 1);
        CHECK_EQ(duo_recv(&d.a, s[i], 0, &got), -TARN_EAGAIN);
        tarn_close(d.a.st, s[i], d.a.now);
    }
    for (unsigned i = 0; i < 2; i++) { /* groups go where the option says, connected or not */
        struct tarn_addr group = {.ip = {{0xff, 0x02, [15] = 0x77}}, .port = 7};
        struct pkt *p;

        s[i] = duo_socket(&d, &d.a, TARN_DGRAM, 0);
        duo_set(&d.a, s[i], TARN_SO_MULTICAST_IF, RIG_PORT + i + 1);
        CHECK_EQ(duo_send(&d.a, s[i], &group, NULL, "x", 1), 1);
        CHECK_EQ(tarn_connect(d.a.st, s[i], &group, d.a.now), 0);
        CHECK_EQ(tarn_send(d.a.st, s[i], "x", 1, d.a.now), 1);
        for (unsigned k = 0; k < 2; k++) {
            p = tarn_output(d.a.st, RIG_PORT + i, d.a.now);
            CHECK(p != NULL);
            pkt_put(d.a.st, p);
        }
        CHECK(tarn_output(d.a.st, SECOND + RIG_PORT - (RIG_PORT + i), d.a.now) == NULL);
        tarn_close(d.a.st, s[i], d.a.now);
    }
    any = duo_udp(&d, &d.a, 7);
    from_neighbour(&d, SECOND);
    CHECK_EQ(duo_recv(&d.a, any, 0, &got), 1);
    CHECK_EQ(got.from.zone, SECOND + 1);
    CHECK_EQ(duo_send(&d.a, any, &got.from, NULL, "x", 1), 1); /* the zone leads back */
    CHECK(tarn_output(d.a.st, SECOND, d.a.now) != NULL);
    got.from.zone = 0;
    CHECK_EQ(duo_send(&d.a, any, &got.from, NULL, "x", 1), -TARN_EINVAL);
    duo_close(&d);
}
