/* RFC 4443 3.4: "Pointer Identifies the octet offset within the invoking packet where the error was
 * detected." The invoking packet is the one that came, with its fragment header. */
#include "tests/conform/spec.h"

TEST(conform_ipv6, icmp_pointer_into_an_atomic_fragment)
{
    static const uint8_t headers[16] = {
        IP6_DEST_OPTIONS, [7] = 9, IP_PROTO_ICMP6, 0, 0x9e, [12] = IP6_OPT_PADN, 2};
    static struct conform_packet p;
    struct icmp6_hdr m;
    struct rig r;

    conform_open(&r);
    conform_echo_behind(&r, (struct ip6_hdr){.next = IP6_FRAGMENT}, headers, sizeof headers);
    m = conform_expect(&r, &p, ICMP6_PARAMETER_PROBLEM);
    CHECK_EQ(m.code, ICMP6_BAD_OPTION);
    CHECK_EQ(m.info, IP6_HEADER_BYTES + 8 + 2);
    CHECK_EQ(p.at[ICMP6_HEADER_BYTES + IP6_NEXT_AT], IP6_FRAGMENT);
    CHECK_MEM(p.at + ICMP6_HEADER_BYTES + IP6_HEADER_BYTES, headers, sizeof headers);
    conform_expect_silence(&r);
    rig_close(&r);
}
