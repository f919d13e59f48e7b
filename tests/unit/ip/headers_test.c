/* tests/unit/ip/headers_test.c - extension headers where they meet limits, offloads and errors. */
#include "tarn/link.h"
#include "tests/conform/spec.h"
#include "wire/tcp.h"
#include "wire/udp.h"

enum { CLOSED_PORT = 9, OPEN_PORT = 7 };

/* A received packet as a link with offloads gives it: its transport header behind `n_ext` bytes of
 * destination options. */
static struct pkt *offloaded(struct rig *r, struct tarn_ip dst, uint8_t proto, const void *payload,
                             size_t n, size_t n_ext)
{
    static uint8_t bytes[RIG_FRAME];
    size_t l4 = IP6_HEADER_BYTES + n_ext, at = 0;
    struct ip6_hdr h = conform_header(conform_from(TN, dst), n_ext > 0 ? IP6_DEST_OPTIONS : proto);
    struct tarn_iov iov[2];
    struct pkt *p;

    h.payload_bytes = (uint16_t)(n_ext + n);
    at = rig_eth(bytes, r->mac, ETH_IP6);
    l4 += at;
    at += ip6_build(bytes + at, &h);
    if (n_ext > 0) {
        memset(bytes + at, 0, n_ext);
        bytes[at] = proto;
        bytes[at + 1] = (uint8_t)(n_ext / 8 - 1);
    }
    memcpy(bytes + l4, payload, n);
    p = pkt_rx_get(r->st, l4 + n);
    at = 0;
    for (unsigned i = 0, pieces = pkt_rx_iov(r->st, p, iov); i < pieces; i++) {
        memcpy(iov[i].base, bytes + at, iov[i].len);
        at += iov[i].len;
    }
    pkt_rx_filled(r->st, p, l4 + n);
    p->csum = PKT_CSUM_PARTIAL;
    p->l4 = (uint16_t)(p->head_off + l4);
    return p;
}

TEST(headers, a_super_packet_is_cut_behind_them)
{
    static uint8_t segment[TCP_HEADER_BYTES + 4000], packet[1500];
    struct tcp_hdr tcp = {.src_port = 1, .dst_port = 2, .flags = TCP_ACK};
    unsigned n = 0;
    struct rig r;
    struct pkt *p;
    size_t len;

    spec_open_router(&r, 1500);
    tcp_build(segment, &tcp);
    p = offloaded(&r, FAR, IP_PROTO_TCP, segment, sizeof segment, 16);
    p->gso = PKT_GSO_TCP6;
    p->gso_size = 1000;
    p->csum_offset = TCP_CHECKSUM_OFFSET;
    tarn_input(r.st, RIG_PORT, p, r.now);
    while ((len = spec_forwarded(&r, packet, sizeof packet)) > 0) {
        CHECK_EQ(len, IP6_HEADER_BYTES + 16 + TCP_HEADER_BYTES + 1000);
        CHECK_EQ(load_be32(packet + IP6_HEADER_BYTES + 16 + 4), 1000 * n);
        CHECK(sum_is_good(
            sum_partial(packet + IP6_HEADER_BYTES + 16, TCP_HEADER_BYTES + 1000,
                        ip6_pseudo_sum(TN.b, FAR.b, IP_PROTO_TCP, TCP_HEADER_BYTES + 1000))));
        n++;
    }
    CHECK_EQ(n, 4);
    rig_close(&r);
}

static void open_udp(struct rig *r, tarn_sock *s)
{
    struct tarn_addr any = {.port = OPEN_PORT};

    conform_open(r);
    CHECK_EQ(tarn_open(r->st, TARN_INET6, TARN_DGRAM, 0, 0, s), 0);
    CHECK_EQ(tarn_bind(r->st, *s, &any), 0);
}

