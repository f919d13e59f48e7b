/* Tests of tcp/path/tcp_mtu.c: the bit that forbids fragments, which some networks do without (RFC
 * 1191 3, Linux's IP_MTU_DISCOVER). */
#include "base/bytes.h"
#include "tests/unit/tcp/wire.h"

static struct wire w;

/* Of the SYN that a socket sends now. */
static bool has_df(const char *param, int64_t value, int discover)
{
    struct tarn_addr to = wire_addr(1, 80);
    struct pkt *p;
    tarn_sock s;
    bool df;

    wire_open(&w, NULL, 0, 1);
    if (param != NULL)
        CHECK_EQ(tarn_param_set(w.end[0].st, param, value), 0);
    CHECK_EQ(tarn_open(w.end[0].st, TARN_INET, TARN_STREAM, 0, 0, &s), 0);
    if (discover >= 0)
        CHECK_EQ(tarn_setopt(w.end[0].st, s, TARN_SO_IP_MTU_DISCOVER, discover, wire_now(&w)), 0);
    CHECK_EQ(tarn_connect(w.end[0].st, s, &to, wire_now(&w)), -TARN_EINPROGRESS);
    p = tarn_output(w.end[0].st, RIG_PORT, wire_now(&w));
    CHECK(p != NULL);
    df = (load_be16(pkt_head(p) + 14 + 6) & 0x4000) != 0;
    pkt_put(w.end[0].st, p);
    wire_close(&w);
    return df;
}

TEST(tcp_mtu, df_is_set_unless_somebody_says_no)
{
    CHECK(has_df(NULL, 0, -1));
    CHECK(!has_df(NULL, 0, 0));
    CHECK(!has_df("ip.pmtu-discovery", 0, -1));
    CHECK(has_df("ip.pmtu-discovery", 0, 2));
}
