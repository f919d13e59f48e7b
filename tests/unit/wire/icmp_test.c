/* Tests of wire/icmp.h and wire/udp.h. */
#include "base/bytes.h"
#include "base/sum.h"
#include "tests/unit/wire/exact.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/udp.h"

/* RFC 792. */
TEST(icmp, echo_round_trip_and_checksum)
{
    static const uint8_t echo[] = {8, 0, 0x21, 0x00, 0x12, 0x34, 0, 5, 'a', 'b', 'c', 'd'};
    struct icmp_hdr h;
    uint8_t out[8];

    CHECK_EQ(icmp_parse(&h, echo, sizeof echo), WIRE_OK);
    CHECK_EQ(h.type, ICMP_ECHO);
    CHECK_EQ(h.id, 0x1234);
    CHECK_EQ(h.seq, 5);
    CHECK_EQ(h.checksum, 0x2100);
    CHECK_EQ(icmp_build(out, &h, sum_partial(echo + 8, 4, 0)), 8);
    CHECK(sum_is_good(sum_partial(echo + 8, 4, sum_partial(out, 8, 0))));
    CHECK_MEM(out, echo, 8);
}

/* The header of the message, built and read again. */
static struct icmp_hdr round_trip(const struct icmp_hdr *h)
{
    struct icmp_hdr out;
    uint8_t p[8];

    icmp_build(p, h, 0);
    CHECK(sum_is_good(sum_partial(p, 8, 0)));
    CHECK_EQ(icmp_parse(&out, p, 8), WIRE_OK);
    return out;
}

/* RFC 792; the MTU of RFC 1191 4. */
TEST(icmp, fields_of_the_errors)
{
    struct icmp_hdr needed = {.type = ICMP_UNREACHABLE, .code = ICMP_FRAG_NEEDED, .mtu = 1400};
    struct icmp_hdr port = {.type = ICMP_UNREACHABLE, .code = ICMP_PORT, .mtu = 1400};
    struct icmp_hdr stamp = {.type = ICMP_TIMESTAMP, .id = 9};
    struct icmp_hdr stamp_reply = {.type = ICMP_TIMESTAMP_REPLY, .seq = 8};
    struct icmp_hdr problem = {.type = ICMP_PARAMETER_PROBLEM, .pointer = 20, .id = 7};
    struct icmp_hdr redirect = {.type = ICMP_REDIRECT, .code = 1, .gateway = 0xc0000201};

    CHECK_EQ(round_trip(&stamp).id, 9);
    CHECK_EQ(round_trip(&stamp_reply).seq, 8);
    CHECK_EQ(round_trip(&needed).mtu, 1400);
    CHECK_EQ(round_trip(&port).mtu, 0);
    CHECK_EQ(round_trip(&problem).pointer, 20);
    CHECK_EQ(round_trip(&problem).id, 0);
    CHECK_EQ(round_trip(&redirect).gateway, 0xc0000201);
    CHECK(icmp_is_error(ICMP_TIME_EXCEEDED) && icmp_is_error(ICMP_SOURCE_QUENCH));
    CHECK(!icmp_is_error(ICMP_ECHO) && !icmp_is_error(ICMP_TIMESTAMP_REPLY) && !icmp_is_error(255));
}

TEST(icmp, every_truncation_is_short)
{
    static const uint8_t p[8] = {8};

    for (size_t n = 0; n < 8; n++) {
        uint8_t *cut = exact(p, n);
        struct icmp_hdr h;

        CHECK_EQ(icmp_parse(&h, cut, n), WIRE_ICMP_SHORT);
        free(cut);
    }
}

static const uint8_t datagram[] = {0x30, 0x39, 0, 53, 0, 12, 0xab, 0xcd, 'p', 'i', 'n', 'g'};

TEST(udp, round_trip)
{
    struct udp_hdr h;
    uint8_t out[8];

    CHECK_EQ(udp_parse(&h, datagram, 8, sizeof datagram), WIRE_OK);
    CHECK_EQ(h.src_port, 12345);
    CHECK_EQ(h.dst_port, 53);
    CHECK_EQ(h.bytes, 12);
    CHECK_EQ(h.checksum, 0xabcd);
    CHECK_EQ(udp_build(out, &h), 8);
    CHECK_MEM(out, datagram, 8);
}

TEST(udp, length_must_be_within_the_packet)
{
    struct udp_hdr h;
    uint8_t p[12];

    for (size_t n = 0; n < 8; n++) {
        uint8_t *cut = exact(datagram, n);

        CHECK_EQ(udp_parse(&h, cut, n, 12), WIRE_UDP_SHORT);
        free(cut);
    }
    CHECK_EQ(udp_parse(&h, datagram, 12, 11), WIRE_UDP_LENGTH);
    CHECK_EQ(udp_parse(&h, datagram, 12, 20), WIRE_OK); /* bytes behind the datagram */
    memcpy(p, datagram, 12);
    for (uint16_t length = 0; length < 8; length++) {
        store_be16(p + 4, length);
        CHECK_EQ(udp_parse(&h, p, 12, 12), WIRE_UDP_LENGTH);
    }
    store_be16(p + 4, 8);
    CHECK_EQ(udp_parse(&h, p, 12, 12), WIRE_OK);
}

/* RFC 768: a checksum that computes to zero is sent as all ones, for zero says that there is none.
 */
TEST(udp, a_computed_zero_is_sent_as_ones)
{
    CHECK_EQ(udp_checksum(0xffff), 0xffff);
    CHECK_EQ(udp_checksum(0x1234), 0xedcb);
}
