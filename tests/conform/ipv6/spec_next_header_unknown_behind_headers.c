/* RFC 8200 4: "If, as a result of processing a header, the destination node is required to proceed
 * to the next header but the Next Header value in the current header is unrecognized by the node,
 * it should discard the packet and send an ICMP Parameter Problem message to the source of the
 * packet, with an ICMP Code value of 1 ("unrecognized Next Header type encountered") and the ICMP
 * Pointer field containing the offset of the unrecognized value within the original packet." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_next_header_unknown_behind_headers)
{
    static const uint8_t chain[24] = {
        [0] = IP6_DEST_OPTIONS, [2] = IP6_OPT_PADN, 4, [8] = IP6_ROUTING, [10] = IP6_OPT_PADN, 4,
        [16] = UNKNOWN_HEADER};
    struct rig r;

    conform_open(&r);
    conform_send(&r, (struct ip6_hdr){.next = IP6_HOP_BY_HOP}, chain, sizeof chain);
    spec_expect_problem(&r, ICMP6_BAD_NEXT_HEADER, IP6_HEADER_BYTES + 16);
    rig_close(&r);
}
