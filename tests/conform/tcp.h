/* tests/conform/tcp.h - a TCP connection for tests of what ICMPv6 says about its packets. */
#ifndef TARN_TESTS_CONFORM_TCP_H
#define TARN_TESTS_CONFORM_TCP_H

#include "tests/conform/rig.h"
#include "wire/tcp.h"

/* A connection to TN that is established and has been given n bytes to send. */
static inline tarn_sock conform_connection(struct rig *r, size_t n)
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

#endif
