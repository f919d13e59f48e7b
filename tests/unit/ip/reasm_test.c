/* tests/unit/ip/reasm_test.c - fragments: made and put together in any order, and hostile ones; of
 * both families. */
#include "base/rng.h"
#include "tests/unit/rig.h"
#include "wire/icmp6.h"
#include "wire/ip6_ext.h"

enum { BIG = 60000 };

static uint8_t frame[RIG_FRAME], message[ICMP_HEADER_BYTES + BIG], whole[RIG_FRAME];
static bool six;    /* the family of this run */
static uint8_t tos; /* of the fragments that are sent */

static const struct tarn_ip our_six = {{0x20, 1, 0xd, 0xb8, [15] = 1}};
static const struct tarn_ip peer_six = {{0x20, 1, 0xd, 0xb8, [15] = 0x63}};

/* Run a test's body for one family, then for the other. */
static void each_family(void (*run)(void))
{
    six = false;
    run();
    six = true;
    run();
}

static uint32_t pseudo_sum(size_t n)
{
    return six ? ip6_pseudo_sum(our_six.b, peer_six.b, IP_PROTO_ICMP6, (uint32_t)n) : 0;
}

/* An echo request of `payload` bytes, to be sent in pieces. */
static size_t make_echo(size_t payload)
{
    size_t n = ICMP_HEADER_BYTES + payload;
    struct icmp_hdr h = {.type = six ? (uint8_t)ICMP6_ECHO : (uint8_t)ICMP_ECHO, .id = 7, .seq = 1};

    for (size_t i = 0; i < payload; i++)
        message[ICMP_HEADER_BYTES + i] = (uint8_t)(i * 3 + (i >> 8));
    icmp_build(message, &h, sum_partial(message + ICMP_HEADER_BYTES, payload, pseudo_sum(n)));
    return n;
}

/* Bytes [at, at + len) of the message as a fragment, from the peer or, `other` not 0, from somebody
 * else. */
static void piece_from(struct rig *r, uint32_t other, uint16_t id, size_t at, size_t len, bool mf)
{
    struct ip4_hdr h4 = {
        .tos = tos, .proto = IP_PROTO_ICMP, .id = id, .frag_bytes = (uint16_t)at, .mf = mf};
    struct ip6_hdr h6 = {.tclass = tos,
                         .next = IP6_FRAGMENT,
                         .hops = 64,
                         .payload_bytes = (uint16_t)(IP6_FRAGMENT_BYTES + len)};
    struct ip6_fragment f = {
        .next = IP_PROTO_ICMP6, .frag_bytes = (uint16_t)at, .mf = mf, .id = id};
    size_t n;

    if (!six) {
        h4.src = other;
        rig_input(r, frame, rig_ip4(r, frame, h4, message + at, len));
        return;
    }
    memcpy(h6.src, peer_six.b, 16);
    memcpy(h6.dst, our_six.b, 16);
    if (other != 0)
        store_be32(h6.src + 8, other);
    n = rig_eth(frame, r->mac, ETH_IP6);
    n += ip6_build(frame + n, &h6);
    ip6_fragment_build(frame + n, &f);
    memcpy(frame + n + IP6_FRAGMENT_BYTES, message + at, len);
    rig_input(r, frame, n + h6.payload_bytes);
}

static void piece(struct rig *r, uint16_t id, size_t at, size_t len, bool mf)
{
    piece_from(r, 0, id, at, len, mf);
}

/* What a fragment that the stack has sent holds of the reply. */
struct got {
    size_t at, n;
    const uint8_t *bytes;
    bool mf;
};

static struct got parse4(size_t n)
{
    struct ip4_hdr h;

    CHECK_EQ(ip4_parse(&h, frame + 14, n - 14, n - 14), WIRE_OK);
    CHECK(!h.df);
    return (struct got){h.frag_bytes, h.total_bytes - (size_t)h.header_bytes,
                        frame + 14 + h.header_bytes, h.mf};
}

static struct got parse6(size_t n)
{
    const uint8_t *at = frame + 14 + IP6_HEADER_BYTES;
    struct ip6_fragment f;
    struct ip6_hdr h;

