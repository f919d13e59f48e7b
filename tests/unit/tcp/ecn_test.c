/* tests/unit/tcp/ecn_test.c - marks of congestion between two stacks: what arrived marked is what
 * the other end counts (RFC 9768), and nothing has to be lost for a sender to slow down (RFC 3168).
 */
#include "tests/unit/tcp/bulk.h"

static struct wire w;

EACH_FAMILY();

enum { TOTAL = 3000000 };

static struct tarn_tcp_info info_of(const struct wire_pair *p, int end)
{
    struct tarn_tcp_info info;

    CHECK_EQ(tarn_tcp_info(w.end[end].st, p->s[end], &info, wire_now(&w)), 0);
    return info;
}

/* Both ways at once over `law`, with tcp.ecn = mode at both ends; the connection stays. */
static struct wire_pair transfer(const struct wire_law *law, int64_t mode)
{
    struct wire_pair p;
    struct bulk b[2];

    bulk_init();
    wire_open(&w, law, 0, 3);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(tarn_param_set(w.end[i].st, "tcp.ecn", mode), 0);
    p = wire_pair_open(&w);
    for (int i = 0; i < 2; i++)
        b[i] = (struct bulk){.w = &w,
                             .s = {p.s[0], p.s[1]},
                             .from = i,
                             .total = TOTAL,
                             .write_max = 65536,
                             .read_max = 65536,
                             .shut = true};
    CHECK(bulk_run(b, 2, 120 * RIG_S) || (b[0].read == TOTAL && b[1].read == TOTAL));
    CHECK_EQ(b[0].read, TOTAL);
    CHECK_EQ(b[1].read, TOTAL);
    return p;
}

static void close_all(const struct wire_pair *p)
{
    for (int i = 0; i < 2; i++)
        tarn_close(w.end[i].st, p->s[i], wire_now(&w));
    tarn_close(w.end[1].st, p->listener, wire_now(&w));
    wire_wait(&w, 120 * RIG_S);
    wire_check_empty(&w);
    wire_close(&w);
}

/* Without loss the counters of both ends agree to the packet and to the byte. */
TEST(ecn, accurate_feedback_is_exact)
{
    struct wire_law law = {.delay_ns = 5 * RIG_MS, .byte_ns = 400, .mark = 100};
    struct wire_pair p = transfer(&law, 3);

    for (int i = 0; i < 2; i++) {
        struct tarn_tcp_info from = info_of(&p, i), to = info_of(&p, !i);

        CHECK(w.marked[!i] > 50);
        CHECK_EQ(to.received_ce_segs, w.marked[!i]);
        CHECK_EQ(to.received_e0_bytes + to.received_ce_bytes, TOTAL);
        CHECK(to.received_ce_segs - from.delivered_ce_segs <= 2); /* marks of the last ACKs */
        CHECK_EQ(from.delivered_ce_bytes, to.received_ce_bytes);
        CHECK_EQ(from.delivered_e0_bytes, to.received_e0_bytes);
        CHECK_EQ(from.accecn_fail_mode, 0);
        CHECK_EQ(from.bytes_retrans, 0);
    }
    close_all(&p);
}

/* Marks, loss and reordering together: counters may miss what never arrived, but never run ahead.
 */
TEST(ecn, accurate_feedback_on_a_bad_path)
{
    struct wire_law law = {.delay_ns = 5 * RIG_MS,
                           .byte_ns = 400,
                           .mark = 50,
                           .loss = 10,
                           .reorder = 20,
                           .reorder_ns = 3 * RIG_MS};
    struct wire_pair p = transfer(&law, 3);

    for (int i = 0; i < 2; i++) {
        struct tarn_tcp_info from = info_of(&p, i), to = info_of(&p, !i);

        CHECK(from.delivered_ce_segs > 0);
        CHECK(to.received_ce_segs <= w.marked[!i]);
        CHECK(from.delivered_ce_bytes <= to.received_ce_bytes);
        CHECK_EQ(from.accecn_fail_mode, 0);
    }
    close_all(&p);
}

/* RFC 3168: a mark is answered like a loss, but nothing is sent again. */
TEST(ecn, classic_marks_slow_down_without_loss)
{
    struct wire_law law = {.delay_ns = 5 * RIG_MS, .byte_ns = 400, .mark = 100};
    struct wire_pair p = transfer(&law, 1);

    for (int i = 0; i < 2; i++) {
        struct tarn_tcp_info info = info_of(&p, i);

        CHECK(info.snd_ssthresh_segs < 100);
        CHECK(info.delivered_ce_segs > 0);
        CHECK_EQ(info.bytes_retrans, 0);
        CHECK((info.options & 24) == 24);
    }
    close_all(&p);
}
