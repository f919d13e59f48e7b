/* RFC 8201 5.4: "When a Packet Too Big message is received, it implies that a packet was dropped
 * by the node that sent the ICMPv6 message." */
#include "tests/conform/rig.h"
#include "wire/tcp.h"

/* A connection to TN that is established and has been given n bytes to send. */
static tarn_sock connection(struct rig *r, size_t n)
{
    static const uint8_t data[4096];
    static struct conform_packet p;
    struct tcp_hdr h = {.src_port = 9, .flags = TCP_SYN | TCP_ACK, .window = 65535};
    struct ip6_hdr to = conform_header(conform_from(TN, NUT), IP_PROTO_TCP);
    tarn_sock s = conform_socket(r, TARN_STREAM, TN);
    uint8_t segment[64];

    CHECK(conform_recv(r, &p));
    h.dst_port = load_be16(p.at);
    h.ack = seq(load_be32(p.at + 4) + 1);
    h.opts = (struct tcp_opts){.has_mss = true, .mss = 1440};
    tcp_build(segment, &h);
    store_be16(segment + 16, sum_finish(sum_partial(segment, tcp_bytes(&h.opts),
                                                    ip6_pseudo_sum(to.src, to.dst, IP_PROTO_TCP,
                                                                   (uint32_t)tcp_bytes(&h.opts)))));
    conform_send_exact(r, to, segment, tcp_bytes(&h.opts));
    CHECK(conform_recv(r, &p));
    CHECK_EQ(tarn_send(r->st, s, data, n, r->now), (long)n);
    return s;
}

TEST(conform_ipv6, pmtu_tcp_resends_at_once)
{
    static struct conform_packet first, p;
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1300};
    struct rig r;

    conform_open(&r);
    (void)connection(&r, 2880);
    CHECK(conform_recv(&r, &first));
    CHECK_EQ(IP6_HEADER_BYTES + first.n, 1500);
    CHECK(conform_recv(&r, &p));
    conform_report(&r, conform_from(FAR, NUT), m, &first);
    CHECK(conform_recv(&r, &p));
    CHECK_EQ(IP6_HEADER_BYTES + p.n, 1300);
    CHECK_MEM(p.at + 4, first.at + 4, 4); /* the same sequence number */
    rig_close(&r);
}
