/* tests/unit/sock/group_test.c - multicast as programs have it, in both families. */
#include "tests/unit/sock/families.h"

static struct duo_got got;
static uint8_t frame[RIG_FRAME];

enum { PORT = 5000, DEVICE = RIG_PORT + 1 };

/* 239.1.1.n, ff05::n */
static struct tarn_addr group(const struct duo *d, uint8_t n)
{
    struct tarn_addr a = {.port = PORT};

    a.ip = d->family == TARN_INET ? tarn_ip4(0xef010100u + n)
                                  : (struct tarn_ip){{0xff, 0x05, [15] = n}};
    return a;
}

static tarn_sock listener(const struct duo *d, struct rig *r)
{
    struct tarn_addr any = duo_at(d, 0, PORT);
    tarn_sock s = duo_socket(d, r, TARN_DGRAM, 0);

    duo_set(r, s, TARN_SO_REUSEADDR, 1);
    CHECK_EQ(tarn_bind(r->st, s, &any), 0);
    return s;
}

static int join(struct rig *r, tarn_sock s, const struct tarn_addr *g)
{
    return tarn_group_join(r->st, s, &g->ip, DEVICE, r->now);
}

/* A datagram from host 1 to a group. */
static void send_group(struct duo *d, tarn_sock c, const struct tarn_addr *g)
{
    CHECK_EQ(duo_send(&d->a, c, g, NULL, "x", 1), 1);
    duo_run(d);
}

TEST(group, every_member_that_hears_gets_a_copy)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr g, h;
        tarn_sock s[4], c;
        struct duo d;
        uint64_t unheard;

        duo_open(&d, families[f]);
        unheard = tarn_drop_count(d.b.st, DROP_GROUP_NOT_OURS);
        g = group(&d, 1);
        h = group(&d, 2);
        c = duo_udp(&d, &d.a, 9);
        for (unsigned i = 0; i < 4; i++)
            s[i] = listener(&d, &d.b);
        send_group(&d, c, &g);
        CHECK_EQ(tarn_drop_count(d.b.st, DROP_GROUP_NOT_OURS), unheard + 1);
        CHECK_EQ(join(&d.b, s[0], &g), 0);
        CHECK_EQ(join(&d.b, s[1], &g), 0);
        CHECK_EQ(join(&d.b, s[2], &h), 0);
        duo_set(&d.b, s[2], TARN_SO_MULTICAST_ALL, 0);
        duo_set(&d.b, s[1], TARN_SO_MULTICAST_ALL, 0);
        send_group(&d, c, &g);
        CHECK_EQ(duo_recv(&d.b, s[0], 0, &got), 1);
        CHECK_EQ(duo_recv(&d.b, s[1], 0, &got), 1);
        CHECK_EQ(duo_recv(&d.b, s[2], 0, &got), -TARN_EAGAIN); /* its own groups alone */
        CHECK_EQ(duo_recv(&d.b, s[3], 0, &got), 1);            /* all that came in */
        CHECK_EQ(tarn_group_leave(d.b.st, s[0], &g.ip, DEVICE, d.b.now), 0);
        tarn_close(d.b.st, s[1], d.b.now);
        unheard = tarn_drop_count(d.b.st, DROP_GROUP_NOT_OURS);
        send_group(&d, c, &g);
        CHECK_EQ(tarn_drop_count(d.b.st, DROP_GROUP_NOT_OURS), unheard + 1);
        duo_close(&d);
    }
}

TEST(group, who_may_join_and_leave)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr g, h, one;
        tarn_sock s, stream;
        struct duo d, other;

        duo_open(&d, families[f]);
        other.family = families[1 - f];
        g = group(&d, 1);
        h = group(&other, 1);
        one = duo_at(&d, 2, 0);
        s = listener(&d, &d.b);
        stream = duo_socket(&d, &d.b, TARN_STREAM, 0);
        CHECK_EQ(tarn_group_join(d.b.st, s, &one.ip, 0, d.b.now), -TARN_EINVAL);
        CHECK_EQ(tarn_group_join(d.b.st, s, &h.ip, DEVICE, d.b.now), f == 0 ? -TARN_EINVAL : 0);
        CHECK_EQ(tarn_group_join(d.b.st, s, &g.ip, 99, d.b.now), -TARN_ENODEV);
        CHECK_EQ(tarn_group_join(d.b.st, stream, &g.ip, DEVICE, d.b.now), -TARN_EPROTO);
        CHECK_EQ(join(&d.b, s, &g), 0);
        CHECK_EQ(join(&d.b, s, &g), -TARN_EADDRINUSE);
        CHECK_EQ(tarn_group_join(d.b.st, s, &g.ip, 0, d.b.now), -TARN_EADDRINUSE); /* by route */
        CHECK_EQ(tarn_group_leave(d.b.st, s, &g.ip, 1, d.b.now), -TARN_EADDRNOTAVAIL);
        CHECK_EQ(tarn_group_leave(d.b.st, s, &g.ip, 0, d.b.now), 0);
        CHECK_EQ(tarn_group_leave(d.b.st, s, &g.ip, 0, d.b.now), -TARN_EADDRNOTAVAIL);
        CHECK_EQ(tarn_param_set(d.b.st, "sock.groups", 3), 0);
        for (uint8_t i = 1; i <= 4; i++) {
            g = group(&d, i);
            CHECK_EQ(join(&d.b, s, &g), i <= 3u - f ? 0 : -TARN_ENOBUFS);
        }
        duo_close(&d);
    }
}

