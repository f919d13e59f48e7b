/* RFC 8200 4.6: "Hdr Ext Len          8-bit unsigned integer.  Length of the Destination Options
 * header in 8-octet units, not including the first 8 octets." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_header_beyond_packet)
{
    static const uint8_t header[8] = {IP_PROTO_ICMP6, 3, IP6_OPT_PADN, 4};
    struct rig r;

    conform_open(&r);
    spec_ping_behind(&r, (struct ip6_hdr){0}, IP6_DEST_OPTIONS, header);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_EXTENSION, 1);
    rig_close(&r);
}
