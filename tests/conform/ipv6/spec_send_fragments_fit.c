/* RFC 8200 4.5: "The lengths of the fragments must be chosen such that the resulting fragment
 * packets fit within the MTU of the path to the packet's destination(s).  Each complete fragment,
 * except possibly the last ("rightmost") one, is an integer multiple of 8 octets long." */
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

TEST(conform_ipv6, spec_send_fragments_fit)
{
    static struct conform_packet p;
    static uint8_t whole[4000];
    struct ip6_fragment f;
    size_t got = 0;
    struct rig r;

    conform_open(&r);
    ping(&r, 3900);
    do {
        f = expect_fragment(&r, &p);
        CHECK(IP6_HEADER_BYTES + p.n <= 1500);
        CHECK(!f.mf || (p.n - IP6_FRAGMENT_BYTES) % 8 == 0);
        CHECK_EQ(f.frag_bytes, got);
        CHECK_EQ(f.next, IP_PROTO_ICMP6);
        memcpy(whole + got, p.at + IP6_FRAGMENT_BYTES, p.n - IP6_FRAGMENT_BYTES);
        got += p.n - IP6_FRAGMENT_BYTES;
    } while (f.mf);
    CHECK_EQ(got, 3900);
    CHECK_MEM(whole + ICMP6_HEADER_BYTES, spec_ping_bytes(3900) + ICMP6_HEADER_BYTES, 3892);
    conform_expect_silence(&r);
    rig_close(&r);
}