TEST(group, sources_are_filtered_per_socket)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        static struct tarn_group_filter filter;
        struct tarn_addr g;
        tarn_sock only, but, c;
        struct duo d;

        duo_open(&d, families[f]);
        g = group(&d, 1);
        c = duo_udp(&d, &d.a, 9);
        only = listener(&d, &d.b);
        but = listener(&d, &d.b);
        filter = (struct tarn_group_filter){.group = g.ip, .port = DEVICE, .n_sources = 1};
        filter.sources[0] = duo_ip(d.family, 1);
        CHECK_EQ(tarn_group_set_filter(d.b.st, only, &filter, d.b.now), 0); /* a member now */
        filter.exclude = true;
        CHECK_EQ(tarn_group_set_filter(d.b.st, but, &filter, d.b.now), 0);
        send_group(&d, c, &g);
        CHECK_EQ(duo_recv(&d.b, only, 0, &got), 1);
        CHECK_EQ(duo_recv(&d.b, but, 0, &got), -TARN_EAGAIN);
        filter.sources[0] = duo_ip(d.family, 7);
        CHECK_EQ(tarn_group_set_filter(d.b.st, but, &filter, d.b.now), 0);
        filter.exclude = false;
        CHECK_EQ(tarn_group_set_filter(d.b.st, only, &filter, d.b.now), 0);
        send_group(&d, c, &g);
        CHECK_EQ(duo_recv(&d.b, only, 0, &got), -TARN_EAGAIN);
        CHECK_EQ(duo_recv(&d.b, but, 0, &got), 1);
        filter = (struct tarn_group_filter){.group = g.ip, .port = DEVICE};
        CHECK_EQ(tarn_group_get_filter(d.b.st, but, &filter), 0);
        CHECK(filter.exclude);
        CHECK_EQ(filter.n_sources, 1);
        CHECK_EQ(filter.sources[0].b[15], 7);
        filter = (struct tarn_group_filter){.group = g.ip, .port = DEVICE};
        CHECK_EQ(tarn_group_set_filter(d.b.st, but, &filter, d.b.now), 0); /* nobody: it leaves */
        CHECK_EQ(tarn_group_get_filter(d.b.st, but, &filter), -TARN_EADDRNOTAVAIL);
        duo_close(&d);
    }
}

TEST(group, what_is_sent_comes_back_to_members_here)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr g;
        tarn_sock s, c;
        struct duo d;

        duo_open(&d, families[f]);
        g = group(&d, 1);
        s = listener(&d, &d.a);
        c = duo_udp(&d, &d.a, 9);
        send_group(&d, c, &g);
        CHECK_EQ(duo_recv(&d.a, s, 0, &got), -TARN_EAGAIN);
        CHECK_EQ(join(&d.a, s, &g), 0);
        duo_set(&d.a, s, TARN_SO_RECV_PKTINFO, 1);
        send_group(&d, c, &g);
        CHECK_EQ(duo_recv(&d.a, s, 0, &got), 1);
        CHECK_EQ(got.info.port, DEVICE); /* as if it had come by the wire */
        CHECK(tarn_ip_equal(&got.info.local, &g.ip));
        CHECK_EQ(got.from.ip.b[15], 1);
        CHECK_EQ(duo_recv(&d.a, s, 0, &got), -TARN_EAGAIN);
        duo_set(&d.a, c, TARN_SO_MULTICAST_LOOP, 0);
        send_group(&d, c, &g);
        CHECK_EQ(duo_recv(&d.a, s, 0, &got), -TARN_EAGAIN);
        duo_close(&d);
    }
}

