/* RFC 8200 4.5: "An original packet is reassembled only from fragment packets that have the same
 * Source Address, Destination Address, and Fragment Identification." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_reassembled)
{
    struct rig r;

    conform_open(&r);
    spec_send_first(&r, 1);
    spec_send_second(&r, 2);
    conform_expect_silence(&r);
    spec_send_piece(&r, conform_from(TN_LOCAL, NUT), (struct spec_piece){56, 24, 32, 1, 0});
    conform_expect_silence(&r);
    spec_send_piece(&r, conform_from(TN, NUT_LOCAL), (struct spec_piece){56, 24, 32, 1, 0});
    conform_expect_silence(&r);
    spec_send_second(&r, 1);
    spec_expect_reply(&r);
    rig_close(&r);
}
