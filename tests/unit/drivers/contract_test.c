/* tests/unit/drivers/contract_test.c - what every link owes its user: order, bytes and offload
 * state kept, packets owned by one side, a refused one still the caller's. */
#include "tests/unit/drivers/bench.h"
#include "tests/unit/folder.h"

/* A link whose sends come out of another one. */
struct joined {
    struct tarn *a_st, *b_st;
    struct link *a, *b;
};

typedef void join_fn(struct joined *j);

static void join_pair(struct joined *j)
{
    CHECK_EQ(link_open_pair(&j->a, j->a_st, &j->b, j->b_st, 1500), 0);
}

static void join_unix_wrapped(struct joined *j, const char *impair, const char *capture)
{
    char error[ERROR_BYTES];
    struct link_request r = {.uri = "unix:test.sock",
                             .impair = impair,
                             .capture = capture,
                             .error = error,
                             .error_bytes = sizeof error};

    j->b = must_open(j->b_st, r.uri);
    CHECK_EQ(link_open_uri(&j->a, j->a_st, &r), 0);
    CHECK(receive(j->b, 1) == NULL); /* accepts */
    CHECK(j->b->caps.carrier);
}

static void join_unix(struct joined *j)
{
    join_unix_wrapped(j, NULL, NULL);
}

static void join_impair(struct joined *j)
{
    join_unix_wrapped(j, "delay=0ms", NULL);
}

static void join_capture(struct joined *j)
{
    join_unix_wrapped(j, NULL, "/dev/null");
}

static const struct {
    const char *name;
    join_fn *join;
} links[] = {
    {"pair", join_pair}, {"unix", join_unix}, {"impair", join_impair}, {"capture", join_capture}};
enum { N_LINKS = sizeof links / sizeof links[0] };

static void each(void (*check)(struct joined *j))
{
    for (unsigned i = 0; i < N_LINKS; i++) {
        struct joined j = {.a_st = pool_new(), .b_st = pool_new()};

        links[i].join(&j);
        check(&j);
        link_close(j.a);
        link_close(j.b);
        pool_end(j.a_st);
        pool_end(j.b_st);
    }
}

static void order_and_bytes(struct joined *j)
{
    static const unsigned sizes[] = {0, 1, 100, 138, 139, 1000, 1446};
    enum { N = sizeof sizes / sizeof sizes[0] };

    for (unsigned i = 0; i < N; i++)
        send_one(j->a, frame_new(j->a_st, i, sizes[i], 0), 1);
    for (unsigned i = 0; i < N; i++)
        check_frame(j->b_st, receive(j->b, 1), i, sizes[i]);
    CHECK(receive(j->b, 1) == NULL);
    CHECK_EQ(j->a->tx_packets, N);
    CHECK_EQ(j->b->rx_packets, N);
    CHECK_EQ(j->a->tx_bytes, j->b->rx_bytes);
}

TEST(contract, frames_keep_their_order_and_bytes)
{
    each(order_and_bytes);
}

static void both_ways(struct joined *j)
{
    for (unsigned i = 0; i < 10; i++) {
        send_one(j->a, frame_new(j->a_st, i, 300, 0), i + 1);
        send_one(j->b, frame_new(j->b_st, 100 + i, 200, 0), i + 1);
        check_frame(j->a_st, receive(j->a, i + 1), 100 + i, 200);
        check_frame(j->b_st, receive(j->b, i + 1), i, 300);
    }
}

TEST(contract, both_directions_are_independent)
{
    each(both_ways);
}

/* Across a link that segments, the super-packet arrives whole; else as its segments. */
static void super_packet(struct joined *j)
{
    enum { BYTES = 64000, GSO = 1400 };
    unsigned bytes = 0;
    struct pkt *p;

    send_one(j->a, frame_new(j->a_st, 3, BYTES, GSO), 1);
    while ((p = receive(j->b, 1)) != NULL) {
        if (p->gso_size != 0) {
            CHECK_EQ(p->gso_size, GSO);
            CHECK_EQ(p->gso, PKT_GSO_TCP4);
            CHECK_EQ(p->csum, PKT_CSUM_PARTIAL);
            CHECK_EQ(p->segs, (BYTES + GSO - 1) / GSO);
            bytes += BYTES;
            check_frame(j->b_st, p, 3, BYTES);
        } else {
            CHECK(pkt_len(p) <= HEADERS_BYTES + GSO);
            bytes += pkt_len(p) - HEADERS_BYTES;
            pkt_put(j->b_st, p);
        }
    }
    CHECK_EQ(bytes, BYTES);
}

TEST(contract, super_packets_arrive_whole_or_as_their_segments)
{
    each(super_packet);
}

/* Fill the link until it refuses (some never do), then find every frame it took, and only those. */
static void refusal(struct joined *j)
{
    unsigned sent = 0;
    struct pkt *p = NULL;

    for (; sent < 5000; sent++) {
        p = frame_new(j->a_st, sent, 1000, 0);
        if (j->a->ops->tx(j->a, &p, 1, 1) == 0)
            break;
        p = NULL;
    }
    CHECK(sent >= 16);
    for (unsigned i = 0; i < sent; i++) {
        if (i % 16 == 0)
            CHECK(receive(j->a, 1) == NULL); /* lets a wrapper pass on what it holds */
        check_frame(j->b_st, receive(j->b, 1), i, 1000);
    }
    CHECK(receive(j->b, 1) == NULL);
    if (p != NULL) {
        send_one(j->a, p, 200001);
        check_frame(j->b_st, receive(j->b, 200001), sent, 1000);
    }
}

TEST(contract, a_refused_packet_is_still_the_callers)
{
    each(refusal);
}

/* A peer that has gone is no reason to leak or to crash. */
static void peer_gone(struct joined *j)
{
    struct pkt *v[1];

    send_one(j->a, frame_new(j->a_st, 0, 100, 0), 1);
    link_close(j->b);
    for (int i = 0; i < 3; i++)
        send_one(j->a, frame_new(j->a_st, 1, 100, 0), 1);
    CHECK_EQ(j->a->ops->rx(j->a, v, 1, 1), -TARN_ENETDOWN);
    j->b = must_open(j->b_st, "unix:spare.sock");
}

TEST(contract, a_peer_that_goes_is_told)
{
    each(peer_gone);
}

TEST(contract, packets_left_in_a_link_are_put_back_at_close)
{
    struct joined j = {.a_st = pool_new(), .b_st = pool_new()};

    join_unix_wrapped(&j, "delay=1s,duplicate=50%", NULL);
    for (unsigned i = 0; i < 100; i++)
        send_one(j.a, frame_new(j.a_st, i, 500, 0), i + 1);
    link_close(j.a);
    link_close(j.b);
    pool_end(j.a_st);
    pool_end(j.b_st);
}
