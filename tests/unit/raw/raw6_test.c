/* tests/unit/raw/raw6_test.c - raw sockets where the families differ, and where they do not. */
#include "tests/unit/udp/frames.h"
#include "wire/icmp6.h"

static struct duo_got got;
static uint8_t frame[RIG_FRAME], message[2000];

static tarn_sock open_raw(const struct duo *d, struct rig *r, uint8_t protocol)
{
    return duo_socket(d, r, TARN_RAW, protocol);
}

/* A packet of `proto` with n bytes, as they are, from the peer. */
static void packet(const struct duo *d, struct rig *r, uint8_t proto, const void *payload, size_t n)
{
    struct tarn_ip dst = duo_ip(d->family, (uint8_t)r->ip);

    memcpy(frame + frame_payload_at(d->family), payload, n);
    rig_input(r, frame, frame_wrap(d, r, &dst, proto, frame, n));
}

TEST(raw6, any_protocol_crosses)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        size_t header = f == 0 ? 20 : 0; /* RFC 3542 3: IPv6 comes without */
        struct tarn_addr to;
        tarn_sock s, c, bound, stranger;
        struct duo d;

        duo_open(&d, families[f]);
        s = open_raw(&d, &d.b, 253);
        c = open_raw(&d, &d.a, 253);
        bound = open_raw(&d, &d.b, 253);
        to = duo_at(&d, 2, 0);
        CHECK_EQ(tarn_bind(d.b.st, bound, &to), 0);
        stranger = open_raw(&d, &d.b, 253);
        to = duo_at(&d, 7, 0);
        CHECK_EQ(tarn_connect(d.b.st, stranger, &to, d.b.now), 0);
        to = duo_at(&d, 2, 0);
        for (size_t n = 1; n < sizeof message; n = n * 3 + 1) {
            for (size_t i = 0; i < n; i++)
                message[i] = (uint8_t)(i + n);
            CHECK_EQ(duo_send(&d.a, c, &to, NULL, message, n), (long)n);
            duo_run(&d);
            CHECK_EQ(duo_recv(&d.b, s, 0, &got), (long)(header + n));
            CHECK_MEM(got.data + header, message, n);
            CHECK_EQ(got.from.ip.b[15], 1);
            CHECK_EQ(duo_recv(&d.b, bound, 0, &got), (long)(header + n));
            CHECK_EQ(duo_recv(&d.b, stranger, 0, &got), -TARN_EAGAIN);
        }
        duo_close(&d);
    }
}

TEST(raw6, families_keep_apart)
{
    struct tarn_addr mapped = {.ip = tarn_ip4(0x0a000002)};
    tarn_sock six;
    struct duo d;

    duo_open(&d, TARN_INET6);
    six = open_raw(&d, &d.b, 253);
    CHECK_EQ(duo_send(&d.b, six, &mapped, NULL, message, 8), -TARN_EINVAL);
    d.family = TARN_INET;
    packet(&d, &d.b, 253, message, 8);
    CHECK_EQ(duo_recv(&d.b, six, 0, &got), -TARN_EAGAIN);
    duo_close(&d);
}

TEST(raw6, a_checksum_is_made_and_checked_where_the_option_says)
{
    struct tarn_ip dst;
    struct tarn_addr to;
    tarn_sock s, c;
    struct duo d;
    uint32_t sum;

    duo_open(&d, TARN_INET6);
    s = open_raw(&d, &d.b, 253);
    c = open_raw(&d, &d.a, 253);
    to = duo_at(&d, 2, 0);
    CHECK_EQ(duo_get(&d.a, c, TARN_SO_IPV6_CHECKSUM), -1);
    CHECK_EQ(tarn_setopt(d.a.st, c, TARN_SO_IPV6_CHECKSUM, 3, d.a.now), -TARN_EINVAL);
    duo_set(&d.a, c, TARN_SO_IPV6_CHECKSUM, 4);
    duo_set(&d.b, s, TARN_SO_IPV6_CHECKSUM, 4);
    memset(message, 7, sizeof message);
    for (size_t n = 6; n < 1400; n = n * 2 + 1) {
        CHECK_EQ(duo_send(&d.a, c, &to, NULL, message, n), (long)n);
        duo_run(&d);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), (long)n);
        CHECK(load_be16(got.data + 4) != 0x0707);
    }
    CHECK_EQ(duo_send(&d.a, c, &to, NULL, message, 5), -TARN_EINVAL);
    dst = duo_ip(TARN_INET6, 2);
    store_be16(message + 4, 0);
    sum = sum_partial(message, 20, frame_pseudo(&d, &dst, 253, 20));
    store_be16(message + 4, sum_finish(sum));
    packet(&d, &d.b, 253, message, 20);
    CHECK_EQ(duo_recv(&d.b, s, 0, &got), 20);
    message[9] ^= 1;
    packet(&d, &d.b, 253, message, 20);
    CHECK_EQ(duo_recv(&d.b, s, 0, &got), -TARN_EAGAIN);
    CHECK_EQ(tarn_drop_count(d.b.st, DROP_RAW_CHECKSUM), 1);
    duo_set(&d.b, s, TARN_SO_IPV6_CHECKSUM, -1);
    packet(&d, &d.b, 253, message, 20);
    CHECK_EQ(duo_recv(&d.b, s, 0, &got), 20);
    duo_close(&d);
}

