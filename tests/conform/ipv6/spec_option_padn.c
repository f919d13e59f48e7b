/* RFC 8200 4.2: "The PadN option is used to insert two or more octets of padding into the Options
 * area of a header." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_option_padn)
{
    static const uint8_t shortest[8] = {IP_PROTO_ICMP6, 0, IP6_OPT_PADN, 0, IP6_OPT_PADN, 2};
    static const uint8_t longest[2048] = {[1] = 255, IP6_OPT_PADN, 255};
    uint8_t header[2048];
    struct rig r;

    conform_open(&r);
    spec_ping_behind(&r, (struct ip6_hdr){0}, IP6_DEST_OPTIONS, shortest);
    spec_expect_reply(&r);
    memcpy(header, longest, sizeof header);
    header[0] = IP_PROTO_ICMP6;
    conform_echo_behind(&r, (struct ip6_hdr){.next = IP6_DEST_OPTIONS}, header, sizeof header);
    spec_expect_reply(&r);
    rig_close(&r);
}
