/* RFC 8201 5.2: "even if the Packet Too Big message contains an Original Packet Header that
 * refers to a UDP packet, the TCP layer must be notified if any of its connections use the given
 * path." */
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

TEST(conform_ipv6, pmtu_tcp_learns_from_udp)
{
    static struct conform_packet p;
    static const uint8_t data[1452];
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1280};
    struct rig r;
    tarn_sock tcp, udp;

    conform_open(&r);
    tcp = connection(&r, 1);
    CHECK(conform_recv(&r, &p));
    udp = conform_socket(&r, TARN_DGRAM, TN);
    CHECK_EQ(tarn_send(r.st, udp, data, sizeof data, r.now), sizeof data);
    CHECK(conform_recv(&r, &p));
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    CHECK_EQ(tarn_setopt(r.st, tcp, TARN_SO_TCP_NODELAY, 1, r.now), 0);
    CHECK_EQ(tarn_send(r.st, tcp, data, sizeof data, r.now), sizeof data);
    CHECK(conform_recv(&r, &p));
    CHECK_EQ(p.ip.next, IP_PROTO_TCP);
    CHECK_EQ(IP6_HEADER_BYTES + p.n, 1280);
    rig_close(&r);
}