TEST(raw6, icmp6_has_its_checksum_always_and_a_filter_of_types)
{
    uint32_t refuse[8], back[8];
    struct tarn_addr to;
    tarn_sock s, other;
    struct duo d;

    duo_open(&d, TARN_INET6);
    s = open_raw(&d, &d.a, TARN_IPPROTO_ICMPV6);
    other = open_raw(&d, &d.a, 253);
    to = duo_at(&d, 2, 0);
    CHECK_EQ(tarn_setopt(d.a.st, s, TARN_SO_IPV6_CHECKSUM, 2, d.a.now), -TARN_EINVAL);
    CHECK_EQ(duo_get(&d.a, s, TARN_SO_IPV6_CHECKSUM), 2);
    CHECK_EQ(tarn_set_icmp6_filter(d.a.st, other, refuse), -TARN_ENOPROTOOPT);
    memset(refuse, 0xff, sizeof refuse);
    refuse[ICMP6_ECHO_REPLY / 32] &= ~(UINT32_C(1) << ICMP6_ECHO_REPLY % 32);
    CHECK_EQ(tarn_set_icmp6_filter(d.a.st, s, refuse), 0);
    CHECK_EQ(tarn_get_icmp6_filter(d.a.st, s, back), 0);
    CHECK_MEM(back, refuse, sizeof back);
    memset(message, 0, 64);
    message[0] = ICMP6_ECHO;
    store_be16(message + 6, 5);
    CHECK_EQ(duo_send(&d.a, s, &to, NULL, message, 64), 64);
    duo_run(&d);
    CHECK_EQ(duo_recv(&d.a, s, 0, &got), 64);
    CHECK_EQ(got.data[0], ICMP6_ECHO_REPLY);
    CHECK_EQ(load_be16(got.data + 6), 5);
    refuse[ICMP6_ECHO_REPLY / 32] = UINT32_MAX;
    CHECK_EQ(tarn_set_icmp6_filter(d.a.st, s, refuse), 0);
    CHECK_EQ(duo_send(&d.a, s, &to, NULL, message, 64), 64);
    duo_run(&d);
    CHECK_EQ(duo_recv(&d.a, s, 0, &got), -TARN_EAGAIN);
    duo_close(&d);
}

TEST(raw6, the_caller_may_write_the_header_of_ipv6_too)
{
    struct ip6_hdr h = {.next = 253, .hops = 9, .payload_bytes = 10, .tclass = 4};
    struct tarn_addr to;
    struct ip6_hdr seen;
    tarn_sock s;
    struct duo d;

    duo_open(&d, TARN_INET6);
    s = open_raw(&d, &d.a, TARN_IPPROTO_RAW);
    to = duo_at(&d, 2, 0);
    h.src[0] = 0xfd;
    h.src[15] = 1;
    memcpy(h.dst, to.ip.b, 16);
    ip6_build(message, &h);
    CHECK_EQ(duo_send(&d.a, s, &to, NULL, message, 50), 50);
    CHECK_EQ(rig_output(&d.a, frame), 64);
    CHECK_EQ(ip6_parse(&seen, frame + 14, 50, 50), WIRE_OK);
    CHECK_EQ(seen.hops, 9);
    CHECK_EQ(seen.tclass, 4);
    CHECK_EQ(seen.next, 253);
    CHECK_EQ(duo_send(&d.a, s, &to, NULL, message, 39), -TARN_EINVAL);
    CHECK_EQ(duo_send(&d.a, s, &to, NULL, message, 1501), -TARN_EMSGSIZE);
    message[0] = 0x45;
    CHECK_EQ(duo_send(&d.a, s, &to, NULL, message, 50), -TARN_EINVAL);
    duo_close(&d);
}

TEST(raw6, errors_are_told_as_to_datagrams)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr to;
        tarn_sock s;
        struct duo d;

        duo_open(&d, families[f]);
        s = open_raw(&d, &d.a, 253);
        duo_set(&d.a, s, duo_opt(&d, TARN_SO_IP_RECVERR, TARN_SO_IPV6_RECVERR), 1);
        to = duo_at(&d, 2, 0);
        message[0] = 99;
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, message, 33), 33);
        duo_run(&d);
        CHECK_EQ(duo_recv(&d.a, s, TARN_MSG_ERRQUEUE, &got), 33);
        CHECK_EQ(got.data[0], 99);
        CHECK(tarn_ip_equal(&got.from.ip, &to.ip));
        CHECK_EQ(got.info.error.error, f == 0 ? TARN_ENOPROTOOPT : TARN_EPROTO);
        duo_close(&d);
    }
}
