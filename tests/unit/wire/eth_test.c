/* Tests of wire/eth.h and wire/arp.h. */
#include "tests/unit/wire/exact.h"
#include "wire/arp.h"
#include "wire/eth.h"

static const uint8_t plain[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6};
static const uint8_t tagged[] = {1, 0, 0x5e, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0x81, 0, 0x60, 0x05, 8, 0};
static const uint8_t double_tagged[] = {2, 0,    0,    0,    0,    9,    2, 0,    0,    0,    0,
                                        1, 0x88, 0xa8, 0x10, 0x64, 0x81, 0, 0x20, 0x0a, 0x86, 0xdd};

TEST(eth, plain_frame)
{
    struct eth_hdr h;
    uint8_t out[ETH_MAX_BYTES];

    CHECK_EQ(eth_parse(&h, plain, sizeof plain), WIRE_OK);
    CHECK_EQ(h.type, ETH_ARP);
    CHECK_EQ(h.n_tags, 0);
    CHECK_EQ(h.header_bytes, 14);
    CHECK(eth_is_broadcast(h.dst) && eth_is_group(h.dst) && !eth_is_group(h.src));
    CHECK_EQ(eth_build(out, &h), 14);
    CHECK_MEM(out, plain, 14);
}

TEST(eth, one_tag)
{
    struct eth_hdr h;
    uint8_t out[ETH_MAX_BYTES];

    CHECK_EQ(eth_parse(&h, tagged, sizeof tagged), WIRE_OK);
    CHECK_EQ(h.type, ETH_IP4);
    CHECK_EQ(h.n_tags, 1);
    CHECK_EQ(h.header_bytes, 18);
    CHECK_EQ(h.tag[0].tci & ETH_TCI_VID, 5);
    CHECK_EQ(h.tag[0].tci >> ETH_TCI_PCP_SHIFT, 3);
    CHECK(eth_is_group(h.dst) && !eth_is_broadcast(h.dst));
    CHECK_EQ(eth_build(out, &h), 18);
    CHECK_MEM(out, tagged, 18);
}

TEST(eth, two_tags_outermost_first)
{
    struct eth_hdr h;
    uint8_t out[ETH_MAX_BYTES];

    CHECK_EQ(eth_parse(&h, double_tagged, sizeof double_tagged), WIRE_OK);
    CHECK_EQ(h.type, ETH_IP6);
    CHECK_EQ(h.n_tags, 2);
    CHECK_EQ(h.tag[0].type, ETH_QINQ);
    CHECK_EQ(h.tag[0].tci, 0x1064);
    CHECK_EQ(h.tag[1].type, ETH_VLAN);
    CHECK_EQ(h.tag[1].tci, 0x200a);
    CHECK_EQ(eth_build(out, &h), 22);
    CHECK_MEM(out, double_tagged, 22);
}

TEST(eth, a_third_tag_is_refused)
{
    uint8_t p[26];
    struct eth_hdr h;

    memcpy(p, double_tagged, 22);
    memcpy(p + 20, "\x81\x00\x00\x01\x08\x00", 6);
    CHECK_EQ(eth_parse(&h, p, sizeof p), WIRE_ETH_VLAN);
}

TEST(eth, every_truncation_is_short)
{
    for (size_t n = 0; n < sizeof double_tagged; n++) {
        uint8_t *p = exact(double_tagged, n);
        struct eth_hdr h;

        CHECK_EQ(eth_parse(&h, p, n), WIRE_ETH_SHORT);
        free(p);
    }
}

/* RFC 826: who has 192.0.2.2, tell 192.0.2.1. */
static const uint8_t request[ARP_BYTES] = {0,   1, 8, 0, 6, 4, 0, 1, 2, 0, 0,   0, 0, 1,
                                           192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2};

TEST(arp, request_round_trip)
{
    struct arp_hdr h;
    uint8_t out[ARP_BYTES];

    CHECK_EQ(arp_parse(&h, request, sizeof request), WIRE_OK);
    CHECK_EQ(h.op, ARP_REQUEST);
    CHECK_EQ(h.sender_ip, 0xc0000201);
    CHECK_EQ(h.target_ip, 0xc0000202);
    CHECK_EQ(h.sender_mac[5], 1);
    CHECK_EQ(arp_build(out, &h), ARP_BYTES);
    CHECK_MEM(out, request, ARP_BYTES);
}

TEST(arp, every_truncation_is_short_and_padding_is_ignored)
{
    uint8_t padded[46] = {0};
    struct arp_hdr h;

    for (size_t n = 0; n < sizeof request; n++) {
        uint8_t *p = exact(request, n);

        CHECK_EQ(arp_parse(&h, p, n), WIRE_ARP_SHORT);
        free(p);
    }
    memcpy(padded, request, sizeof request);
    CHECK_EQ(arp_parse(&h, padded, sizeof padded), WIRE_OK);
}

TEST(arp, another_form_is_refused)
{
    for (unsigned i = 0; i < 8; i++) {
        uint8_t p[ARP_BYTES];
        struct arp_hdr h;

        memcpy(p, request, sizeof p);
        p[i] ^= 0x10;
        CHECK_EQ(arp_parse(&h, p, sizeof p), WIRE_ARP_FORM);
    }
}
