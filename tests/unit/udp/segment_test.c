/* tests/unit/udp/segment_test.c - many datagrams by one call, sent and received. */
#include "tarn/link.h"
#include "tests/unit/udp/frames.h"

static struct duo_got got;
static uint8_t data[65536];

static void open_pair(struct duo *d, enum tarn_family family, uint32_t offload)
{
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 13 + (i >> 8));
    duo_open_with(d, family, offload);
}

static long send_segments(struct duo *d, tarn_sock c, size_t n, uint16_t each)
{
    struct tarn_addr to = duo_at(d, 2, 7);
    struct tarn_info with = {.has = TARN_INFO_GSO, .gso_bytes = each};

    return duo_send(&d->a, c, &to, &with, data, n);
}

/* By a link that cuts datagrams itself, and by one that does not. */
static const uint32_t offloads[] = {0, LINK_GSO_TX | LINK_CSUM_TX,
                                    LINK_GSO_TX | LINK_USO_TX | LINK_CSUM_TX};

/* All that waits are the first n bytes of the data, `each` in a datagram. */
static void check_segments(struct duo *d, tarn_sock s, size_t n, size_t each)
{
    for (size_t at = 0; at < n; at += each) {
        size_t len = n - at < each ? n - at : each;

        CHECK_EQ(duo_recv(&d->b, s, 0, &got), (long)len);
        CHECK_MEM(got.data, data + at, len);
        CHECK_EQ(got.info.has, 0);
    }
    CHECK_EQ(duo_recv(&d->b, s, 0, &got), -TARN_EAGAIN);
}

TEST(segment, one_send_becomes_equal_datagrams)
{
    for (unsigned i = 0; i < 2 * 3; i++) {
        static const size_t lengths[] = {1, 500, 501, 1000, 1499, 10000, 31999};
        struct duo d;
        tarn_sock s, c;

        open_pair(&d, families[i % 2], offloads[i / 2]);
        s = duo_udp(&d, &d.b, 7);
        c = duo_udp(&d, &d.a, 9);
        for (unsigned k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
            CHECK_EQ(send_segments(&d, c, lengths[k], 500), (long)lengths[k]);
            duo_run(&d);
            check_segments(&d, s, lengths[k], 500);
        }
        duo_close(&d);
    }
}

TEST(segment, the_option_is_the_default_of_messages)
{
    struct tarn_info off = {.has = TARN_INFO_GSO, .gso_bytes = 0};
    struct tarn_addr to;
    tarn_sock s, c;
    struct duo d;

    open_pair(&d, TARN_INET6, 0);
    s = duo_udp(&d, &d.b, 7);
    c = duo_udp(&d, &d.a, 9);
    to = duo_at(&d, 2, 7);
    duo_set(&d.a, c, TARN_SO_UDP_SEGMENT, 400);
    CHECK_EQ(duo_send(&d.a, c, &to, NULL, data, 1000), 1000);
    CHECK_EQ(duo_send(&d.a, c, &to, &off, data, 1000), 1000);
    duo_run(&d);
    CHECK_EQ(duo_recv(&d.b, s, 0, &got), 400);
    CHECK_EQ(duo_recv(&d.b, s, 0, &got), 400);
    CHECK_EQ(duo_recv(&d.b, s, 0, &got), 200);
    CHECK_EQ(duo_recv(&d.b, s, 0, &got), 1000);
    duo_close(&d);
}

