/* RFC 8200 4.5: "The number and content of the headers preceding the Fragment header of different
 * fragments of the same original packet may differ.  Whatever headers are present, preceding the
 * Fragment header in each fragment packet, are processed when the packets arrive, prior to queueing
 * the fragments for reassembly." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_headers_before_differ)
{
    uint8_t payload[16 + 32] = {
        [0] = IP6_FRAGMENT, [2] = IP6_OPT_PADN, 4, [8] = IP_PROTO_ICMP6, [11] = 24, [15] = 1};
    struct rig r;

    conform_open(&r);
    memcpy(payload + 16, spec_ping_bytes(56) + 24, 32);
    conform_send(&r, (struct ip6_hdr){.next = IP6_DEST_OPTIONS}, payload, sizeof payload);
    spec_send_first(&r, 1);
    spec_expect_reply(&r);
    payload[2] = OPTION_DISCARD;
    conform_send(&r, (struct ip6_hdr){.next = IP6_DEST_OPTIONS}, payload, sizeof payload);
    conform_expect_dropped(&r, DROP_IP6_OPTION, 1);
    rig_close(&r);
}
