/* RFC 8200 4.5: "Instead of treating these exact duplicate fragments as overlapping fragments, an
 * implementation may choose to detect this case and drop exact duplicate fragments while keeping
 * the other fragments belonging to the same packet." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_duplicate)
{
    struct rig r;

    conform_open(&r);
    spec_send_first(&r, 1);
    spec_send_first(&r, 1);
    conform_expect_dropped(&r, DROP_REASM_DUPLICATE, 1);
    spec_send_second(&r, 1);
    spec_expect_reply(&r);
    rig_close(&r);
}
