/* Tests of wire/patch.h: a patched header is the header built with the other value. */
#include "tests/unit/test.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/patch.h"
#include "wire/udp.h"

static const struct ip4_hdr plain = {
    .header_bytes = 20,
    .total_bytes = 1500,
    .id = 0xfffe,
    .ttl = 64,
    .proto = IP_PROTO_TCP,
    .src = 0xc0000201,
    .dst = 0xc6336401,
};

TEST(patch, ip4_fields_keep_the_checksum_right)
{
    struct ip4_hdr h = plain;
    uint8_t p[20], want[20];

    ip4_build(p, &h);
    h.total_bytes = 20;
    ip4_patch_total(p, 20);
    ip4_build(want, &h);
    CHECK_MEM(p, want, 20);
    h.id = 3;
    ip4_patch_id(p, 3);
    ip4_build(want, &h);
    CHECK_MEM(p, want, 20);
    CHECK_EQ(ip4_id(p), 3);
}

TEST(patch, ip4_ttl_counts_down_to_zero)
{
    struct ip4_hdr h = plain;
    uint8_t p[20], want[20];

    h.ttl = 255;
    ip4_build(p, &h);
    while (h.ttl > 0) {
        h.ttl--;
        ip4_patch_ttl(p);
        ip4_build(want, &h);
        CHECK_MEM(p, want, 20);
    }
}

/* RFC 1624 3: every id, so that the checksum passes through both of its zeroes. */
TEST(patch, ip4_checksum_is_right_for_every_id)
{
    uint8_t p[20];

    ip4_build(p, &plain);
    for (unsigned id = 0; id <= UINT16_MAX; id++) {
        ip4_patch_id(p, (uint16_t)id);
        CHECK(sum_is_good(sum_partial(p, 20, 0)));
    }
}

TEST(patch, segment_moves_on_and_loses_flags)
{
    struct tcp_hdr h = {.seq = {UINT32_MAX - 1}, .flags = TCP_ACK | TCP_PSH | TCP_FIN | TCP_CWR},
                   out;
    uint8_t p[60];

    h.opts.has_timestamps = true;
    CHECK_EQ(tcp_build(p, &h), 32);
    CHECK_EQ(tcp_header_bytes(p), 32);
    tcp_patch_segment(p, 1448, TCP_PSH | TCP_FIN);
    CHECK_EQ(tcp_parse(&out, p, 32), WIRE_OK);
    CHECK_EQ(out.seq.v, 1446);
    CHECK_EQ(out.flags, TCP_ACK | TCP_CWR);
}

TEST(patch, lengths_of_ip6_and_udp)
{
    struct ip6_hdr six = {.payload_bytes = 1}, six_out;
    struct udp_hdr udp = {.bytes = 9}, udp_out;
    uint8_t p[40];

    ip6_build(p, &six);
    ip6_patch_payload(p, 0x1234);
    CHECK_EQ(ip6_parse(&six_out, p, 40, SIZE_MAX), WIRE_OK);
    CHECK_EQ(six_out.payload_bytes, 0x1234);
    udp_build(p, &udp);
    udp_patch_bytes(p, 0x4321);
    CHECK_EQ(udp_parse(&udp_out, p, 8, SIZE_MAX), WIRE_OK);
    CHECK_EQ(udp_out.bytes, 0x4321);
}