TEST(group, the_time_to_live_is_the_groups_own_and_0_stays_here)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        size_t ttl_at = ETH_HEADER_BYTES + (f == 0 ? 8u : 7u);
        struct tarn_addr g;
        tarn_sock s, c;
        struct duo d;

        duo_open(&d, families[f]);
        g = group(&d, 1);
        s = listener(&d, &d.a);
        CHECK_EQ(join(&d.a, s, &g), 0);
        duo_run(&d);
        c = duo_udp(&d, &d.a, 9);
        CHECK_EQ(duo_send(&d.a, c, &g, NULL, "x", 1), 1);
        CHECK(rig_output(&d.a, frame) > 0);
        CHECK_EQ(frame[ttl_at], 1);
        CHECK_EQ(frame[0] & 1, 1); /* to a group of the link */
        duo_set(&d.a, c, TARN_SO_MULTICAST_TTL, 17);
        CHECK_EQ(duo_send(&d.a, c, &g, NULL, "x", 1), 1);
        CHECK(rig_output(&d.a, frame) > 0);
        CHECK_EQ(frame[ttl_at], 17);
        duo_set(&d.a, c, TARN_SO_MULTICAST_TTL, 0);
        CHECK_EQ(duo_send(&d.a, c, &g, NULL, "x", 1), 1);
        CHECK_EQ(rig_output(&d.a, frame), 0);
        tarn_tick(d.a.st, d.a.now);
        for (unsigned i = 0; i < 3; i++)
            CHECK_EQ(duo_recv(&d.a, s, 0, &got), 1);
        duo_close(&d);
    }
}

/* A socket bound to the group's address hears nothing else, and sends from its host's own. */
TEST(group, an_address_to_hear_at_is_none_to_speak_from)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr g, to;
        tarn_sock s, peer;
        struct duo d;

        duo_open(&d, families[f]);
        g = group(&d, 1);
        s = duo_socket(&d, &d.b, TARN_DGRAM, 0);
        CHECK_EQ(tarn_bind(d.b.st, s, &g), 0);
        CHECK_EQ(join(&d.b, s, &g), 0);
        peer = duo_udp(&d, &d.a, 9);
        to = duo_at(&d, 2, PORT);
        CHECK_EQ(duo_send(&d.a, peer, &to, NULL, "x", 1), 1);
        send_group(&d, peer, &g);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), 1);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), -TARN_EAGAIN);
        to = got.from;
        CHECK_EQ(duo_send(&d.b, s, &to, NULL, "yy", 2), 2);
        duo_run(&d);
        CHECK_EQ(duo_recv(&d.a, peer, TARN_MSG_PEEK, &got), 2);
        CHECK_EQ(got.from.ip.b[15], 2);
        CHECK_EQ(tarn_connect(d.b.st, s, &to, d.b.now),
                 0); /* and with a peer, its datagrams alone */
        send_group(&d, peer, &g);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), 1);
        send_group(&d, duo_udp(&d, &d.a, 10), &g);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), -TARN_EAGAIN);
        CHECK_EQ(tarn_send(d.b.st, s, "zzz", 3, d.b.now), 3);
        duo_run(&d);
        CHECK_EQ(duo_recv(&d.a, peer, 0, &got), 2);
        CHECK_EQ(duo_recv(&d.a, peer, 0, &got), 3);
        CHECK_EQ(got.from.ip.b[15], 2);
        duo_close(&d);
    }
}

TEST(group, a_broadcast_comes_back_too)
{
    struct tarn_addr to = {.port = PORT};
    tarn_sock s, c;
    struct duo d;

    duo_open(&d, TARN_INET);
    s = listener(&d, &d.a);
    c = duo_udp(&d, &d.a, 9);
    duo_set(&d.a, c, TARN_SO_BROADCAST, 1);
    to.ip = tarn_ip4(0x0a0000ff);
    CHECK_EQ(duo_send(&d.a, c, &to, NULL, "x", 1), 1);
    to.ip = tarn_ip4(UINT32_MAX);
    CHECK_EQ(duo_send(&d.a, c, &to, NULL, "x", 1), 1);
    duo_run(&d);
    CHECK_EQ(duo_recv(&d.a, s, 0, &got), 1);
    CHECK_EQ(duo_recv(&d.a, s, 0, &got), 1);
    CHECK_EQ(duo_recv(&d.a, s, 0, &got), -TARN_EAGAIN);
    duo_close(&d);
}
