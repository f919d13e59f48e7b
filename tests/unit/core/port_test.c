/* tests/unit/core/port_test.c - what a port counts, and what it makes of a packet for its link. */
#include "tarn/link.h"
#include "tests/unit/rig.h"

static uint8_t frame[RIG_FRAME];

static tarn_sock connected(struct rig *r)
{
    struct tarn_addr peer = {.ip = tarn_ip4(RIG_PEER_IP), .port = 9};
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, TARN_INET, TARN_DGRAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_connect(r->st, s, &peer, r->now), 0);
    return s;
}

TEST(port, counts_what_passes)
{
    struct tarn_port_info before, after;
    struct rig r;

    rig_open_quiet(&r, 1);
    rig_introduce(&r);
    CHECK_EQ(tarn_port_get(r.st, RIG_PORT, &before), 0);
    CHECK_EQ(tarn_send(r.st, connected(&r), "four", 4, r.now), 4);
    CHECK_EQ(rig_output(&r, frame), 46);
    rig_input(&r, frame, 46);
    CHECK_EQ(tarn_port_get(r.st, RIG_PORT, &after), 0);
    CHECK_EQ(after.tx_packets, before.tx_packets + 1);
    CHECK_EQ(after.tx_bytes, before.tx_bytes + 46);
    CHECK_EQ(after.rx_packets, before.rx_packets + 1);
    CHECK_EQ(after.rx_bytes, before.rx_bytes + 46);
    rig_close(&r);
}

TEST(port, a_super_packet_counts_as_its_segments)
{
    static const struct {
        uint32_t payload, mss, segs;
    } rows[] = {{4000, 1000, 4}, {4001, 1000, 5}, {1, 1000, 1}, {2896, 1448, 2}};
    struct tarn_port_info before, after;
    struct rig r;

    rig_open_quiet(&r, 1);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pkt *p = pkt_rx_get(r.st, 54 + rows[i].payload);

        CHECK_EQ(tarn_port_get(r.st, RIG_PORT, &before), 0);
        memset(pkt_head(p), 0, p->head_len);
        p->gso = PKT_GSO_TCP4;
        p->gso_size = rows[i].mss;
        tarn_input(r.st, RIG_PORT, p, r.now);
        CHECK_EQ(tarn_port_get(r.st, RIG_PORT, &after), 0);
        CHECK_EQ(after.rx_packets - before.rx_packets, rows[i].segs);
    }
    rig_close(&r);
}

TEST(port, a_link_that_sums_gets_the_sum_unfinished)
{
    struct rig r;
    struct pkt *p;

    rig_open_with(&r, 1, LINK_CSUM_TX, NULL);
    rig_drain(&r);
    rig_introduce(&r);
    CHECK_EQ(tarn_send(r.st, connected(&r), "four", 4, r.now), 4);
    p = tarn_output(r.st, RIG_PORT, r.now);
    CHECK_EQ(p->csum, PKT_CSUM_PARTIAL);
    CHECK_EQ(p->l4 - p->head_off, 34);
    CHECK_EQ(p->csum_offset, UDP_CHECKSUM_OFFSET);
    pkt_csum_finish(r.st, p);
    CHECK_EQ(pkt_copy_out(r.st, p, 0, frame, sizeof frame), 46);
    CHECK(sum_is_good(
        sum_partial(frame + 34, 12, ip4_pseudo_sum(r.ip, RIG_PEER_IP, IP_PROTO_UDP, 12))));
    pkt_put(r.st, p);
    rig_close(&r);
}

TEST(port, a_partial_sum_that_claims_another_header_is_not_believed)
{
    struct udp_hdr h = {.src_port = 5, .dst_port = 99, .bytes = 8, .checksum = 0x1234};
    uint8_t message[8];
    struct rig r;
    struct pkt *p;
    size_t n;

    rig_open_quiet(&r, 1);
    udp_build(message, &h);
    n = rig_ip4(&r, frame, (struct ip4_hdr){.proto = IP_PROTO_UDP}, message, 8);
    for (unsigned wrong = 0; wrong < 2; wrong++) {
        p = pkt_rx_get(r.st, n);
        memcpy(pkt_head(p), frame, n);
        p->csum = PKT_CSUM_PARTIAL;
        p->csum_offset = UDP_CHECKSUM_OFFSET;
        p->l4 = (uint16_t)(p->head_off + 34 + wrong * 100);
        tarn_input(r.st, RIG_PORT, p, r.now);
    }
    CHECK_EQ(tarn_drop_count(r.st, DROP_UDP_NO_SOCKET), 1);
    CHECK_EQ(tarn_drop_count(r.st, DROP_UDP_CHECKSUM), 1);
    rig_close(&r);
}
