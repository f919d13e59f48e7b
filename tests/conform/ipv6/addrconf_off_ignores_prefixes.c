/* RFC 4862 5.5: "Creation of global addresses as described in this section SHOULD be locally
 * configurable." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_off_ignores_prefixes)
{
    struct tarn_address a;
    struct rig r;

    conform_open_alone(&r);
    nd_send_prefix(&r, nd_link_prefix);
    CHECK(!nd_address_of(&r, nd_link_prefix.prefix, &a));
    rig_close(&r);
}
