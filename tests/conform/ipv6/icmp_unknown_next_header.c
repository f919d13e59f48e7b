/* RFC 8200 4: "If, as a result of processing a header, the destination node is required to
 * proceed to the next header but the Next Header value in the current header is unrecognized by
 * the node, it should discard the packet and send an ICMP Parameter Problem message to the source
 * of the packet, with an ICMP Code value of 1 ("unrecognized Next Header type encountered") and
 * the ICMP Pointer field containing the offset of the unrecognized value within the original
 * packet." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_unknown_next_header)
{
    static const uint8_t behind_options[16] = {200, 0, 1, 4};
    static struct conform_packet p;
    struct ip6_hdr h = conform_from(TN, NUT);
    struct icmp6_hdr m;
    struct rig r;

    conform_open(&r);
    h.next = 200;
    conform_send(&r, h, behind_options, 8);
    m = conform_expect(&r, &p, ICMP6_PARAMETER_PROBLEM);
    CHECK_EQ(m.code, ICMP6_BAD_NEXT_HEADER);
    CHECK_EQ(m.info, 6);
    h.next = IP6_DEST_OPTIONS;
    conform_send(&r, h, behind_options, sizeof behind_options);
    m = conform_expect(&r, &p, ICMP6_PARAMETER_PROBLEM);
    CHECK_EQ(m.code, ICMP6_BAD_NEXT_HEADER);
    CHECK_EQ(m.info, IP6_HEADER_BYTES);
    rig_close(&r);
}
