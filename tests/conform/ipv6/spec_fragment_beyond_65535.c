/* RFC 8200 4.5: "If the length and offset of a fragment are such that the Payload Length of the
 * packet reassembled from that fragment would exceed 65,535 octets, then that fragment must be
 * discarded and an ICMP Parameter Problem, Code 0, message should be sent to the source of the
 * fragment, pointing to the Fragment Offset field of the fragment packet." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_beyond_65535)
{
    struct rig r;

    conform_open(&r);
    spec_send_piece(&r, (struct ip6_hdr){0}, (struct spec_piece){65536, 65528, 8, 1, 0});
    spec_expect_problem(&r, ICMP6_BAD_FIELD, IP6_HEADER_BYTES + 2);
    conform_expect_dropped(&r, DROP_IP6_FRAGMENT, 1);
    rig_close(&r);
}
