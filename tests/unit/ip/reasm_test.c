/* tests/unit/ip/reasm_test.c - fragments: made and put together in any order, and hostile ones. */
#include "base/rng.h"
#include "tests/unit/rig.h"

enum { BIG = 60000 };

static uint8_t frame[RIG_FRAME], message[ICMP_HEADER_BYTES + BIG], whole[RIG_FRAME];

/* An echo request of `payload` bytes, to be sent in pieces. */
static size_t make_echo(size_t payload)
{
    struct icmp_hdr h = {.type = ICMP_ECHO, .id = 7, .seq = 1};

    for (size_t i = 0; i < payload; i++)
        message[ICMP_HEADER_BYTES + i] = (uint8_t)(i * 3 + (i >> 8));
    icmp_build(message, &h, sum_partial(message + ICMP_HEADER_BYTES, payload, 0));
    return ICMP_HEADER_BYTES + payload;
}

/* Bytes [at, at + len) of the message as a fragment. */
static void piece(struct rig *r, uint16_t id, size_t at, size_t len, bool mf)
{
    struct ip4_hdr h = {.proto = IP_PROTO_ICMP, .id = id, .frag_bytes = (uint16_t)at, .mf = mf};

    rig_input(r, frame, rig_ip4(r, frame, h, message + at, len));
}

/* The echo reply that comes in fragments, put together by their offsets; its ICMP bytes. */
static size_t collect(struct rig *r)
{
    size_t n, total = 0, got = 0;

    while ((n = rig_output(r, frame)) > 0) {
        struct ip4_hdr h;

        if (load_be16(frame + 12) != ETH_IP4)
            continue;
        CHECK(n <= 1514);
        CHECK_EQ(ip4_parse(&h, frame + 14, n - 14, n - 14), WIRE_OK);
        CHECK(!h.df);
        memcpy(whole + h.frag_bytes, frame + 14 + h.header_bytes, h.total_bytes - h.header_bytes);
        got += h.total_bytes - (size_t)h.header_bytes;
        if (!h.mf)
            total = h.frag_bytes + h.total_bytes - (size_t)h.header_bytes;
    }
    CHECK_EQ(got, total);
    return total;
}

static void expect_reply(struct rig *r, size_t n)
{
    struct icmp_hdr h;

    CHECK_EQ(collect(r), n);
    CHECK_EQ(icmp_parse(&h, whole, n), WIRE_OK);
    CHECK_EQ(h.type, ICMP_ECHO_REPLY);
    CHECK(sum_is_good(sum_partial(whole, n, 0)));
    CHECK_MEM(whole + 8, message + 8, n - 8);
}

static void open_known(struct rig *r)
{
    rig_open_quiet(r, 1);
    rig_introduce(r);
}

static void check_clean(struct rig *r)
{
    struct tarn_usage u;

    tarn_usage(r->st, &u);
    CHECK_EQ(u.packets, 0);
    CHECK_EQ(u.chunks, 0);
    CHECK_EQ(u.reassemblies, 0);
    CHECK_EQ(u.timers, 0);
}

TEST(reasm, pings_of_60000_bytes_are_answered)
{
    size_t n = make_echo(BIG), step = 1480;
    struct rig r;

    open_known(&r);
    for (size_t at = 0; at < n; at += step)
        piece(&r, 1, at, n - at < step ? n - at : step, at + step < n);
    expect_reply(&r, n);
    for (size_t at = (n - 1) / step * step + step; at > 0; at -= step)
        piece(&r, 2, at - step, n - (at - step) < step ? n - (at - step) : step, at < n);
    expect_reply(&r, n);
    CHECK_EQ(tarn_stat(r.st, TARN_STAT_IP_REASSEMBLED), 2);
    check_clean(&r);
    rig_close(&r);
}

