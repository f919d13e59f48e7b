/* RFC 8200 4.5: "The Next Header values in the Fragment headers of different fragments of the same
 * original packet may differ.  Only the value from the Offset zero fragment packet is used for
 * reassembly." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_next_header_of_first)
{
    struct rig r;

    conform_open(&r);
    spec_send_piece(&r, (struct ip6_hdr){0}, (struct spec_piece){56, 24, 32, 1, UNKNOWN_HEADER});
    spec_send_first(&r, 1);
    spec_expect_reply(&r);
    rig_close(&r);
}
