/* RFC 8200 4.5: "The Identification must be different than that of any other fragmented packet sent
 * recently* with the same Source Address and Destination Address." */
#include "tests/conform/spec.h"

/* The node's next packet is a fragment. */
static struct ip6_fragment expect_fragment(struct rig *r, struct conform_packet *p)
{
    struct ip6_fragment f;

    CHECK(conform_recv(r, p));
    CHECK_EQ(p->ip.next, IP6_FRAGMENT);
    ip6_fragment_parse(&f, p->at);
    return f;
}

/* Have the node answer a ping of n bytes. */
static void ping(struct rig *r, size_t n)
{
    size_t step = 1024;

    for (size_t at = 0; at < n; at += step)
        spec_send_piece(r, (struct ip6_hdr){0},
                        (struct spec_piece){n, at, n - at < step ? n - at : step, 7, 0});
}

TEST(conform_ipv6, spec_send_fragments_identified)
{
    static struct conform_packet p;
    uint32_t id[4];
    struct rig r;

    conform_open(&r);
    for (unsigned i = 0; i < 4; i++) {
        ping(&r, 2000);
        id[i] = expect_fragment(&r, &p).id;
        CHECK_EQ(expect_fragment(&r, &p).id, id[i]);
        for (unsigned k = 0; k < i; k++)
            CHECK(id[k] != id[i]);
    }
    rig_close(&r);
}
