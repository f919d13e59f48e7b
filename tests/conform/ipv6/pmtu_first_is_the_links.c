/* RFC 8201 5.2: "Initially, the PMTU value for a path is assumed to be the (known) MTU of the
 * first-hop link." */
#include "tests/conform/rig.h"

/* Sends n bytes to TN from the socket; their packet. */
static void say(struct rig *r, tarn_sock s, size_t n, struct conform_packet *p)
{
    static const uint8_t data[1452];

    CHECK_EQ(tarn_send(r->st, s, data, n, r->now), (long)n);
    CHECK(conform_recv(r, p));
}

TEST(conform_ipv6, pmtu_first_is_the_links)
{
    static struct conform_packet p;
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_DGRAM, FAR);
    CHECK_EQ(conform_path_mtu(&r, s), 1500);
    say(&r, s, 1452, &p);
    CHECK_EQ(IP6_HEADER_BYTES + p.n, 1500);
    rig_close(&r);
}
