/* RFC 8200 4.5: "If the first fragment does not include all headers through an Upper-Layer header,
 * then that fragment should be discarded and an ICMP Parameter Problem, Code 3, message should be
 * sent to the source of the fragment, with the Pointer field set to zero." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_first_without_headers)
{
    struct rig r;
    uint8_t payload[IP6_FRAGMENT_BYTES + 8] = {
        IP6_DEST_OPTIONS, [3] = 1, [8] = IP_PROTO_ICMP6, [10] = IP6_OPT_PADN, 4};

    conform_open(&r);
    conform_send(&r, (struct ip6_hdr){.next = IP6_FRAGMENT}, payload, sizeof payload);
    spec_expect_problem(&r, ICMP6_BAD_FIRST_FRAGMENT, 0);
    conform_expect_dropped(&r, DROP_IP6_FRAGMENT, 1);
    rig_close(&r);
}
