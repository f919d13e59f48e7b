/* tests/unit/sock/ping_test.c - the whole path once: ARP and echo by frames, UDP between two. */
#include "tests/unit/rig.h"

static uint8_t frame[RIG_FRAME];

TEST(path, arp_request_is_answered)
{
    struct arp_hdr ask = {.op = ARP_REQUEST, .sender_ip = RIG_PEER_IP}, answer;
    struct rig r;
    size_t n;

    rig_open(&r, 1);
    rig_drain(&r);
    memcpy(ask.sender_mac, rig_peer_mac, 6);
    ask.target_ip = r.ip;
    n = rig_eth(frame, rig_everybody, ETH_ARP);
    n += arp_build(frame + n, &ask);
    rig_input(&r, frame, n);
    n = rig_output(&r, frame);
    CHECK_EQ(n, ETH_HEADER_BYTES + ARP_BYTES);
    CHECK_MEM(frame, rig_peer_mac, 6);
    CHECK_EQ(arp_parse(&answer, frame + ETH_HEADER_BYTES, n - ETH_HEADER_BYTES), WIRE_OK);
    CHECK_EQ(answer.op, ARP_REPLY);
    CHECK_EQ(answer.sender_ip, r.ip);
    CHECK_MEM(answer.sender_mac, r.mac, 6);
    rig_close(&r);
}

static void ping(size_t payload)
{
    static uint8_t message[2000];
    struct icmp_hdr h = {.type = ICMP_ECHO, .id = 7, .seq = 1};
    struct ip4_hdr ip;
    struct rig r;
    size_t n;

    for (size_t i = 0; i < payload; i++)
        message[ICMP_HEADER_BYTES + i] = (uint8_t)i;
    icmp_build(message, &h, sum_partial(message + ICMP_HEADER_BYTES, payload, 0));
    rig_open(&r, 1);
    rig_introduce(&r);
    rig_drain(&r);
    n = rig_ip4(&r, frame, (struct ip4_hdr){.proto = IP_PROTO_ICMP}, message,
                ICMP_HEADER_BYTES + payload);
    rig_input(&r, frame, n);
    CHECK_EQ(rig_output(&r, frame), n);
    CHECK_EQ(ip4_parse(&ip, frame + 14, n - 14, n - 14), WIRE_OK);
    CHECK_EQ(ip.dst, RIG_PEER_IP);
    CHECK_EQ(ip.src, r.ip);
    CHECK(sum_is_good(sum_partial(frame + 34, n - 34, 0)));
    CHECK_EQ(icmp_parse(&h, frame + 34, n - 34), WIRE_OK);
    CHECK_EQ(h.type, ICMP_ECHO_REPLY);
    CHECK_EQ(h.seq, 1);
    CHECK_MEM(frame + 42, message + 8, payload);
    rig_close(&r);
}

TEST(path, echo_is_answered)
{
    ping(0);
    ping(1);
    ping(56);
    ping(1472);
}

TEST(path, udp_crosses_two_stacks)
{
    struct tarn_addr to = {.port = 7}, from;
    struct tarn_usage u;
    char buf[64] = "";
    struct tarn_iov iov = {buf, sizeof buf};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &from};
    struct tarn_event ev;
    tarn_sock client, server;
    struct rig a, b;

    rig_open(&a, 1);
    rig_open(&b, 2);
    CHECK_EQ(tarn_open(b.st, TARN_INET, TARN_DGRAM, 0, 42, &server), 0);
    to.ip = tarn_ip4(0);
    CHECK_EQ(tarn_bind(b.st, server, &to), 0);
    CHECK_EQ(tarn_open(a.st, TARN_INET, TARN_DGRAM, 0, 0, &client), 0);
    to.ip = tarn_ip4(b.ip);
    CHECK_EQ(tarn_connect(a.st, client, &to, a.now), 0);
    CHECK_EQ(tarn_send(a.st, client, "hello", 5, a.now), 5);
    rig_run(&a, &b);
    CHECK(tarn_event(b.st, &ev));
    CHECK_EQ(ev.user, 42);
    CHECK_EQ(ev.ready, TARN_IN | TARN_OUT);
    CHECK_EQ(tarn_recvmsg(b.st, server, &m, b.now), 5);
    CHECK_STR(buf, "hello");
    CHECK_EQ(tarn_ip_to4(&from.ip), a.ip);
    iov.len = 5;
    CHECK_EQ(tarn_sendmsg(b.st, server, &m, b.now), 5);
    rig_run(&a, &b);
    CHECK_EQ(tarn_recv(a.st, client, buf, sizeof buf, a.now), 5);
    CHECK_EQ(tarn_recv(a.st, client, buf, sizeof buf, a.now), -TARN_EAGAIN);
    tarn_close(a.st, client, a.now);
    tarn_close(b.st, server, b.now);
    tarn_usage(b.st, &u);
    CHECK_EQ(u.sockets, 0);
    CHECK_EQ(u.packets, 0);
    CHECK_EQ(u.chunks, 0);
    rig_close(&a);
    rig_close(&b);
}

TEST(path, udp_over_loopback)
{
    struct tarn_addr to = {.ip = tarn_ip4(0x7f000001), .port = 7};
    char buf[64];
    tarn_sock client, server;
    struct rig a;

    rig_open(&a, 1);
    CHECK_EQ(tarn_open(a.st, TARN_INET, TARN_DGRAM, 0, 0, &server), 0);
    CHECK_EQ(tarn_bind(a.st, server, &to), 0);
    CHECK_EQ(tarn_open(a.st, TARN_INET, TARN_DGRAM, 0, 0, &client), 0);
    CHECK_EQ(tarn_connect(a.st, client, &to, a.now), 0);
    CHECK_EQ(tarn_send(a.st, client, "hello", 5, a.now), 5);
    CHECK_EQ(tarn_deadline(a.st), a.now);
    tarn_tick(a.st, a.now);
    CHECK_EQ(tarn_recv(a.st, server, buf, sizeof buf, a.now), 5);
    CHECK(tarn_deadline(a.st) > a.now);
    rig_close(&a);
}