    CHECK_EQ(ip6_parse(&h, frame + 14, n - 14, n - 14), WIRE_OK);
    if (h.next != IP6_FRAGMENT)
        return (struct got){0, h.payload_bytes, at, false};
    ip6_fragment_parse(&f, at);
    return (struct got){f.frag_bytes, h.payload_bytes - (size_t)IP6_FRAGMENT_BYTES,
                        at + IP6_FRAGMENT_BYTES, f.mf};
}

/* The echo reply that comes in fragments, put together by their offsets; its ICMP bytes. */
static size_t collect(struct rig *r)
{
    size_t n, total = 0, sum = 0;

    while ((n = rig_output(r, frame)) > 0) {
        struct got got;

        if (load_be16(frame + 12) != (six ? ETH_IP6 : ETH_IP4))
            continue;
        CHECK(n <= 1514);
        got = six ? parse6(n) : parse4(n);
        memcpy(whole + got.at, got.bytes, got.n);
        sum += got.n;
        if (!got.mf)
            total = got.at + got.n;
    }
    CHECK_EQ(sum, total);
    return total;
}

static void expect_reply(struct rig *r, size_t n)
{
    CHECK_EQ(collect(r), n);
    CHECK_EQ(whole[0], six ? ICMP6_ECHO_REPLY : ICMP_ECHO_REPLY);
    CHECK(sum_is_good(sum_partial(whole, n, pseudo_sum(n))));
    CHECK_MEM(whole + 8, message + 8, n - 8);
}

/* Both ends know each other in both families, and the groups have been reported. */
static void open_with(struct rig *r, const struct tarn_config *cfg)
{
    struct tarn_address a = {
        .port = RIG_PORT, .prefix = {our_six, 64}, .flags = TARN_ADDRESS_NODAD};
    struct tarn_neigh n = {.ip = peer_six, .port = RIG_PORT};

    rig_open_with(r, 1, 0, cfg);
    CHECK_EQ(tarn_address_add(r->st, &a, r->now, NULL), 0);
    memcpy(n.mac, rig_peer_mac, 6);
    CHECK_EQ(tarn_neigh_set(r->st, &n, r->now, NULL), 0);
    rig_introduce(r);
    rig_wait(r, 30 * RIG_S);
    rig_drain(r);
}

static void open_known(struct rig *r)
{
    open_with(r, NULL);
}

static enum tarn_drop bad_fragment(void)
{
    return six ? DROP_IP6_FRAGMENT : DROP_IP4_FRAGMENT;
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

static void pings_of_60000_bytes_are_answered(void)
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

static void any_order_any_size_with_duplicates(void)
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
    CHECK_EQ(tarn_drop_count(r.st, bad_fragment()), 0);
    rig_close(&r);
}

static void overlapping_pieces_end_the_datagram(void)
{
    size_t n = make_echo(192);
    struct rig r;

    open_known(&r);
    piece(&r, 1, 0, 48, true);
    piece(&r, 1, 24, 48, true);
    CHECK_EQ(tarn_drop_count(r.st, bad_fragment()), 2);
    piece(&r, 1, 48, n - 48, false);
    CHECK_EQ(collect(&r), 0);
    rig_close(&r);
}

static void contradicting_ends_end_the_datagram(void)
{
    struct rig r;

    make_echo(192);
    open_known(&r);
    piece(&r, 1, 48, 48, false);
    piece(&r, 1, 96, 48, true);
    CHECK_EQ(tarn_drop_count(r.st, bad_fragment()), 2);
    piece(&r, 2, 96, 48, true);
    piece(&r, 2, 48, 40, false);
    CHECK_EQ(tarn_drop_count(r.st, bad_fragment()), 4);
    check_clean(&r);
    rig_close(&r);
}

/* A ping in two pieces of these traffic classes. */
static void ping_with(struct rig *r, uint8_t first, uint8_t second)
{
    size_t n = make_echo(192);

    tos = first;
    piece(r, 1, 0, 48, true);
    tos = second;
    piece(r, 1, 48, n - 48, false);
    tos = 0;
}

static void mixed_is_dropped(struct rig *r, uint8_t first, uint8_t second)
{
    ping_with(r, first, second);
    CHECK_EQ(rig_output(r, frame), 0);
}

/* The traffic class of the reply to it. */
static uint8_t answered_with(struct rig *r, uint8_t first, uint8_t second)
{
    ping_with(r, first, second);
    CHECK(rig_output(r, frame) > 0);
    return six ? (uint8_t)(load_be16(frame + 14) >> 4) : frame[15];
}

