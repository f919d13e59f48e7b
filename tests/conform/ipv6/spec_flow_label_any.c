/* RFC 6437 2: "There is no way to verify whether a flow label has been modified en route or whether
 * it belongs to a uniform distribution.  Therefore, no Internet-wide mechanism can depend
 * mathematically on unmodified and uniformly distributed flow labels" */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_flow_label_any)
{
    struct rig r;

    conform_open(&r);
    conform_echo(&r, (struct ip6_hdr){.flow = 0x34567});
    spec_expect_reply(&r);
    rig_close(&r);
}
