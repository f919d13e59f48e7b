/* tests/unit/tcp/isn_test.c - RFC 9293 3.4.1: initial sequence numbers. */
#include "tcp/open/tcp_open.h"
#include "tests/unit/rig.h"

static const struct tarn_addr local = {
    .ip = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1}}, .port = 80};

static struct tarn_addr peer(uint16_t port)
{
    return (struct tarn_addr){.ip = tarn_ip4(RIG_PEER_IP), .port = port};
}

TEST(isn, the_same_four_count_up_with_the_clock)
{
    struct tarn_addr to = peer(1000);
    struct rig r;
    tcp_seq first;

    rig_open(&r, 1);
    first = tcp_isn(r.st, &local, &to, RIG_S);
    CHECK_EQ(tcp_isn(r.st, &local, &to, RIG_S).v, first.v);
    CHECK_EQ(tcp_isn(r.st, &local, &to, 2 * RIG_S).v, first.v + 250000); /* 4 microseconds each */
    rig_close(&r);
}

TEST(isn, other_ports_and_keys_tell_nothing)
{
    struct rig a, b;
    unsigned near = 0;

    rig_open(&a, 1);
    rig_open(&b, 2);
    for (uint16_t port = 1; port < 1000; port++) {
        struct tarn_addr one = peer(port), next = peer(port + 1);
        tcp_seq here = tcp_isn(a.st, &local, &one, RIG_S);

        near += tcp_isn(a.st, &local, &next, RIG_S).v - here.v < 1 << 20;
        near += tcp_isn(b.st, &local, &one, RIG_S).v - here.v < 1 << 20;
    }
    CHECK(near < 10); /* 1,998 chances of 1 in 4,096 */
    rig_close(&a);
    rig_close(&b);
}

TEST(isn, timestamps_of_two_addresses_share_a_clock)
{
    struct tarn_ip to = tarn_ip4(RIG_PEER_IP), other = tarn_ip4(RIG_PEER_IP + 1);
    struct rig r;

    rig_open(&r, 1);
    CHECK_EQ(tcp_ts_offset(r.st, &local.ip, &to), tcp_ts_offset(r.st, &local.ip, &to));
    CHECK(tcp_ts_offset(r.st, &local.ip, &to) != tcp_ts_offset(r.st, &local.ip, &other));
    rig_close(&r);
}