/* RFC 3168 5.3. */
static void congestion_of_a_piece_is_that_of_the_datagram(void)
{
    struct rig r;

    open_known(&r);
    CHECK_EQ(answered_with(&r, 0x20 | IP_ECN_ECT0, 0x20 | IP_ECN_CE), 0x20 | IP_ECN_CE);
    CHECK_EQ(answered_with(&r, IP_ECN_CE, IP_ECN_ECT1), IP_ECN_CE);
    CHECK_EQ(answered_with(&r, 0x20 | IP_ECN_ECT0, IP_ECN_ECT0), 0x20 | IP_ECN_ECT0);
    CHECK_EQ(answered_with(&r, IP_ECN_ECT1, IP_ECN_NOT), IP_ECN_ECT1);
    mixed_is_dropped(&r, IP_ECN_NOT, IP_ECN_CE);
    mixed_is_dropped(&r, IP_ECN_CE, IP_ECN_NOT);
    CHECK_EQ(tarn_drop_count(r.st, DROP_REASM_ECN), 2);
    check_clean(&r);
    rig_close(&r);
}

static void unfinished_datagrams_do_not_keep_out_a_whole_one(void)
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

static void all_sources_together_stay_within_the_limit(void)
{
    struct tarn_config cfg = {.max_reasm_bytes = 200000};
    struct tarn_usage u;
    struct rig r;

    make_echo(3000);
    open_with(&r, &cfg);
    for (uint32_t i = 0; i < 500; i++) {
        piece_from(&r, 0x0b000001 + i, 1, 0, 1480, true);
        tarn_usage(r.st, &u);
        CHECK(u.chunk_bytes <= 210000);
    }
    CHECK(u.reassemblies > 10);
    CHECK_EQ(tarn_drop_count(r.st, DROP_REASM_LIMIT), 500 - u.reassemblies);
    rig_close(&r);
}

static void timeout_tells_the_source_if_the_first_piece_is_there(void)
{
    struct rig r;
    size_t n, icmp = six ? 14 + IP6_HEADER_BYTES : 34;

    make_echo(3000);
    open_known(&r);
    piece(&r, 1, 0, 1480, true);
    piece(&r, 2, 1480, 1480, true);
    rig_wait(&r, six ? 61 * RIG_S : 31 * RIG_S);
    CHECK_EQ(tarn_drop_count(r.st, DROP_REASM_TIMEOUT), 2);
    n = rig_output(&r, frame);
    CHECK(n > icmp + 8 && n <= (six ? 14 + 1280 : 14 + 576));
    CHECK_EQ(frame[icmp], six ? ICMP6_TIME_EXCEEDED : ICMP_TIME_EXCEEDED);
    CHECK_EQ(frame[icmp + 1], 1);
    if (six)
        CHECK_EQ(load_be32(frame + icmp + 8 + IP6_HEADER_BYTES + 4), 1);
    else
        CHECK_EQ(load_be16(frame + icmp + 8 + 4), 1);
    CHECK_EQ(rig_output(&r, frame), 0);
    check_clean(&r);
    rig_close(&r);
}

TEST(reasm, pings_of_60000_bytes_are_answered)
{
    each_family(pings_of_60000_bytes_are_answered);
}

TEST(reasm, any_order_any_size_with_duplicates)
{
    each_family(any_order_any_size_with_duplicates);
}

TEST(reasm, overlapping_pieces_end_the_datagram)
{
    each_family(overlapping_pieces_end_the_datagram);
}

TEST(reasm, contradicting_ends_end_the_datagram)
{
    each_family(contradicting_ends_end_the_datagram);
}

TEST(reasm, unfinished_datagrams_do_not_keep_out_a_whole_one)
{
    each_family(unfinished_datagrams_do_not_keep_out_a_whole_one);
}

TEST(reasm, all_sources_together_stay_within_the_limit)
{
    each_family(all_sources_together_stay_within_the_limit);
}

TEST(reasm, timeout_tells_the_source_if_the_first_piece_is_there)
{
    each_family(timeout_tells_the_source_if_the_first_piece_is_there);
}

TEST(reasm, congestion_of_a_piece_is_that_of_the_datagram)
{
    each_family(congestion_of_a_piece_is_that_of_the_datagram);
}
