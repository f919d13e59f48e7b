/* tests/unit/udp/info_test.c - what goes with a datagram beside its bytes, in both families. */
#include "tests/unit/sock/families.h"
#include "wire/ip6.h"

static struct duo_got got;
static uint8_t frame[RIG_FRAME];

static const enum tarn_opt asked[] = {TARN_SO_RECV_PKTINFO, TARN_SO_RECV_TTL, TARN_SO_RECV_TOS,
                                      TARN_SO_RECV_STAMP};

TEST(info, a_receiver_is_told_what_it_asks_for)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_info with = {.has = TARN_INFO_TTL | TARN_INFO_TOS, .ttl = 33, .tos = 0x2c};
        struct tarn_addr to;
        tarn_sock s, c;
        struct duo d;

        duo_open(&d, families[f]);
        s = duo_udp(&d, &d.b, 7);
        c = duo_udp(&d, &d.a, 9);
        to = duo_at(&d, 2, 7);
        CHECK_EQ(duo_send(&d.a, c, &to, &with, "x", 1), 1);
        duo_run(&d);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), 1);
        CHECK_EQ(got.info.has, 0);
        CHECK_EQ(got.from.port, 9);
        for (unsigned i = 0; i < 4; i++)
            duo_set(&d.b, s, asked[i], 1);
        CHECK_EQ(duo_send(&d.a, c, &to, &with, "x", 1), 1);
        duo_run(&d);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), 1);
        CHECK_EQ(got.info.has, TARN_INFO_PKTINFO | TARN_INFO_TTL | TARN_INFO_TOS | TARN_INFO_STAMP);
        CHECK(tarn_ip_equal(&got.info.local, &to.ip));
        CHECK_EQ(got.info.port, RIG_PORT + 1);
        CHECK_EQ(got.info.ttl, 33);
        CHECK_EQ(got.info.tos, 0x2c);
        CHECK_EQ(got.info.stamp, d.b.now);
        duo_close(&d);
    }
}

/* The one frame that waits: its time to live, type of service, flow label and DF. */
struct seen {
    uint8_t ttl, tos;
    uint32_t flow;
    bool df;
    struct tarn_ip src;
};

static struct seen sent(const struct duo *d, struct rig *r)
{
    size_t n = rig_output(r, frame);
    struct seen out = {0};
    struct ip4_hdr four;
    struct ip6_hdr six;

    CHECK(n > 0);
    if (d->family == TARN_INET) {
        CHECK_EQ(ip4_parse(&four, frame + 14, n - 14, n - 14), WIRE_OK);
        out = (struct seen){four.ttl, four.tos, 0, four.df, tarn_ip4(four.src)};
    } else {
        CHECK_EQ(ip6_parse(&six, frame + 14, n - 14, n - 14), WIRE_OK);
        out = (struct seen){six.hops, six.tclass, six.flow, false, {{0}}};
        memcpy(out.src.b, six.src, 16);
    }
    CHECK_EQ(rig_output(r, frame), 0);
    return out;
}

TEST(info, options_are_the_families_own_and_a_message_overrides_them)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_info with = {
            .has = TARN_INFO_TTL | TARN_INFO_TOS | TARN_INFO_FLOW, .ttl = 9, .tos = 8, .flow = 77};
        struct tarn_addr to;
        struct seen h;
        tarn_sock s;
        struct duo d;

        duo_open(&d, families[f]);
        s = duo_udp(&d, &d.a, 9);
        to = duo_at(&d, 2, 7);
        CHECK_EQ(duo_get(&d.a, s, duo_opt(&d, TARN_SO_IP_TTL, TARN_SO_IPV6_UNICAST_HOPS)), 64);
        duo_set(&d.a, s, duo_opt(&d, TARN_SO_IP_TTL, TARN_SO_IPV6_UNICAST_HOPS), 21);
        duo_set(&d.a, s, duo_opt(&d, TARN_SO_IP_TOS, TARN_SO_IPV6_TCLASS), 0x40);
        if (f == 1) { /* those of IPv4 are for mapped peers */
            duo_set(&d.a, s, TARN_SO_IP_TTL, 5);
            duo_set(&d.a, s, TARN_SO_IP_TOS, 4);
        }
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, "x", 1), 1);
        h = sent(&d, &d.a);
        CHECK_EQ(h.ttl, 21);
        CHECK_EQ(h.tos, 0x40);
        CHECK_EQ(h.flow != 0, f == 1);
        CHECK_EQ(duo_send(&d.a, s, &to, &with, "x", 1), 1);
        h = sent(&d, &d.a);
        CHECK_EQ(h.ttl, 9);
        CHECK_EQ(h.tos, 8);
        CHECK_EQ(h.flow, f == 1 ? 77 : 0);
        with.ttl = 0;
        CHECK_EQ(duo_send(&d.a, s, &to, &with, "x", 1), -TARN_EINVAL);
        duo_close(&d);
    }
}

TEST(info, a_connections_flow_label_stays_and_can_be_switched_off)
{
    struct tarn_addr to;
    uint32_t label;
    tarn_sock s;
    struct duo d;

    duo_open(&d, TARN_INET6);
    s = duo_udp(&d, &d.a, 9);
    to = duo_at(&d, 2, 7);
    CHECK_EQ(tarn_connect(d.a.st, s, &to, d.a.now), 0);
    CHECK_EQ(tarn_send(d.a.st, s, "x", 1, d.a.now), 1);
    label = sent(&d, &d.a).flow;
    CHECK(label != 0);
    CHECK_EQ(tarn_send(d.a.st, s, "y", 1, d.a.now), 1);
    CHECK_EQ(sent(&d, &d.a).flow, label);
    duo_set(&d.a, s, TARN_SO_IPV6_AUTOFLOWLABEL, 0);
    CHECK_EQ(tarn_connect(d.a.st, s, &to, d.a.now), 0);
    CHECK_EQ(tarn_send(d.a.st, s, "z", 1, d.a.now), 1);
    CHECK_EQ(sent(&d, &d.a).flow, 0);
    duo_close(&d);
}

