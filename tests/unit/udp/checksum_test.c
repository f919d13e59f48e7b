/* tests/unit/udp/checksum_test.c - what UDP and UDP-Lite ask of checksums, in both families. */
#include "tests/unit/udp/frames.h"

static struct duo_got got;
static uint8_t frame[RIG_FRAME], data[3000];

TEST(checksum, of_ipv6_there_must_be_one_unless_the_socket_says_otherwise)
{
    struct udp_hdr h = {.src_port = 5, .dst_port = 7};

    for (unsigned f = 0; f < FAMILIES; f++) {
        struct duo d;
        tarn_sock s;

        duo_open(&d, families[f]);
        s = duo_udp(&d, &d.b, 7);
        frame_udp(&d, &d.b, h, 10, false);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), f == 0 ? 10 : -TARN_EAGAIN);
        CHECK_EQ(tarn_drop_count(d.b.st, DROP_UDP_NO_CHECKSUM), f);
        frame_udp(&d, &d.b, (struct udp_hdr){.src_port = 5, .dst_port = 8}, 10, false);
        CHECK_EQ(tarn_drop_count(d.b.st, DROP_UDP_NO_CHECKSUM), 2 * f);
        frame_udp(&d, &d.b, h, 10, true);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), 10);
        duo_set(&d.b, s, TARN_SO_UDP_NO_CHECK6_RX, 1);
        frame_udp(&d, &d.b, h, 10, false);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), 10);
        duo_close(&d);
    }
}

TEST(checksum, port_0_is_nobodys)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr to;
        struct duo d;

        duo_open(&d, families[f]);
        frame_udp(&d, &d.b, (struct udp_hdr){.src_port = 5}, 10, true);
        CHECK_EQ(tarn_drop_count(d.b.st, DROP_UDP_PORT), 1);
        CHECK_EQ(rig_output(&d.b, frame), 0);
        to = duo_at(&d, 2, 0);
        CHECK_EQ(duo_send(&d.a, duo_udp(&d, &d.a, 9), &to, NULL, data, 1), -TARN_EINVAL);
        duo_close(&d);
    }
}

/* The checksum field of the one datagram that waits. */
static uint16_t sent_checksum(const struct duo *d, struct rig *r)
{
    CHECK(rig_output(r, frame) > 0);
    return load_be16(frame + frame_payload_at(d->family) + 6);
}

TEST(checksum, a_sender_may_leave_it_out)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        enum tarn_opt own = f == 0 ? TARN_SO_NO_CHECK : TARN_SO_UDP_NO_CHECK6_TX;
        enum tarn_opt other = f == 0 ? TARN_SO_UDP_NO_CHECK6_TX : TARN_SO_NO_CHECK;
        struct tarn_addr to;
        tarn_sock s;
        struct duo d;

        duo_open(&d, families[f]);
        s = duo_udp(&d, &d.a, 9);
        to = duo_at(&d, 2, 7);
        duo_set(&d.a, s, other, 1);
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, data, 100), 100);
        CHECK(sent_checksum(&d, &d.a) != 0);
        duo_set(&d.a, s, own, 1);
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, data, 100), 100);
        CHECK_EQ(sent_checksum(&d, &d.a), 0);
        duo_close(&d);
    }
}

/* UDP-LITE ------------------------------------------------------------------------------------ */

static tarn_sock lite(const struct duo *d, struct rig *r, uint16_t port)
{
    tarn_sock s = duo_socket(d, r, TARN_DGRAM, TARN_IPPROTO_UDPLITE);
    struct tarn_addr any = duo_at(d, 0, port);

    CHECK_EQ(tarn_bind(r->st, s, &any), 0);
    return s;
}

