/* RFC 8200 4.5: "If the length of a fragment, as derived from the fragment packet's Payload Length
 * field, is not a multiple of 8 octets and the M flag of that fragment is 1, then that fragment
 * must be discarded and an ICMP Parameter Problem, Code 0, message should be sent to the source of
 * the fragment, pointing to the Payload Length field of the fragment packet." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_not_multiple_of_8)
{
    struct rig r;

    conform_open(&r);
    spec_send_piece(&r, (struct ip6_hdr){0}, (struct spec_piece){56, 0, 25, 1, 0});
    spec_expect_problem(&r, ICMP6_BAD_FIELD, 4);
    conform_expect_dropped(&r, DROP_IP6_FRAGMENT, 1);
    spec_send_second(&r, 1);
    conform_expect_silence(&r);
    rig_close(&r);
}
