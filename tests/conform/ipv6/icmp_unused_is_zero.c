/* RFC 4443 3.1: "This field is unused for all code values. It must be initialized to zero by the
 * originator and ignored by the receiver." */
#include "tests/conform/rig.h"

/* Port unreachable about a packet with n bytes at `at`, which its IPv6 header is in front of. */
static void report_with_unused_bits(struct rig *r, const uint8_t *at, size_t n)
{
    uint8_t message[200] = {ICMP6_UNREACHABLE, ICMP6_PORT, 0, 0, 0xff, 0xff, 0xff, 0xff};
    struct ip6_hdr h = conform_header(conform_from(TN, NUT), IP_PROTO_ICMP6);
    size_t bytes = ICMP6_HEADER_BYTES + IP6_HEADER_BYTES + n;

    memcpy(message + ICMP6_HEADER_BYTES, at - IP6_HEADER_BYTES, IP6_HEADER_BYTES + n);
    conform_sum(&h, message, bytes);
    conform_send_exact(r, h, message, bytes);
}

TEST(conform_ipv6, icmp_unused_is_zero)
{
    static struct conform_packet p, sent;
    uint8_t *unused = sent.frame + ETH_HEADER_BYTES + IP6_HEADER_BYTES;
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    conform_udp(&r, conform_from(TN, NUT), 9, 10);
    conform_expect(&r, &p, ICMP6_UNREACHABLE);
    CHECK_MEM(p.at + 4, "\0\0\0\0", 4);
    s = conform_socket(&r, TARN_DGRAM, TN);
    CHECK_EQ(tarn_send(r.st, s, "x", 1, r.now), 1);
    CHECK(conform_recv(&r, &sent));
    report_with_unused_bits(&r, unused, sent.n);
    CHECK_EQ(conform_error(&r, s), TARN_ECONNREFUSED);
    rig_close(&r);
}
