/* tests/unit/ip/forward_test.c - a router between two networks: headers, errors, sizes. */
#include "tarn/link.h"
#include "tests/unit/rig.h"
#include "wire/tcp.h"

enum { FAR = 2 };
#define FAR_HOST UINT32_C(0x0a010063)

static uint8_t frame[RIG_FRAME], data[4000];
static const uint8_t far_mac[6] = {2, 0, 0, 0, 1, 0x63};

/* A second port with 10.1.0.1/24, and forwarding on. */
static void open_router(struct rig *r, uint32_t mtu, uint32_t offload)
{
    struct tarn_port_info port = {.name = "tarn1", .mtu = mtu, .offload = offload, .carrier = true};
    struct tarn_address address = {.port = FAR, .prefix = {.ip = tarn_ip4(0x0a010001), .len = 120}};
    struct tarn_neigh n = {.ip = tarn_ip4(FAR_HOST), .port = FAR};

    rig_open_quiet(r, 1);
    rig_introduce(r);
    port.mac[0] = 2;
    CHECK_EQ(tarn_port_add(r->st, &port, NULL), FAR);
    port.up = true;
    CHECK_EQ(tarn_port_set(r->st, FAR, &port, r->now, NULL), 0);
    CHECK_EQ(tarn_address_add(r->st, &address, r->now, NULL), 0);
    memcpy(n.mac, far_mac, 6);
    CHECK_EQ(tarn_neigh_set(r->st, &n, r->now, NULL), 0);
    CHECK_EQ(tarn_param_set(r->st, "ip.forwarding", 1), 0);
    pkt_put(r->st, tarn_output(r->st, FAR, r->now));
}

static size_t far_output(struct rig *r)
{
    struct pkt *p = tarn_output(r->st, FAR, r->now);
    size_t n;

    if (p == NULL)
        return 0;
    n = pkt_copy_out(r->st, p, 0, frame, sizeof frame);
    pkt_put(r->st, p);
    return n;
}

static void send(struct rig *r, struct ip4_hdr h, size_t n)
{
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)(i * 11);
    h.dst = h.dst != 0 ? h.dst : FAR_HOST;
    h.proto = h.proto != 0 ? h.proto : IP_PROTO_UDP;
    rig_input(r, frame, rig_ip4(r, frame, h, data, n));
}

/* The ICMP error for the last packet, which quotes it. */
static void expect_error(struct rig *r, uint8_t type, uint8_t code, uint16_t mtu)
{
    size_t n = rig_output(r, frame);
    struct ip4_hdr ip, quoted;
    struct icmp_hdr h;

    CHECK(n > 42);
    CHECK_EQ(ip4_parse(&ip, frame + 14, n - 14, n - 14), WIRE_OK);
    CHECK_EQ(ip.dst, RIG_PEER_IP);
    CHECK_EQ(ip.src, r->ip);
    CHECK(ip.total_bytes <= 576);
    CHECK_EQ(icmp_parse(&h, frame + 34, n - 34), WIRE_OK);
    CHECK(sum_is_good(sum_partial(frame + 34, n - 34, 0)));
    CHECK_EQ(h.type, type);
    CHECK_EQ(h.code, code);
    CHECK_EQ(h.mtu, mtu);
    CHECK_EQ(ip4_parse_quoted(&quoted, frame + 42, n - 42), WIRE_OK);
    CHECK_EQ(quoted.src, RIG_PEER_IP);
    CHECK_MEM(frame + 62, data, n - 62 < 400 ? n - 62 : 400);
    CHECK_EQ(far_output(r), 0);
}

TEST(forward, passes_a_packet_with_one_hop_less)
{
    struct ip4_hdr h;
    struct rig r;
    size_t n;

    open_router(&r, 1500, 0);
    send(&r, (struct ip4_hdr){.ttl = 2, .tos = 0x2b, .id = 99, .df = true}, 1000);
    n = far_output(&r);
    CHECK_EQ(n, 14 + 20 + 1000);
    CHECK_MEM(frame, far_mac, 6);
    CHECK_EQ(ip4_parse(&h, frame + 14, n - 14, n - 14), WIRE_OK);
    CHECK_EQ(h.ttl, 1);
    CHECK_EQ(h.tos, 0x2b);
    CHECK_EQ(h.id, 99);
    CHECK(h.df);
    CHECK_MEM(frame + 34, data, 1000);
    CHECK_EQ(tarn_stat(r.st, TARN_STAT_IP_FORWARDED), 1);
    CHECK_EQ(rig_output(&r, frame), 0);
    rig_close(&r);
}

TEST(forward, tells_why_it_cannot)
{
    struct rig r;

    open_router(&r, 600, 0);
    send(&r, (struct ip4_hdr){.ttl = 1}, 100);
    expect_error(&r, ICMP_TIME_EXCEEDED, ICMP_TTL, 0);
    send(&r, (struct ip4_hdr){.dst = 0x0b000001}, 100);
    expect_error(&r, ICMP_UNREACHABLE, ICMP_NET, 0);
    send(&r, (struct ip4_hdr){.df = true}, 1000);
    expect_error(&r, ICMP_UNREACHABLE, ICMP_FRAG_NEEDED, 600);
    send(&r, (struct ip4_hdr){.df = true}, 580);
    CHECK_EQ(far_output(&r), 614);
    rig_close(&r);
}

