/* tests/unit/raw/raw_test.c - raw sockets: ping of our own, copies, headers by the caller. */
#include "tests/unit/rig.h"

static uint8_t frame[RIG_FRAME], got[70000];

static tarn_sock open_raw(struct rig *r, uint8_t protocol)
{
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, TARN_INET, TARN_RAW, protocol, 0, &s), 0);
    return s;
}

static long send_to(struct rig *r, tarn_sock s, uint32_t ip, const void *data, size_t n)
{
    struct tarn_addr to = {.ip = tarn_ip4(ip)};
    uint8_t copy[2000];
    struct tarn_iov iov = {copy, n};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &to};

    memcpy(copy, data, n);
    return tarn_sendmsg(r->st, s, &m, r->now);
}

TEST(raw, pings_another_stack_and_sees_the_answer_with_its_header)
{
    struct icmp_hdr h = {.type = ICMP_ECHO, .id = 77, .seq = 3};
    uint8_t message[64] = {0};
    struct ip4_hdr ip;
    struct rig a, b;
    tarn_sock s, other;

    rig_open(&a, 1);
    rig_open(&b, 2);
    rig_run(&a, &b);
    s = open_raw(&a, IP_PROTO_ICMP);
    other = open_raw(&a, IP_PROTO_IGMP);
    icmp_build(message, &h, 0);
    CHECK_EQ(send_to(&a, s, b.ip, message, sizeof message), 64);
    rig_run(&a, &b);
    CHECK_EQ(tarn_recv(a.st, s, got, sizeof got, a.now), 84);
    CHECK_EQ(ip4_parse(&ip, got, 84, 84), WIRE_OK);
    CHECK_EQ(ip.src, b.ip);
    CHECK_EQ(icmp_parse(&h, got + 20, 64), WIRE_OK);
    CHECK_EQ(h.type, ICMP_ECHO_REPLY);
    CHECK_EQ(h.seq, 3);
    CHECK_EQ(tarn_recv(a.st, other, got, sizeof got, a.now), -TARN_EAGAIN);
    CHECK_EQ(tarn_drop_count(a.st, DROP_ICMP_TYPE), 0);
    rig_close(&a);
    rig_close(&b);
}

TEST(raw, a_protocol_that_somebody_hears_is_not_refused)
{
    static const uint8_t payload[10] = {1, 2, 3};
    struct ip4_hdr h = {.proto = 253};
    struct rig r;
    tarn_sock s;

    rig_open_quiet(&r, 1);
    rig_introduce(&r);
    rig_input(&r, frame, rig_ip4(&r, frame, h, payload, 10));
    CHECK_EQ(rig_output(&r, frame), 14 + 20 + 8 + 30);
    s = open_raw(&r, 253);
    rig_input(&r, frame, rig_ip4(&r, frame, h, payload, 10));
    CHECK_EQ(rig_output(&r, frame), 0);
    CHECK_EQ(tarn_recv(r.st, s, got, sizeof got, r.now), 30);
    CHECK_MEM(got + 20, payload, 10);
    rig_close(&r);
}

TEST(raw, a_copy_of_fragments_is_one_packet)
{
    static uint8_t payload[2000];
    struct ip4_hdr h = {.proto = 253, .id = 5}, ip;
    struct rig r;
    tarn_sock s;

    rig_open_quiet(&r, 1);
    s = open_raw(&r, 253);
    h.mf = true;
    rig_input(&r, frame, rig_ip4(&r, frame, h, payload, 1200));
    h.mf = false;
    h.frag_bytes = 1200;
    rig_input(&r, frame, rig_ip4(&r, frame, h, payload + 1200, 800));
    CHECK_EQ(tarn_recv(r.st, s, got, sizeof got, r.now), 2020);
    CHECK_EQ(ip4_parse(&ip, got, 2020, 2020), WIRE_OK);
    CHECK(!ip.mf);
    rig_close(&r);
}

TEST(raw, the_caller_may_write_the_header)
{
    struct ip4_hdr h = {
        .ttl = 9, .proto = 253, .header_bytes = 20, .tos = 4, .dst = RIG_PEER_IP, .total_bytes = 1};
    uint8_t packet[1501] = {0};
    struct rig r;
    tarn_sock s;

    rig_open_quiet(&r, 1);
    rig_introduce(&r);
    s = open_raw(&r, 255);
    ip4_build(packet, &h);
    CHECK_EQ(send_to(&r, s, RIG_PEER_IP, packet, 30), 30);
    CHECK_EQ(rig_output(&r, frame), 44);
    CHECK_EQ(ip4_parse(&h, frame + 14, 30, 30), WIRE_OK);
    CHECK_EQ(h.src, r.ip);
    CHECK_EQ(h.total_bytes, 30);
    CHECK_EQ(h.ttl, 9);
    CHECK_EQ(h.tos, 4);
    packet[0] = 0x44;
    CHECK_EQ(send_to(&r, s, RIG_PEER_IP, packet, 30), -TARN_EINVAL);
    CHECK_EQ(send_to(&r, s, RIG_PEER_IP, packet, 1501), -TARN_EMSGSIZE);
    rig_close(&r);
}

TEST(raw, needs_a_protocol)
{
    struct rig r;
    tarn_sock s;

    rig_open(&r, 1);
    CHECK_EQ(tarn_open(r.st, TARN_INET, TARN_RAW, 0, 0, &s), -TARN_EPROTONOSUPPORT);
    CHECK_EQ(tarn_open(r.st, TARN_INET6, TARN_RAW, 0, 0, &s), -TARN_EPROTONOSUPPORT);
    rig_close(&r);
}