TEST(checksum, udplite_crosses_with_every_coverage)
{
    static const uint16_t coverages[] = {0, 5, 8, 9, 20, 31, 500, 2000, 65535};

    for (unsigned i = 0; i < 2 * sizeof coverages / sizeof coverages[0]; i++) {
        struct tarn_addr to;
        tarn_sock s, c;
        struct duo d;

        duo_open(&d, families[i % 2]);
        s = lite(&d, &d.b, 7);
        c = lite(&d, &d.a, 9);
        to = duo_at(&d, 2, 7);
        for (size_t k = 0; k < sizeof data; k++)
            data[k] = (uint8_t)(k * 31 + i);
        duo_set(&d.a, c, TARN_SO_UDPLITE_SEND_CSCOV, coverages[i / 2]);
        for (size_t n = 0; n < 1400; n = n * 2 + 23) {
            CHECK_EQ(duo_send(&d.a, c, &to, NULL, data, n), (long)n);
            duo_run(&d);
            CHECK_EQ(duo_recv(&d.b, s, 0, &got), (long)n);
            CHECK_MEM(got.data, data, n);
            CHECK_EQ(got.from.port, 9);
        }
        CHECK_EQ(tarn_drop_count(d.b.st, DROP_UDP_CHECKSUM), 0);
        duo_close(&d);
    }
}

/* One datagram of host a, with the byte `at` of its payload changed, into host b. */
static void damaged(struct duo *d, tarn_sock c, size_t at, uint16_t coverage)
{
    struct tarn_addr to = duo_at(d, 2, 7);
    size_t n, udp = frame_payload_at(d->family);

    CHECK_EQ(duo_send(&d->a, c, &to, NULL, data, 100), 100);
    n = rig_output(&d->a, frame);
    CHECK(n > 0);
    if (coverage != 0)
        store_be16(frame + udp + 4, coverage);
    frame[udp + UDP_HEADER_BYTES + at] ^= 1;
    rig_input(&d->b, frame, n);
}

TEST(checksum, udplite_delivers_damage_behind_its_coverage)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        tarn_sock s, c;
        struct duo d;

        duo_open(&d, families[f]);
        s = lite(&d, &d.b, 7);
        c = lite(&d, &d.a, 9);
        duo_set(&d.a, c, TARN_SO_UDPLITE_SEND_CSCOV, 20);
        damaged(&d, c, 11, 0);
        CHECK_EQ(tarn_drop_count(d.b.st, DROP_UDP_CHECKSUM), 1);
        damaged(&d, c, 12, 0);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), 100);
        CHECK_EQ(got.data[12], data[12] ^ 1);
        duo_set(&d.b, s, TARN_SO_UDPLITE_RECV_CSCOV, 20);
        damaged(&d, c, 12, 0);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), 100);
        duo_set(&d.b, s, TARN_SO_UDPLITE_RECV_CSCOV, 21);
        damaged(&d, c, 12, 0);
        duo_set(&d.b, s, TARN_SO_UDPLITE_RECV_CSCOV, 0); /* said: all of it */
        damaged(&d, c, 12, 0);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), -TARN_EAGAIN);
        CHECK_EQ(tarn_drop_count(d.b.st, DROP_UDPLITE_COVERAGE), 2);
        damaged(&d, c, 12, 7);
        damaged(&d, c, 12, 109);
        CHECK_EQ(tarn_drop_count(d.b.st, DROP_UDPLITE_COVERAGE), 4);
        duo_close(&d);
    }
}

TEST(checksum, udp_and_udplite_have_their_own_ports_and_options)
{
    struct tarn_addr to;
    tarn_sock s, u;
    struct duo d;

    duo_open(&d, TARN_INET6);
    s = lite(&d, &d.b, 7);
    u = duo_udp(&d, &d.b, 7);
    to = duo_at(&d, 2, 7);
    CHECK_EQ(duo_send(&d.a, lite(&d, &d.a, 9), &to, NULL, data, 5), 5);
    duo_run(&d);
    CHECK_EQ(duo_recv(&d.b, u, 0, &got), -TARN_EAGAIN);
    CHECK_EQ(duo_recv(&d.b, s, 0, &got), 5);
    CHECK_EQ(duo_get(&d.b, s, TARN_SO_PROTOCOL), TARN_IPPROTO_UDPLITE);
    CHECK_EQ(tarn_setopt(d.b.st, u, TARN_SO_UDPLITE_SEND_CSCOV, 8, d.b.now), -TARN_ENOPROTOOPT);
    CHECK_EQ(tarn_setopt(d.b.st, s, TARN_SO_NO_CHECK, 1, d.b.now), -TARN_ENOPROTOOPT);
    duo_set(&d.b, s, TARN_SO_UDPLITE_RECV_CSCOV, 3);
    CHECK_EQ(duo_get(&d.b, s, TARN_SO_UDPLITE_RECV_CSCOV), 8);
    duo_close(&d);
}
