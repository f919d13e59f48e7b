/* tests/unit/drivers/vnet_test.c - offload state of both families passes through the virtio-net
 * header as it is, and what a peer claims is believed only where it fits the packet. */
#include "drivers/vnet.h"

#include "tests/unit/drivers/bench.h"

enum { IP6_BYTES = 40, OPTIONS_BYTES = 8, UDP_BYTES = 8, UDP_CHECKSUM_AT = 6 };

/* A frame whose transport begins behind `before` bytes of headers; its payload follows. */
static struct pkt *transport_new(struct tarn *st, unsigned before, unsigned kind, unsigned payload)
{
    unsigned header = kind == PKT_GSO_UDP ? UDP_BYTES : TCP_BYTES;
    struct pkt *p = pkt_get(st, payload, PKT_RX_ROOM);
    uint8_t byte = 0;

    CHECK(p != NULL);
    p->head_len = before + header;
    memset(pkt_head(p), 0, p->head_len);
    if (kind != PKT_GSO_UDP)
        pkt_head(p)[before + 12] = 0x50;
    for (unsigned i = 0; i < payload; i++)
        CHECK(pkt_append(st, p, &byte, 1));
    return p;
}

/* The header that a peer sends with such a frame. */
static struct vnet_header claim(unsigned before, unsigned kind, unsigned type, unsigned gso_size)
{
    return (struct vnet_header){.flags = VNET_NEEDS_CSUM,
                                .gso_type = (uint8_t)type,
                                .gso_size = (uint16_t)gso_size,
                                .csum_start = (uint16_t)before,
                                .csum_offset = kind == PKT_GSO_UDP ? UDP_CHECKSUM_AT : 16};
}

static const struct {
    unsigned before, kind, type, gso_size, payload;
} good[] = {
    {ETH_BYTES + IP_BYTES, PKT_GSO_TCP4, VNET_GSO_TCP4, 1448, 60000},
    {ETH_BYTES + IP6_BYTES, PKT_GSO_TCP6, VNET_GSO_TCP6, 1428, 60000},
    {ETH_BYTES + IP6_BYTES + OPTIONS_BYTES, PKT_GSO_TCP6, VNET_GSO_TCP6, 1420, 60000},
    {ETH_BYTES + IP_BYTES, PKT_GSO_UDP, VNET_GSO_UDP, 1000, 64000},
    {ETH_BYTES + IP6_BYTES, PKT_GSO_UDP, VNET_GSO_UDP, 1, 100},
};

TEST(vnet, super_packets_of_both_families_there_and_back)
{
    struct tarn *st = pool_new();

    for (unsigned i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct vnet_header h = claim(good[i].before, good[i].kind, good[i].type, good[i].gso_size);
        struct vnet_header again;
        struct pkt *p = transport_new(st, good[i].before, good[i].kind, good[i].payload);

        CHECK(vnet_to_pkt(&h, p));
        CHECK_EQ(p->gso, good[i].kind);
        CHECK_EQ(p->gso_size, good[i].gso_size);
        CHECK_EQ(p->segs, (good[i].payload + good[i].gso_size - 1) / good[i].gso_size);
        CHECK_EQ(p->csum, PKT_CSUM_PARTIAL);
        vnet_of_pkt(&again, p);
        CHECK_EQ(again.flags, VNET_NEEDS_CSUM);
        CHECK_EQ(again.gso_type, good[i].type);
        CHECK_EQ(again.gso_size, good[i].gso_size);
        CHECK_EQ(again.csum_start, good[i].before);
        CHECK_EQ(again.csum_offset, h.csum_offset);
        CHECK_EQ(again.header_bytes,
                 good[i].before + (good[i].kind == PKT_GSO_UDP ? UDP_BYTES : TCP_BYTES));
        pkt_put(st, p);
    }
    pool_end(st);
}

/* Refused as a super-packet; it may still be an ordinary one. */
static void check_unbelieved(struct vnet_header h, unsigned kind, unsigned payload)
{
    struct tarn *st = pool_new();
    struct pkt *p = transport_new(st, ETH_BYTES + IP6_BYTES, kind, payload);

    CHECK(!vnet_to_pkt(&h, p));
    CHECK_EQ(p->gso, PKT_GSO_NONE);
    CHECK_EQ(p->gso_size, 0);
    pkt_put(st, p);
    pool_end(st);
}

TEST(vnet, what_does_not_fit_is_not_believed)
{
    const unsigned at = ETH_BYTES + IP6_BYTES;
    struct vnet_header unsummed = claim(at, PKT_GSO_TCP6, VNET_GSO_TCP6, 1000);

    unsummed.flags = 0;
    check_unbelieved(unsummed, PKT_GSO_TCP6, 3000);
    check_unbelieved(claim(at, PKT_GSO_TCP6, VNET_GSO_TCP6, 0), PKT_GSO_TCP6, 3000);
    check_unbelieved(claim(at, PKT_GSO_TCP6, VNET_GSO_TCP6, 1), PKT_GSO_TCP6, 60000);
    check_unbelieved(claim(at, PKT_GSO_TCP6, VNET_GSO_TCP6, 31), PKT_GSO_TCP6, 60000);
    check_unbelieved(claim(at, PKT_GSO_UDP, VNET_GSO_UDP, 100), PKT_GSO_UDP, 12801);
    check_unbelieved(claim(at, PKT_GSO_TCP6, VNET_GSO_TCP6, 1000), PKT_GSO_TCP6, 0);
    check_unbelieved(claim(at + TCP_BYTES, PKT_GSO_TCP6, VNET_GSO_TCP6, 1000), PKT_GSO_TCP6, 3000);
    check_unbelieved(claim(at, PKT_GSO_TCP6, 3, 1000), PKT_GSO_TCP6, 3000); /* UFO */
    check_unbelieved(claim(0, PKT_GSO_TCP6, VNET_GSO_TCP6, 1000), PKT_GSO_TCP6, 3000);
}
