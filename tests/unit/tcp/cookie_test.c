/* tests/unit/tcp/cookie_test.c - SYN cookies (RFC 4987 3.6): what they carry, and to whom. */
#include "tcp/open/tcp_open.h"
#include "tcp/tcp_machine.h"
#include "tests/unit/rig.h"

static const struct tarn_addr local = {
    .ip = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1}}, .port = 80};

/* The ACK of a SYN,ACK, for the checks of tcp_cookie.c. */
struct ack {
    struct ip_info ip;
    struct tcp_seg seg;
};

static struct tcp_request request(uint16_t port, uint16_t mss)
{
    struct tcp_request r = {.mini = {.local = local,
                                     .remote = {.ip = tarn_ip4(RIG_PEER_IP), .port = port},
                                     .peer_mss = mss,
                                     .rcv_nxt = seq(5001)}};

    return r;
}

static void acknowledge(struct ack *a, const struct tcp_request *r, tarn_ns now)
{
    *a = (struct ack){.ip = {.src = r->mini.remote.ip, .dst = r->mini.local.ip}};
    a->seg.ip = &a->ip;
    a->seg.now = now;
    a->seg.seq = r->mini.rcv_nxt;
    a->seg.h.src_port = r->mini.remote.port;
    a->seg.h.dst_port = r->mini.local.port;
    a->seg.h.ack = r->mini.snd_nxt;
    a->seg.h.flags = TCP_ACK;
    a->seg.h.opts.has_timestamps = r->mini.ts_ok;
    a->seg.h.opts.ts_echo = tcp_ts_now(r->mini.ts_offset, now);
}

TEST(cookie, the_mss_comes_back_rounded_down)
{
    static const struct {
        uint16_t asked, got;
    } row[] = {{88, 88},     {535, 88},    {536, 536},   {1219, 536},
               {1220, 1220}, {1400, 1400}, {1460, 1460}, {9000, 8960}};
    struct rig r;

    rig_open(&r, 1);
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct tcp_request asked = request(4000, row[i].asked);
        struct tcp_seg syn;
        struct ack a;

        tcp_cookie_init(r.st, &asked, RIG_S);
        acknowledge(&a, &asked, RIG_S);
        CHECK(tcp_cookie_check(r.st, &a.seg, &syn));
        CHECK_EQ(syn.h.opts.mss, row[i].got);
        CHECK_EQ(syn.seq.v, 5000);
    }
    rig_close(&r);
}

TEST(cookie, the_timestamp_carries_the_rest_and_is_never_ahead)
{
    struct rig r;

    rig_open(&r, 1);
    for (unsigned i = 0; i < 64; i++) {
        struct tcp_request asked = request((uint16_t)(4000 + i), 1460);
        struct tcp_mini *m = &asked.mini;
        tarn_ns now = RIG_S + i * 7 * RIG_MS;
        uint32_t clock;
        struct tcp_seg syn;
        struct ack a;

        m->ts_ok = true;
        m->wscale_ok = (i & 15) != 15;
        m->snd_wscale = i & 15;
        m->sack_ok = (i & 16) != 0;
        m->ecn = (i & 32) != 0 ? TCP_ECN_CLASSIC : TCP_ECN_OFF;
        m->ts_offset = 12345;
        clock = tcp_ts_now(m->ts_offset, now);
        tcp_cookie_init(r.st, &asked, now);
        CHECK(clock - tcp_ts_now(m->ts_offset, now) < 64);
        acknowledge(&a, &asked, now);
        CHECK(tcp_cookie_check(r.st, &a.seg, &syn));
        CHECK_EQ(syn.h.opts.has_wscale, m->wscale_ok);
        CHECK(!m->wscale_ok || syn.h.opts.wscale == m->snd_wscale);
        CHECK_EQ(syn.h.opts.sack_permitted, m->sack_ok);
        CHECK_EQ((syn.h.flags & TCP_ECE) != 0, m->ecn != TCP_ECN_OFF);
    }
    rig_close(&r);
}

/* A stack that has sent none takes none, from its first moment on. */
TEST(cookie, none_is_taken_before_one_was_sent)
{
    struct tcp_request asked = request(4000, 1460);
    struct rig r;

    rig_open(&r, 1);
    CHECK(!tcp_cookie_is_on(r.st, 0));
    CHECK(!tcp_cookie_is_on(r.st, RIG_S));
    CHECK(!tcp_cookie_is_on(r.st, 65 * RIG_S));
    tcp_cookie_init(r.st, &asked, RIG_S);
    CHECK(tcp_cookie_is_on(r.st, RIG_S));
    CHECK(tcp_cookie_is_on(r.st, 65 * RIG_S));
    CHECK(!tcp_cookie_is_on(r.st, 129 * RIG_S));
    rig_close(&r);
}

/* Keys are drawn anew every 64 s, and the one before is still good. */
TEST(cookie, one_is_good_for_a_minute_or_two)
{
    struct tcp_request asked = request(4000, 1460);
    struct tcp_seg syn;
    struct ack a;
    struct rig r;

    rig_open(&r, 1);
    tcp_cookie_init(r.st, &asked, 63 * RIG_S);
    acknowledge(&a, &asked, 127 * RIG_S);
    CHECK(tcp_cookie_check(r.st, &a.seg, &syn));
    a.seg.now = 129 * RIG_S;
    CHECK(!tcp_cookie_check(r.st, &a.seg, &syn));
    a.seg.now = (63 + 256 * 64) * RIG_S;
    CHECK(!tcp_cookie_check(r.st, &a.seg, &syn));
    rig_close(&r);
}

TEST(cookie, a_guess_is_never_right)
{
    static const uint8_t seed[32];
    struct tcp_request asked = request(4000, 1460);
    struct tcp_seg syn;
    struct rng rng;
    struct ack a;
    struct rig r;

    rng_init(&rng, seed, 1);
    rig_open(&r, 1);
    tcp_cookie_init(r.st, &asked, RIG_S);
    acknowledge(&a, &asked, RIG_S);
    a.seg.h.src_port++;
    CHECK(!tcp_cookie_check(r.st, &a.seg, &syn));
    a.seg.h.src_port--;
    a.seg.seq = seq_add(a.seg.seq, 1);
    CHECK(!tcp_cookie_check(r.st, &a.seg, &syn));
    for (unsigned i = 0; i < 200000; i++) { /* one in 2^29 would be */
        a.seg.h.ack = seq(rng_u32(&rng));
        CHECK(!tcp_cookie_check(r.st, &a.seg, &syn));
    }
    CHECK_EQ(tarn_stat(r.st, TARN_STAT_TCP_SYNCOOKIES_FAILED), 200002);
    rig_close(&r);
}
