/* RFC 9293 3.9.2.3 MUST-57: "A TCP implementation MUST silently discard an incoming SYN segment
 * that is addressed to a broadcast or multicast address", be it that of the link alone. */
#include "tests/conform/rig.h"
#include "wire/tcp.h"

TEST(conform_ipv6, spec_no_reset_in_a_link_broadcast)
{
    uint8_t frame[ETH_HEADER_BYTES + IP6_HEADER_BYTES + TCP_HEADER_BYTES];
    struct ip6_hdr h;
    struct rig r;

    conform_open(&r);
    for (unsigned to_all = 0; to_all < 2; to_all++) {
        static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
        size_t at = rig_eth(frame, to_all ? everybody : r.mac, ETH_IP6);
        uint32_t sum;

        h = conform_header(conform_from(TN, NUT), IP_PROTO_TCP);
        h.payload_bytes = TCP_HEADER_BYTES;
        at += ip6_build(frame + at, &h);
        memset(frame + at, 0, TCP_HEADER_BYTES);
        store_be16(frame + at, 1000);
        store_be16(frame + at + 2, 9);
        frame[at + 12] = 5 << 4;
        frame[at + 13] = TCP_SYN;
        sum = ip6_pseudo_sum(h.src, h.dst, IP_PROTO_TCP, TCP_HEADER_BYTES);
        store_be16(frame + at + 16, sum_finish(sum_partial(frame + at, TCP_HEADER_BYTES, sum)));
        rig_input(&r, frame, sizeof frame);
        if (to_all) {
            conform_expect_silence(&r);
            conform_expect_dropped(&r, DROP_TCP_ADDRESS, 1);
        } else {
            static struct conform_packet p;

            CHECK(conform_recv(&r, &p));
            CHECK_EQ(p.at[13] & TCP_RST, TCP_RST);
        }
    }
    rig_close(&r);
}
