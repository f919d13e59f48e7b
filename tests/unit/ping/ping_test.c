/* tests/unit/ping/ping_test.c - unprivileged pings of both families. */
#include "tests/unit/sock/families.h"
#include "wire/icmp6.h"

static struct duo_got got;

static tarn_sock open_ping(const struct duo *d, struct rig *r)
{
    return duo_socket(d, r, TARN_DGRAM,
                      d->family == TARN_INET ? TARN_IPPROTO_ICMP : TARN_IPPROTO_ICMPV6);
}

/* An echo message as a program writes it: identifier and checksum are left to the stack. */
static size_t message(const struct duo *d, bool reply, uint16_t seq, uint8_t out[64])
{
    static const uint8_t types[2][2] = {{ICMP_ECHO, ICMP_ECHO_REPLY},
                                        {ICMP6_ECHO, ICMP6_ECHO_REPLY}};

    memset(out, 0, 64);
    out[0] = types[d->family == TARN_INET6][reply];
    store_be16(out + 6, seq);
    for (uint8_t i = 8; i < 64; i++)
        out[i] = i;
    return 64;
}

TEST(ping, a_request_is_answered_to_the_socket_that_asked)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr local, to;
        tarn_sock s, other;
        uint8_t m[64];
        struct duo d;

        duo_open(&d, families[f]);
        s = open_ping(&d, &d.a);
        other = open_ping(&d, &d.a);
        to = duo_at(&d, 2, 0);
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, m, message(&d, false, 5, m)), 64);
        CHECK_EQ(duo_send(&d.a, other, &to, NULL, m, message(&d, false, 6, m)), 64);
        duo_run(&d);
        CHECK_EQ(tarn_local(d.a.st, s, &local), 0);
        CHECK(local.port != 0);
        CHECK_EQ(duo_recv(&d.a, s, 0, &got), 64);
        CHECK(tarn_ip_equal(&got.from.ip, &to.ip));
        CHECK_EQ(got.data[0], families[f] == TARN_INET ? 0 : 129);
        CHECK_EQ(load_be16(got.data + 4), local.port);
        CHECK_EQ(load_be16(got.data + 6), 5);
        CHECK_MEM(got.data + 8, m + 8, 56);
        CHECK_EQ(duo_recv(&d.a, s, 0, &got), -TARN_EAGAIN);
        CHECK_EQ(duo_recv(&d.a, other, 0, &got), 64);
        CHECK_EQ(tarn_drop_count(d.a.st, DROP_ICMP_TYPE), 0);
        duo_close(&d);
    }
}

TEST(ping, nothing_but_requests_may_be_sent)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr to;
        uint8_t m[64];
        tarn_sock s;
        struct duo d;

        duo_open(&d, families[f]);
        s = open_ping(&d, &d.a);
        to = duo_at(&d, 2, 0);
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, m, message(&d, true, 5, m)), -TARN_EINVAL);
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, m, 7), -TARN_EINVAL);
        message(&d, false, 5, m);
        m[1] = 1;
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, m, 64), -TARN_EINVAL);
        CHECK_EQ(tarn_open(d.a.st, families[1 - f], TARN_DGRAM,
                           f == 0 ? TARN_IPPROTO_ICMP : TARN_IPPROTO_ICMPV6, 0, &s),
                 -TARN_EPROTONOSUPPORT);
        CHECK_EQ(tarn_open(d.a.st, d.family, TARN_DGRAM, 132, 0, &s), -TARN_EPROTONOSUPPORT);
        duo_close(&d);
    }
}

TEST(ping, identifiers_are_ports)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr id, peer;
        tarn_sock s, other;
        uint8_t m[64];
        struct duo d;

        duo_open(&d, families[f]);
        s = open_ping(&d, &d.a);
        other = open_ping(&d, &d.a);
        id = duo_at(&d, 0, 77);
        peer = duo_at(&d, 2, 0);
        CHECK_EQ(tarn_bind(d.a.st, s, &id), 0);
        CHECK_EQ(tarn_bind(d.a.st, other, &id), -TARN_EADDRINUSE);
        CHECK_EQ(tarn_connect(d.a.st, s, &peer, d.a.now), 0);
        message(&d, false, 9, m);
        CHECK_EQ(tarn_send(d.a.st, s, m, 64, d.a.now), 64);
        duo_run(&d);
        CHECK_EQ(duo_recv(&d.a, s, 0, &got), 64);
        CHECK_EQ(load_be16(got.data + 4), 77);
        peer = duo_at(&d, 3, 0);
        CHECK_EQ(tarn_connect(d.a.st, s, &peer, d.a.now), 0);
        peer = duo_at(&d, 2, 0);
        CHECK_EQ(duo_send(&d.a, s, &peer, NULL, m, 64), 64); /* the answer is not the peer's */
        duo_run(&d);
        CHECK_EQ(duo_recv(&d.a, s, 0, &got), -TARN_EAGAIN);
        duo_close(&d);
    }
}

TEST(ping, a_time_to_live_that_ends_is_told_by_the_queue_of_errors)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr to;
        struct tarn_info info = {.has = TARN_INFO_TTL, .ttl = 1};
        uint8_t m[64];
        tarn_sock s;
        struct duo d;

        duo_open(&d, families[f]);
        s = open_ping(&d, &d.a);
        duo_set(&d.a, s, duo_opt(&d, TARN_SO_IP_RECVERR, TARN_SO_IPV6_RECVERR), 1);
        CHECK_EQ(tarn_param_set(d.b.st, f == 0 ? "ip.forwarding" : "ip6.forwarding", 1), 0);
        /* 10.0.9.1 and fd09::1 by way of host 2 */
        to = duo_at(&d, 1, 0);
        to.ip.b[f == 0 ? 14 : 1] = 9;
        CHECK_EQ(tarn_route_add(d.a.st,
                                &(struct tarn_route){.to = {.ip = to.ip, .len = 128},
                                                     .via = duo_ip(d.family, 2),
                                                     .port = RIG_PORT},
                                d.a.now, NULL),
                 0);
        CHECK_EQ(duo_send(&d.a, s, &to, &info, m, message(&d, false, 5, m)), 64);
        duo_run(&d);
        CHECK_EQ(tarn_ready(d.a.st, s), TARN_OUT | TARN_ERR);
        CHECK(duo_recv(&d.a, s, TARN_MSG_ERRQUEUE, &got) >= 8);
        CHECK_EQ(got.flags, TARN_MSG_ERRQUEUE);
        CHECK_EQ(got.data[0], m[0]);
        CHECK(tarn_ip_equal(&got.from.ip, &to.ip));
        CHECK_EQ(got.info.has, TARN_INFO_ERROR);
        CHECK_EQ(got.info.error.error, TARN_EHOSTUNREACH);
        CHECK_EQ(got.info.error.origin, f == 0 ? TARN_ERROR_ICMP : TARN_ERROR_ICMP6);
        CHECK_EQ(got.info.error.type, f == 0 ? ICMP_TIME_EXCEEDED : ICMP6_TIME_EXCEEDED);
        to.ip = duo_ip(d.family, 2);
        CHECK(tarn_ip_equal(&got.info.error.offender.ip, &to.ip));
        CHECK_EQ(tarn_ready(d.a.st, s), TARN_OUT);
        duo_close(&d);
    }
}