TEST(reasm, any_order_any_size_with_duplicates)
{
    uint8_t seed[32] = {5};
    struct rng g;
    struct rig r;

    rng_init(&g, seed, 0);
    open_known(&r);
    for (uint16_t round = 0; round < 60; round++) {
        size_t n = make_echo(100 + rng_below(&g, 9000)), step = 8 * (1 + rng_below(&g, 180));
        unsigned pieces = (unsigned)((n + step - 1) / step), first = rng_below(&g, pieces);
        const unsigned stride = 7919; /* a prime: every piece comes once */

        for (unsigned i = 0; i < pieces; i++) {
            size_t at = (first + (size_t)i * stride) % pieces * step;

            piece(&r, round, at, n - at < step ? n - at : step, at + step < n);
            if (i + 1 < pieces && rng_below(&g, 4) == 0)
                piece(&r, round, at, n - at < step ? n - at : step, at + step < n);
        }
        expect_reply(&r, n);
    }
    CHECK(tarn_stat(r.st, TARN_STAT_IP_REASSEMBLED) >= 50);
    CHECK(tarn_drop_count(r.st, DROP_REASM_DUPLICATE) > 50);
    CHECK_EQ(tarn_drop_count(r.st, DROP_IP4_FRAGMENT), 0);
    rig_close(&r);
}

TEST(reasm, overlapping_pieces_end_the_datagram)
{
    size_t n = make_echo(192);
    struct rig r;

    open_known(&r);
    piece(&r, 1, 0, 48, true);
    piece(&r, 1, 24, 48, true);
    CHECK_EQ(tarn_drop_count(r.st, DROP_IP4_FRAGMENT), 2);
    piece(&r, 1, 48, n - 48, false);
    CHECK_EQ(collect(&r), 0);
    rig_close(&r);
}

TEST(reasm, contradicting_ends_end_the_datagram)
{
    struct rig r;

    make_echo(192);
    open_known(&r);
    piece(&r, 1, 48, 48, false);
    piece(&r, 1, 96, 48, true);
    CHECK_EQ(tarn_drop_count(r.st, DROP_IP4_FRAGMENT), 2);
    piece(&r, 2, 96, 48, true);
    piece(&r, 2, 48, 40, false);
    CHECK_EQ(tarn_drop_count(r.st, DROP_IP4_FRAGMENT), 4);
    check_clean(&r);
    rig_close(&r);
}

TEST(reasm, unfinished_datagrams_do_not_keep_out_a_whole_one)
{
    size_t n = make_echo(3000);
    struct tarn_usage u;
    struct rig r;

    open_known(&r);
    for (uint16_t i = 1; i <= 3000; i++)
        piece(&r, i, 1480, 1480, true);
    tarn_usage(r.st, &u);
    CHECK(u.reassemblies <= 64);
    piece(&r, 3001, 0, 1480, true);
    piece(&r, 3001, 1480, n - 1480, false);
    expect_reply(&r, n);
    rig_close(&r);
}

TEST(reasm, all_sources_together_stay_within_the_limit)
{
    struct tarn_config cfg = {.max_reasm_bytes = 200000};
    struct tarn_usage u;
    struct rig r;

    make_echo(3000);
    rig_open_with(&r, 1, 0, &cfg);
    for (uint32_t i = 0; i < 500; i++) {
        struct ip4_hdr h = {.proto = IP_PROTO_ICMP, .mf = true, .src = 0x0b000001 + i};

        rig_input(&r, frame, rig_ip4(&r, frame, h, message, 1480));
        tarn_usage(r.st, &u);
        CHECK(u.chunk_bytes <= 210000);
    }
    CHECK(u.reassemblies > 10);
    CHECK_EQ(tarn_drop_count(r.st, DROP_REASM_LIMIT), 500 - u.reassemblies);
    rig_close(&r);
}

TEST(reasm, timeout_tells_the_source_if_the_first_piece_is_there)
{
    struct icmp_hdr h;
    struct rig r;
    size_t n;

    make_echo(3000);
    open_known(&r);
    piece(&r, 1, 0, 1480, true);
    piece(&r, 2, 1480, 1480, true);
    rig_wait(&r, 31 * RIG_S);
    CHECK_EQ(tarn_drop_count(r.st, DROP_REASM_TIMEOUT), 2);
    n = rig_output(&r, frame);
    CHECK(n > 42 && n <= 14 + 576);
    CHECK_EQ(icmp_parse(&h, frame + 34, n - 34), WIRE_OK);
    CHECK_EQ(h.type, ICMP_TIME_EXCEEDED);
    CHECK_EQ(h.code, ICMP_REASSEMBLY);
    CHECK_EQ(load_be16(frame + 34 + 8 + 4), 1);
    CHECK_EQ(rig_output(&r, frame), 0);
    check_clean(&r);
    rig_close(&r);
}
