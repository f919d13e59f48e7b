/* RFC 8200 4: "If, as a result of processing a header, the destination node is required to proceed
 * to the next header but the Next Header value in the current header is unrecognized by the node,
 * it should discard the packet and send an ICMP Parameter Problem message to the source of the
 * packet, with an ICMP Code value of 1 ("unrecognized Next Header type encountered") and the ICMP
 * Pointer field containing the offset of the unrecognized value within the original packet." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_next_header_unknown)
{
    struct rig r;

    conform_open(&r);
    conform_send(&r, (struct ip6_hdr){.next = UNKNOWN_HEADER}, "nobody", 6);
    spec_expect_problem(&r, ICMP6_BAD_NEXT_HEADER, IP6_NEXT_AT);
    conform_expect_dropped(&r, DROP_IP_PROTOCOL, 1);
    rig_close(&r);
}
