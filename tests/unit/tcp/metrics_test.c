/* tests/unit/tcp/metrics_test.c - what is remembered of destinations, and the keys of fast open. */
#include "tcp/open/tcp_open.h"
#include "tests/unit/rig.h"

static struct tcp_metrics *towards(struct rig *r, uint32_t ip)
{
    static struct tcp_sock tc;

    tc = (struct tcp_sock){.sk = {.local = {.ip = tarn_ip4(0x0a000001)}}};
    tc.sk.remote.ip = tarn_ip4(ip);
    return tcp_metrics_get(r->st, &tc);
}

TEST(metrics, those_used_longest_ago_give_way)
{
    struct rig r;

    rig_open(&r, 1);
    tarn_param_set(r.st, "tcp.metrics-max", 8);
    for (uint32_t i = 0; i < 8; i++)
        towards(&r, i + 1)->mss = (uint16_t)(i + 1);
    CHECK_EQ(towards(&r, 1)->mss, 1);
    CHECK_EQ(towards(&r, 9)->mss, 0); /* a new one: that of 2 is gone */
    CHECK_EQ(tcp_layer(r.st)->metrics.n, 8);
    CHECK_EQ(towards(&r, 1)->mss, 1);
    CHECK_EQ(towards(&r, 3)->mss, 3);
    CHECK_EQ(towards(&r, 2)->mss, 0);
    tarn_tcp_metrics_flush(r.st);
    CHECK_EQ(tcp_layer(r.st)->metrics.n, 0);
    CHECK_EQ(towards(&r, 1)->mss, 0);
    tarn_param_set(r.st, "tcp.metrics-max", 0);
    tarn_tcp_metrics_flush(r.st);
    CHECK(towards(&r, 1) == NULL);
    rig_close(&r);
}

TEST(metrics, keys_of_cookies)
{
    uint8_t key[32] = {1, 2, 3}, got[32];
    tarn_sock s, none = {0, 0}, udp;
    struct rig r;

    rig_open(&r, 1);
    CHECK_EQ(tarn_open(r.st, TARN_INET, TARN_STREAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_open(r.st, TARN_INET, TARN_DGRAM, 0, 0, &udp), 0);
    CHECK_EQ(tarn_get_fastopen_key(r.st, none, got), 16); /* drawn at the start */
    CHECK_EQ(tarn_get_fastopen_key(r.st, s, got), 0);
    CHECK_EQ(tarn_set_fastopen_key(r.st, s, key, 0), -TARN_EINVAL);
    CHECK_EQ(tarn_set_fastopen_key(r.st, s, key, 17), -TARN_EINVAL);
    CHECK_EQ(tarn_set_fastopen_key(r.st, udp, key, 16), -TARN_EOPNOTSUPP);
    CHECK_EQ(tarn_set_fastopen_key(r.st, s, key, 32), 0);
    CHECK_EQ(tarn_get_fastopen_key(r.st, s, got), 32);
    CHECK_MEM(got, key, 32);
    tarn_close(r.st, s, r.now);
    CHECK_EQ(tarn_set_fastopen_key(r.st, s, key, 16), -TARN_EBADF);
    tarn_close(r.st, udp, r.now);
    rig_close(&r);
}
