/* RFC 8200 4.5: "If insufficient fragments are received to complete reassembly of a packet within
 * 60 seconds of the reception of the first-arriving fragment of that packet, reassembly of that
 * packet must be abandoned and all the fragments that have been received for that packet must be
 * discarded." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_timeout)
{
    struct rig r;

    conform_open(&r);
    spec_send_second(&r, 1);
    rig_wait(&r, 59 * RIG_S);
    spec_send_first(&r, 1);
    spec_expect_reply(&r);
    spec_send_second(&r, 2);
    rig_wait(&r, 61 * RIG_S);
    conform_expect_dropped(&r, DROP_REASM_TIMEOUT, 1);
    spec_send_first(&r, 2);
    conform_expect_silence(&r);
    rig_close(&r);
}