/* A second address of host 1, host 11. */
static void add_second(struct duo *d)
{
    struct tarn_address a = {.port = RIG_PORT, .flags = TARN_ADDRESS_NODAD};

    a.prefix = (struct tarn_prefix){duo_ip(d->family, 11), d->family == TARN_INET ? 120 : 64};
    CHECK_EQ(tarn_address_add(d->a.st, &a, d->a.now, NULL), 0);
    duo_introduce(&d->b, 11);
    duo_run(d);
}

TEST(info, a_message_may_name_its_source_and_interface)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_info with = {.has = TARN_INFO_PKTINFO};
        struct tarn_addr to;
        struct seen h;
        tarn_sock s;
        struct duo d;

        duo_open(&d, families[f]);
        add_second(&d);
        s = duo_udp(&d, &d.a, 9);
        to = duo_at(&d, 2, 7);
        with.local = duo_ip(d.family, 11);
        CHECK_EQ(duo_send(&d.a, s, &to, &with, "x", 1), 1);
        h = sent(&d, &d.a);
        CHECK(tarn_ip_equal(&h.src, &with.local));
        with.local = duo_ip(d.family, 2);
        CHECK_EQ(duo_send(&d.a, s, &to, &with, "x", 1), -TARN_EINVAL);
        with.local = duo_ip(d.family, 0);
        with.port = RIG_PORT + 1;
        CHECK_EQ(duo_send(&d.a, s, &to, &with, "x", 1), 1);
        (void)sent(&d, &d.a);
        with.port = 1; /* lo has no way there */
        CHECK_EQ(duo_send(&d.a, s, &to, &with, "x", 1), -TARN_ENETUNREACH);
        with.port = RIG_PORT + 1;
        duo_set(&d.a, s, TARN_SO_BINDTODEVICE, 1);
        CHECK_EQ(duo_send(&d.a, s, &to, &with, "x", 1), -TARN_EINVAL);
        duo_close(&d);
    }
}

/* Bytes of payload that fill a packet of the link. */
static size_t full(const struct duo *d)
{
    return 1500 - UDP_HEADER_BYTES - (d->family == TARN_INET ? 20u : 40u);
}

TEST(info, what_must_not_be_cut_is_refused_with_the_mtu)
{
    static const uint8_t data[3000];

    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_info with = {.has = TARN_INFO_DONTFRAG, .dontfrag = true};
        struct tarn_addr to;
        enum tarn_opt discover;
        tarn_sock s;
        struct duo d;

        duo_open(&d, families[f]);
        discover = duo_opt(&d, TARN_SO_IP_MTU_DISCOVER, TARN_SO_IPV6_MTU_DISCOVER);
        s = duo_udp(&d, &d.a, 9);
        to = duo_at(&d, 2, 7);
        duo_set(&d.a, s, duo_opt(&d, TARN_SO_IP_RECVERR, TARN_SO_IPV6_RECVERR), 1);
        for (int64_t mode = 2; mode <= 4; mode++) {
            duo_set(&d.a, s, discover, mode);
            CHECK_EQ(duo_send(&d.a, s, &to, NULL, data, full(&d) + 1), -TARN_EMSGSIZE);
            CHECK_EQ(duo_send(&d.a, s, &to, NULL, data, full(&d)), (long)full(&d));
            CHECK_EQ(sent(&d, &d.a).df, f == 0 && mode < 4);
            CHECK_EQ(tarn_ready(d.a.st, s), TARN_OUT | TARN_ERR);
            CHECK_EQ(duo_recv(&d.a, s, TARN_MSG_ERRQUEUE, &got), 0);
            CHECK_EQ(got.info.error.origin, TARN_ERROR_LOCAL);
            CHECK_EQ(got.info.error.error, TARN_EMSGSIZE);
            CHECK_EQ(got.info.error.info, 1500);
            CHECK(tarn_ip_equal(&got.from.ip, &to.ip));
            CHECK_EQ(got.from.port, 7);
            CHECK_EQ(tarn_ready(d.a.st, s), TARN_OUT);
        }
        duo_set(&d.a, s, discover, 1);
        CHECK_EQ(duo_send(&d.a, s, &to, &with, data, full(&d) + 1), -TARN_EMSGSIZE);
        if (f == 1) {
            duo_set(&d.a, s, TARN_SO_IPV6_DONTFRAG, 1);
            CHECK_EQ(duo_send(&d.a, s, &to, NULL, data, full(&d) + 1), -TARN_EMSGSIZE);
        }
        duo_close(&d);
    }
}

/* By Linux's IP_PMTUDISC_*: which modes of IPv4 send a small packet with DF. */
TEST(info, df_follows_the_mode)
{
    static const bool df[] = {false, true, true, true, false, false};
    struct tarn_addr to;
    tarn_sock s;
    struct duo d;

    duo_open(&d, TARN_INET);
    s = duo_udp(&d, &d.a, 9);
    to = duo_at(&d, 2, 7);
    for (unsigned mode = 0; mode < 6; mode++) {
        duo_set(&d.a, s, TARN_SO_IP_MTU_DISCOVER, mode);
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, "x", 1), 1);
        CHECK_EQ(sent(&d, &d.a).df, df[mode]);
    }
    duo_close(&d);
}
