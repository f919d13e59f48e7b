/* tests/unit/drivers/impair_test.c - the law of an impairment, seen through a link. The law itself
 * is held to its figures by impair_law_test.c. */
#include "tests/unit/drivers/bench.h"
#include "tests/unit/folder.h"

#include "tarn/trace.h"

static const tarn_ns MS = 1000000;

struct line {
    struct tarn *a_st, *b_st;
    struct link *a, *b; /* a is impaired */
};

/* A pair would do, but only a URI can be wrapped. */
static void line_open(struct line *l, const char *impair)
{
    char error[ERROR_BYTES];
    struct link_request r = {.uri = "unix:test.sock",
                             .impair = impair,
                             .seed = 5,
                             .error = error,
                             .error_bytes = sizeof error};

    l->a_st = pool_new();
    l->b_st = pool_new();
    l->b = must_open(l->b_st, r.uri);
    CHECK_EQ(link_open_uri(&l->a, l->a_st, &r), 0);
    CHECK(receive(l->b, 1) == NULL);
}

static void line_close(struct line *l)
{
    link_close(l->a);
    link_close(l->b);
    pool_end(l->a_st);
    pool_end(l->b_st);
}

TEST(impair, loss_is_counted_in_each_direction)
{
    struct line l;
    unsigned through = 0, back = 0;
    struct pkt *p;

    line_open(&l, "tx:loss=10%,rx:loss=50%");
    for (unsigned i = 1; i <= 20000; i++) {
        send_one(l.a, frame_new(l.a_st, i, 10, 0), i);
        send_one(l.b, frame_new(l.b_st, i, 10, 0), i);
        if ((p = receive(l.b, i)) != NULL) {
            check_frame(l.b_st, p, i, 10);
            through++;
        }
        if ((p = receive(l.a, i)) != NULL) {
            check_frame(l.a_st, p, i, 10);
            back++;
        }
    }
    CHECK(through > 17800 && through < 18200);
    CHECK(back > 9600 && back < 10400);
    CHECK_EQ(tarn_drop_count(l.a_st, DROP_IMPAIR_LOSS), 40000 - through - back);
    line_close(&l);
}

TEST(impair, delay_is_exact_and_its_deadline_never_late)
{
    struct line l;

    line_open(&l, "delay=20ms");
    CHECK_EQ(l.a->ops->deadline(l.a), TARN_NEVER);
    send_one(l.a, frame_new(l.a_st, 1, 100, 0), 5 * MS);
    send_one(l.b, frame_new(l.b_st, 2, 100, 0), 5 * MS);
    CHECK(receive(l.a, 5 * MS) == NULL);
    CHECK_EQ(l.a->ops->deadline(l.a), 25 * MS);
    CHECK(receive(l.a, 25 * MS - 1) == NULL);
    CHECK(receive(l.b, 25 * MS - 1) == NULL);
    check_frame(l.a_st, receive(l.a, 25 * MS), 2, 100);
    check_frame(l.b_st, receive(l.b, 25 * MS), 1, 100);
    CHECK_EQ(l.a->ops->deadline(l.a), TARN_NEVER);
    line_close(&l);
}

/* 1,054 bytes at 1 Mbit/s are 8.432 ms; the queue takes two behind the one being sent. */
TEST(impair, rate_and_queue)
{
    struct line l;
    tarn_ns first = 8432000;

    line_open(&l, "tx:rate=1Mbit,queue=2");
    for (unsigned i = 0; i < 5; i++)
        send_one(l.a, frame_new(l.a_st, i, 1000, 0), 1 * MS);
    CHECK_EQ(tarn_drop_count(l.a_st, DROP_IMPAIR_QUEUE), 2);
    for (unsigned i = 0; i < 3; i++) {
        tarn_ns due = MS + (i + 1) * first;

        CHECK_EQ(l.a->ops->deadline(l.a), due);
        CHECK(receive(l.a, due - 1) == NULL);
        CHECK(receive(l.b, due - 1) == NULL);
        CHECK(receive(l.a, due) == NULL);
        check_frame(l.b_st, receive(l.b, due), i, 1000);
    }
    line_close(&l);
}

/* A partial checksum must not hide the fault: it is completed before the bit is turned. */
TEST(impair, corruption_is_one_bit_and_the_checksum_shows_it)
{
    static uint8_t got[2048], want[2048];
    struct line l;
    unsigned seen = 0;

    line_open(&l, "tx:corrupt=100%");
    for (unsigned n = 0; n < 200; n++) {
        struct pkt *sent = frame_new(l.a_st, n, 1000, 0), *p;
        unsigned bits = 0;

        pkt_csum_finish(l.a_st, sent);
        pkt_copy_out(l.a_st, sent, 0, want, sizeof want);
        send_one(l.a, sent, n + 1);
        p = receive(l.b, n + 1);
        CHECK(p != NULL);
        CHECK_EQ(p->csum, PKT_CSUM_NONE);
        CHECK_EQ(pkt_copy_out(l.b_st, p, 0, got, sizeof got), HEADERS_BYTES + 1000);
        for (unsigned i = 0; i < HEADERS_BYTES + 1000; i++)
            bits += (unsigned)__builtin_popcount(got[i] ^ want[i]);
        CHECK_EQ(bits, 1);
        seen += memcmp(got + ETH_BYTES + IP_BYTES, want + ETH_BYTES + IP_BYTES, 1020) == 0 ||
                tcp_sum(got, HEADERS_BYTES + 1000) != 0xffff;
        pkt_put(l.b_st, p);
    }
    CHECK_EQ(seen, 200);
    line_close(&l);
}

TEST(impair, corruption_of_a_partial_packet_completes_it_first)
{
    struct line l;
    struct pkt *p;

    line_open(&l, "tx:corrupt=100%");
    send_one(l.a, frame_new(l.a_st, 1, 1000, 0), 1);
    p = receive(l.b, 1);
    CHECK(p != NULL);
    CHECK_EQ(p->csum, PKT_CSUM_NONE);
    pkt_put(l.b_st, p);
    line_close(&l);
}

TEST(impair, super_packets_are_cut_before_the_law_is_asked)
{
    struct line l;
    unsigned n = 0;
    struct pkt *p;

    line_open(&l, "tx:loss=50%");
    send_one(l.a, frame_new(l.a_st, 1, 60000, 1000), 1);
    for (; (p = receive(l.b, 1)) != NULL; n++) {
        CHECK_EQ(p->gso_size, 0);
        CHECK_EQ(pkt_len(p), HEADERS_BYTES + 1000);
        pkt_put(l.b_st, p);
    }
    CHECK(n > 15 && n < 45);
    CHECK_EQ(tarn_drop_count(l.a_st, DROP_IMPAIR_LOSS), 60 - n);
    line_close(&l);
}

TEST(impair, duplicates_follow_their_original)
{
    struct line l;

    line_open(&l, "rx:duplicate=100%");
    send_one(l.b, frame_new(l.b_st, 9, 700, 0), 1);
    check_frame(l.a_st, receive(l.a, 1), 9, 700);
    check_frame(l.a_st, receive(l.a, 1), 9, 700);
    CHECK(receive(l.a, 1) == NULL);
    line_close(&l);
}
