/* RFC 8200 4.2: "Opt Data Len         8-bit unsigned integer.  Length of the Option Data field of
 * this option, in octets." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_option_beyond_header)
{
    static const uint8_t header[8] = {IP_PROTO_ICMP6, 0, OPTION_SKIP, 5};
    struct rig r;

    conform_open(&r);
    spec_ping_behind(&r, (struct ip6_hdr){0}, IP6_DEST_OPTIONS, header);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_EXTENSION, 1);
    rig_close(&r);
}