TEST(segment, what_is_refused)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        uint16_t most;
        tarn_sock c;
        struct duo d;

        open_pair(&d, families[f], 0);
        c = duo_udp(&d, &d.a, 9);
        most = (uint16_t)(1500 - (f == 0 ? 20 : 40) - UDP_HEADER_BYTES);
        CHECK_EQ(send_segments(&d, c, 10000, most), 10000);
        CHECK_EQ(send_segments(&d, c, 10000, (uint16_t)(most + 1)), -TARN_EMSGSIZE);
        CHECK_EQ(send_segments(&d, c, 6400, 100), 6400);
        CHECK_EQ(send_segments(&d, c, 6401, 100), -TARN_EINVAL);
        CHECK_EQ(send_segments(&d, c, 65536, 1400), -TARN_EMSGSIZE);
        duo_set(&d.a, c, f == 0 ? TARN_SO_NO_CHECK : TARN_SO_UDP_NO_CHECK6_TX, 1);
        CHECK_EQ(send_segments(&d, c, 1000, 100), -TARN_EINVAL);
        duo_close(&d);
    }
}

TEST(segment, runs_are_received_as_one)
{
    for (unsigned i = 0; i < 2 * 3; i++) {
        struct tarn_addr to;
        tarn_sock s, c, other;
        struct duo d;

        open_pair(&d, families[i % 2], offloads[i / 2]);
        s = duo_udp(&d, &d.b, 7);
        c = duo_udp(&d, &d.a, 9);
        other = duo_udp(&d, &d.a, 10);
        to = duo_at(&d, 2, 7);
        duo_set(&d.b, s, TARN_SO_UDP_GRO, 1);
        CHECK_EQ(send_segments(&d, c, 2700, 500), 2700);
        duo_run(&d);
        CHECK_EQ(duo_recv(&d.b, s, TARN_MSG_PEEK, &got), 2700);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), 2700);
        CHECK_EQ(got.info.has, TARN_INFO_GSO);
        CHECK_EQ(got.info.gso_bytes, 500);
        CHECK_MEM(got.data, data, 2700);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), -TARN_EAGAIN);
        for (unsigned k = 0; k < 3; k++)
            CHECK_EQ(duo_send(&d.a, c, &to, NULL, data, 100), 100);
        CHECK_EQ(duo_send(&d.a, c, &to, NULL, data, 101), 101);
        CHECK_EQ(duo_send(&d.a, c, &to, NULL, data, 50), 50);
        duo_run(&d);
        CHECK_EQ(duo_send(&d.a, other, &to, NULL, data, 50), 50);
        duo_run(&d);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), 300);
        CHECK_EQ(got.info.gso_bytes, 100);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), 151);
        CHECK_EQ(got.info.gso_bytes, 101);
        CHECK_EQ(duo_recv(&d.b, s, 0, &got), 50);
        CHECK_EQ(got.from.port, 10);
        CHECK_EQ(got.info.has, 0);
        CHECK_EQ(tarn_ready(d.b.st, s), TARN_OUT);
        duo_close(&d);
    }
}

TEST(segment, a_run_ends_with_the_callers_buffer)
{
    struct tarn_addr to;
    struct tarn_iov iov[2] = {{got.data, 130}, {got.data + 1000, 150}};
    struct tarn_msg m = {.iov = iov, .n_iov = 2};
    tarn_sock s, c;
    struct duo d;

    open_pair(&d, TARN_INET, 0);
    s = duo_udp(&d, &d.b, 7);
    c = duo_udp(&d, &d.a, 9);
    to = duo_at(&d, 2, 7);
    duo_set(&d.b, s, TARN_SO_UDP_GRO, 1);
    for (unsigned k = 0; k < 4; k++)
        CHECK_EQ(duo_send(&d.a, c, &to, NULL, data + 100 * k, 100), 100);
    duo_run(&d);
    CHECK_EQ(tarn_recvmsg(d.b.st, s, &m, d.b.now), 200);
    CHECK_MEM(got.data, data, 130);
    CHECK_MEM(got.data + 1000, data + 130, 70);
    CHECK_EQ(tarn_recvmsg(d.b.st, s, &m, d.b.now), 200);
    CHECK_MEM(got.data, data + 200, 130);
    CHECK_EQ(tarn_recvmsg(d.b.st, s, &m, d.b.now), -TARN_EAGAIN);
    duo_close(&d);
}