TEST(forward, a_host_that_does_not_answer_is_told_of)
{
    struct rig r;

    open_router(&r, 1500, 0);
    send(&r, (struct ip4_hdr){.dst = 0x0a010042}, 100);
    while (far_output(&r) > 0)
        ;
    rig_wait(&r, 4 * RIG_S);
    while (far_output(&r) > 0)
        ;
    expect_error(&r, ICMP_UNREACHABLE, ICMP_HOST, 0);
    rig_close(&r);
}

TEST(forward, never_answers_an_error_a_later_fragment_or_a_group)
{
    struct rig r;

    open_router(&r, 1500, 0);
    send(&r, (struct ip4_hdr){.ttl = 1, .frag_bytes = 8}, 104);
    memset(data, 0, sizeof data);
    data[0] = ICMP_UNREACHABLE;
    rig_input(&r, frame,
              rig_ip4(&r, frame,
                      (struct ip4_hdr){.ttl = 1, .proto = IP_PROTO_ICMP, .dst = FAR_HOST}, data,
                      40));
    CHECK_EQ(tarn_drop_count(r.st, DROP_IP_TTL), 2);
    send(&r, (struct ip4_hdr){.dst = 0xe1000001}, 100);
    send(&r, (struct ip4_hdr){.dst = 0xa9fe0001}, 100);
    CHECK_EQ(tarn_drop_count(r.st, DROP_GROUP_NOT_OURS), 1);
    CHECK_EQ(tarn_drop_count(r.st, DROP_IP_NOT_OURS), 1);
    CHECK_EQ(rig_output(&r, frame), 0);
    rig_close(&r);
}

TEST(forward, cuts_what_may_be_cut)
{
    static uint8_t joined[4000];
    size_t n, got = 0;
    bool ended = false;
    struct ip4_hdr h;
    struct rig r;

    open_router(&r, 600, 0);
    send(&r, (struct ip4_hdr){.id = 7, .header_bytes = 28, .options = {148, 4, 0, 0, 68, 4, 5, 0}},
         1400);
    while ((n = far_output(&r)) > 0) {
        CHECK(n <= 614);
        CHECK_EQ(ip4_parse(&h, frame + 14, n - 14, n - 14), WIRE_OK);
        CHECK_EQ(h.id, 7);
        CHECK_EQ(h.ttl, 63);
        CHECK_EQ(h.header_bytes, h.frag_bytes == 0 ? 28 : 24);
        memcpy(joined + h.frag_bytes, frame + 14 + h.header_bytes, h.total_bytes - h.header_bytes);
        got += h.total_bytes - (size_t)h.header_bytes;
        ended |= !h.mf;
    }
    CHECK(ended);
    CHECK_EQ(got, 1400);
    CHECK_MEM(joined, data, 1400);
    rig_close(&r);
}

TEST(forward, a_fragment_is_cut_further)
{
    struct ip4_hdr h;
    struct rig r;
    size_t n, got = 0;

    open_router(&r, 600, 0);
    send(&r, (struct ip4_hdr){.id = 7, .frag_bytes = 800, .mf = true}, 1400);
    while ((n = far_output(&r)) > 0) {
        CHECK_EQ(ip4_parse(&h, frame + 14, n - 14, n - 14), WIRE_OK);
        CHECK_EQ(h.frag_bytes, 800 + got);
        CHECK(h.mf);
        got += h.total_bytes - (size_t)h.header_bytes;
    }
    CHECK_EQ(got, 1400);
    rig_close(&r);
}

/* A received TCP super-packet of 4000 payload bytes in segments of `mss`. */
static void send_super(struct rig *r, uint32_t mss)
{
    struct tcp_hdr h = {.src_port = 1, .dst_port = 2, .flags = TCP_ACK};
    struct ip4_hdr ip = {.proto = IP_PROTO_TCP, .dst = FAR_HOST, .df = true};
    static uint8_t segment[20 + 4000];
    struct tarn_iov iov[2];
    struct pkt *p;
    size_t n;

    tcp_build(segment, &h);
    n = rig_ip4(r, frame, ip, segment, sizeof segment);
    p = pkt_rx_get(r->st, n);
    CHECK_EQ(pkt_rx_iov(r->st, p, iov), 2);
    memcpy(iov[0].base, frame, iov[0].len);
    memcpy(iov[1].base, frame + iov[0].len, iov[1].len);
    pkt_rx_filled(r->st, p, n);
    p->gso = PKT_GSO_TCP4;
    p->gso_size = mss;
    p->csum = PKT_CSUM_PARTIAL;
    p->l4 = (uint16_t)(p->head_off + 34);
    p->csum_offset = TCP_CHECKSUM_OFFSET;
    tarn_input(r->st, RIG_PORT, p, r->now);
}

TEST(forward, a_super_packet_keeps_its_segments)
{
    struct pkt *p;
    unsigned n = 0;
    struct rig r;

    open_router(&r, 1500, LINK_GSO_TX | LINK_CSUM_TX);
    send_super(&r, 1000);
    p = tarn_output(r.st, FAR, r.now);
    CHECK(p != NULL);
    CHECK_EQ(p->gso_size, 1000);
    CHECK_EQ(pkt_len(p), 14 + 40 + 4000);
    pkt_put(r.st, p);
    rig_close(&r);
    open_router(&r, 1500, 0);
    send_super(&r, 1000);
    while (far_output(&r) == 14 + 40 + 1000)
        n++;
    CHECK_EQ(n, 4);
    send_super(&r, 1480);
    CHECK(tarn_drop_count(r.st, DROP_IP_FRAG_NEEDED) > 0);
    rig_close(&r);
}
