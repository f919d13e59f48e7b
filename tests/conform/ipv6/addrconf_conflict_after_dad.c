/* RFC 4862 5.4.4: "If the target address matches a unicast address assigned to the receiving
 * interface, it would possibly indicate that the address is a duplicate but it has not been
 * detected by the Duplicate Address Detection procedure" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_conflict_after_dad)
{
    static struct conform_packet p;
    struct nd_msg m = nd_na(NUT);
    struct rig r;

    conform_open(&r);
    m.solicited = false;
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    conform_expect_dropped(&r, DROP_ND_CONFLICT, 1);
    conform_echo(&r, conform_from(TN, NUT));
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    rig_close(&r);
}