TEST(headers, a_checksum_left_to_us_is_believed_only_where_it_is)
{
    uint8_t datagram[8 + 4] = {0};
    struct udp_hdr h = {.src_port = 5, .dst_port = OPEN_PORT, .bytes = sizeof datagram};
    char got[8];
    tarn_sock s;
    struct rig r;
    struct pkt *p;

    open_udp(&r, &s);
    h.checksum = 1;
    udp_build(datagram, &h);
    p = offloaded(&r, NUT, IP_PROTO_UDP, datagram, sizeof datagram, 8);
    p->csum_offset = UDP_CHECKSUM_OFFSET;
    tarn_input(r.st, RIG_PORT, p, r.now);
    CHECK_EQ(tarn_recv(r.st, s, got, sizeof got, r.now), 4);
    p = offloaded(&r, NUT, IP_PROTO_UDP, datagram, sizeof datagram, 8);
    p->csum_offset = UDP_CHECKSUM_OFFSET;
    p->l4 = (uint16_t)(p->l4 - 8);
    tarn_input(r.st, RIG_PORT, p, r.now);
    CHECK_EQ(tarn_recv(r.st, s, got, sizeof got, r.now), -TARN_EAGAIN);
    conform_expect_dropped(&r, DROP_UDP_CHECKSUM, 1);
    rig_close(&r);
}

/* n destination options headers of 8 bytes, then a ping. */
static void ping_behind(struct rig *r, unsigned n)
{
    uint8_t chain[64] = {0};

    for (unsigned i = 0; i < n; i++)
        chain[8 * i] = i + 1 < n ? IP6_DEST_OPTIONS : (uint8_t)IP_PROTO_ICMP6;
    conform_echo_behind(r, (struct ip6_hdr){.next = IP6_DEST_OPTIONS}, chain, 8 * (size_t)n);
}

TEST(headers, no_more_than_the_parameter_says)
{
    struct rig r;

    conform_open(&r);
    ping_behind(&r, 8);
    spec_expect_reply(&r);
    conform_param(&r, "ip6.extension-headers", 3);
    ping_behind(&r, 3);
    spec_expect_reply(&r);
    ping_behind(&r, 4);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_EXTENSION, 1);
    rig_close(&r);
}

/* RFC 9673 5.2: what a router does not get to is no reason to discard the packet. */
TEST(headers, a_router_looks_at_some_options_and_passes_all_on)
{
    static const uint8_t header[8] = {IP_PROTO_ICMP6, 0, OPTION_SKIP,    0,
                                      OPTION_SKIP,    0, OPTION_DISCARD, 0};
    uint8_t packet[200];
    struct rig r;

    spec_open_router(&r, 1500);
    conform_param(&r, "ip6.options", 2);
    spec_ping_behind(&r, conform_from(TN, FAR), IP6_HOP_BY_HOP, header);
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), IP6_HEADER_BYTES + 8 + 16);
    CHECK_MEM(packet + IP6_HEADER_BYTES, header, 8);
    conform_param(&r, "ip6.options", 3);
    spec_ping_behind(&r, conform_from(TN, FAR), IP6_HOP_BY_HOP, header);
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), 0);
    conform_expect_dropped(&r, DROP_IP6_OPTION, 1);
    rig_close(&r);
}

/* A chain for which the head has no room: the datagram behind it arrives, and an error about it
 * quotes the packet without the chain. */
TEST(headers, a_long_chain_leaves_no_trace_in_an_error)
{
    static struct conform_packet p;
    static uint8_t payload[2048 + 8 + 8] = {
        [0] = IP6_DEST_OPTIONS, [1] = 255, [2048] = IP_PROTO_UDP};
    const uint8_t *quote;
    struct udp_hdr h = {.src_port = 5, .dst_port = CLOSED_PORT, .bytes = 8};
    struct ip6_hdr ip = conform_header((struct ip6_hdr){0}, IP_PROTO_UDP);
    struct rig r;

    udp_build(payload + 2056, &h);
    h.checksum = udp_checksum(
        sum_partial(payload + 2056, 8, ip6_pseudo_sum(ip.src, ip.dst, IP_PROTO_UDP, 8)));
    udp_build(payload + 2056, &h);
    conform_open(&r);
    conform_send(&r, (struct ip6_hdr){.next = IP6_DEST_OPTIONS}, payload, sizeof payload);
    CHECK_EQ(conform_expect(&r, &p, ICMP6_UNREACHABLE).code, ICMP6_PORT);
    quote = p.at + ICMP6_HEADER_BYTES;
    CHECK_EQ(ip6_parse(&ip, quote, p.n - ICMP6_HEADER_BYTES, p.n - ICMP6_HEADER_BYTES), WIRE_OK);
    CHECK_EQ(load_be16(quote + p.n - ICMP6_HEADER_BYTES - 8 + 2), CLOSED_PORT);
    CHECK_EQ(ip.payload_bytes + (size_t)IP6_HEADER_BYTES, p.n - ICMP6_HEADER_BYTES);
    rig_close(&r);
}
