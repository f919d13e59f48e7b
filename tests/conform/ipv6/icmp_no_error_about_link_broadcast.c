/* RFC 4443 2.4 (e.5): "An ICMPv6 error message MUST NOT be originated as a result of receiving
 * the following: A packet sent as a link-layer broadcast (the exceptions from e.3 apply to this
 * case, too)." */
#include "tests/conform/rig.h"

/* A datagram to a port without a socket, in a frame to this address. */
static void conform_udp_frame(struct rig *r, const uint8_t mac[6])
{
    uint8_t frame[ETH_HEADER_BYTES + IP6_HEADER_BYTES + UDP_HEADER_BYTES];
    struct udp_hdr u = {.src_port = 1000, .dst_port = 9, .bytes = UDP_HEADER_BYTES};
    struct ip6_hdr h = conform_header(conform_from(TN, NUT), IP_PROTO_UDP);
    size_t at = rig_eth(frame, mac, ETH_IP6);
    uint32_t sum = ip6_pseudo_sum(h.src, h.dst, IP_PROTO_UDP, UDP_HEADER_BYTES);

    h.payload_bytes = UDP_HEADER_BYTES;
    at += ip6_build(frame + at, &h);
    udp_build(frame + at, &u);
    sum = sum_partial(frame + at, UDP_HEADER_BYTES, sum);
    store_be16(frame + at + UDP_CHECKSUM_OFFSET, udp_checksum(sum));
    rig_input(r, frame, sizeof frame);
}

TEST(conform_ipv6, icmp_no_error_about_link_broadcast)
{
    static const uint8_t mac[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct rig r;

    conform_open(&r);
    conform_udp_frame(&r, mac);
    conform_expect_silence(&r);
    rig_close(&r);
}
