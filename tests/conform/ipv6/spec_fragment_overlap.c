/* RFC 8200 4.5: "If any of the fragments being reassembled overlap with any other fragments being
 * reassembled for the same packet, reassembly of that packet must be abandoned and all the
 * fragments that have been received for that packet must be discarded, and no ICMP error messages
 * should be sent." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_overlap)
{
    struct rig r;

    conform_open(&r);
    spec_send_first(&r, 1);
    spec_send_piece(&r, (struct ip6_hdr){0}, (struct spec_piece){56, 16, 40, 1, 0});
    conform_expect_dropped(&r, DROP_IP6_FRAGMENT, 2);
    spec_send_second(&r, 1);
    conform_expect_silence(&r);
    rig_wait(&r, 61 * RIG_S);
    conform_expect_silence(&r);
    rig_close(&r);
}
