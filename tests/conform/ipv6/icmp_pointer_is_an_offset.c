/* RFC 4443 3.4: "The pointer identifies the octet of the original packet's header where the error
 * was detected." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_pointer_is_an_offset)
{
    static const uint8_t options[] = {IP_PROTO_ICMP6, 1, 1, 6, 0, 0, 0, 0, 0, 0,
                                      0x9e,           4, 0, 0, 0, 0};
    static struct conform_packet p;
    struct ip6_hdr h = conform_from(TN, NUT);
    struct icmp6_hdr m;
    struct rig r;

    h.next = IP6_DEST_OPTIONS;
    conform_open(&r);
    conform_echo_behind(&r, h, options, sizeof options);
    m = conform_expect(&r, &p, ICMP6_PARAMETER_PROBLEM);
    CHECK_EQ(m.code, ICMP6_BAD_OPTION);
    CHECK_EQ(m.info, IP6_HEADER_BYTES + 10);
    CHECK_EQ(p.at[ICMP6_HEADER_BYTES + m.info], 0x9e);
    rig_close(&r);
}
