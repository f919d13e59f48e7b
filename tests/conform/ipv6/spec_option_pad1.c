/* RFC 8200 4.2: "The Pad1 option is used to insert 1 octet of padding into the Options area of a
 * header." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_option_pad1)
{
    static const uint8_t header[8] = {IP_PROTO_ICMP6};
    struct rig r;

    conform_open(&r);
    spec_ping_behind(&r, (struct ip6_hdr){0}, IP6_HOP_BY_HOP, header);
    spec_expect_reply(&r);
    spec_ping_behind(&r, (struct ip6_hdr){0}, IP6_DEST_OPTIONS, header);
    spec_expect_reply(&r);
    rig_close(&r);
}
