/* tests/unit/core/gso_test.c - super-packets are cut as a link would cut them. */
#include "core/chunk.h"
#include "tests/unit/rig.h"
#include "wire/ip6.h"
#include "wire/patch.h"
#include "wire/tcp.h"

enum { PAYLOAD = 5000, MSS = 1448 };

static uint8_t payload[PAYLOAD];

/* A super-packet as TCP and IP make it; with a link header or without. */
static struct pkt *super(struct rig *r, bool six, bool eth, size_t in_head)
{
    struct tcp_hdr h = {.src_port = 1, .dst_port = 2, .seq = {0xfffffff0u}, .ack = {5}};
    struct pkt *p = pkt_get(r->st, PAYLOAD, 120);
    struct ip4_hdr ip = {.ttl = 64,
                         .proto = IP_PROTO_TCP,
                         .header_bytes = 20,
                         .id = 0xffff,
                         .src = RIG_PEER_IP,
                         .dst = r->ip};
    struct ip6_hdr ip6 = {.next = IP_PROTO_TCP, .hops = 64, .src = {1}, .dst = {2}};
    uint8_t header[60];
    size_t n;

    for (size_t i = 0; i < PAYLOAD; i++)
        payload[i] = (uint8_t)(i * 5);
    h.flags = TCP_ACK | TCP_PSH | TCP_FIN | TCP_CWR;
    h.opts = (struct tcp_opts){.has_timestamps = true, .ts_value = 9};
    n = tcp_build(header, &h);
    memcpy(pkt_prepend(p, (unsigned)n), header, n);
    memcpy(pkt_head(p) + p->head_len, payload, in_head);
    p->l4 = (uint16_t)p->head_off;
    p->head_len += (uint32_t)in_head;
    CHECK(pkt_append(r->st, p, payload + in_head, PAYLOAD - in_head));
    ip.total_bytes = (uint16_t)(20 + pkt_len(p));
    ip6.payload_bytes = (uint16_t)pkt_len(p);
    if (six)
        ip6_build(pkt_prepend(p, 40), &ip6);
    else
        ip4_build(pkt_prepend(p, 20), &ip);
    p->l3 = (uint16_t)p->head_off;
    if (eth)
        rig_eth(pkt_prepend(p, 14), r->mac, six ? ETH_IP6 : ETH_IP4);
    p->gso = six ? PKT_GSO_TCP6 : PKT_GSO_TCP4;
    p->gso_size = MSS;
    p->csum = PKT_CSUM_PARTIAL;
    p->csum_offset = TCP_CHECKSUM_OFFSET;
    return p;
}

/* The i-th segment of `super`: every field that the cut has to make new. */
static void check_segment(const uint8_t *at, size_t n, unsigned i, bool six)
{
    bool last = i == PAYLOAD / MSS;
    size_t len = last ? PAYLOAD % MSS : MSS, ip_bytes = six ? 40 : 20;
    uint32_t sum;
    struct tcp_hdr h;
    struct ip4_hdr ip;
    struct ip6_hdr ip6;

    CHECK_EQ(n, ip_bytes + 32 + len);
    if (six) {
        CHECK_EQ(ip6_parse(&ip6, at, n, n), WIRE_OK);
        CHECK_EQ(ip6.payload_bytes, 32 + len);
        sum = ip6_pseudo_sum(ip6.src, ip6.dst, IP_PROTO_TCP, (uint32_t)(32 + len));
    } else {
        CHECK_EQ(ip4_parse(&ip, at, n, n), WIRE_OK);
        CHECK_EQ(ip.total_bytes, n);
        CHECK_EQ(ip.id, (uint16_t)(0xffff + i));
        sum = ip4_pseudo_sum(ip.src, ip.dst, IP_PROTO_TCP, (uint32_t)(32 + len));
    }
    CHECK(sum_is_good(sum_partial(at + ip_bytes, n - ip_bytes, sum)));
    CHECK_EQ(tcp_parse(&h, at + ip_bytes, n - ip_bytes), WIRE_OK);
    CHECK_EQ(h.seq.v, 0xfffffff0u + i * MSS);
    CHECK_EQ(h.flags, TCP_ACK | (last ? TCP_PSH | TCP_FIN : 0) | (i == 0 ? TCP_CWR : 0));
    CHECK_EQ(h.opts.ts_value, 9);
    CHECK_MEM(at + ip_bytes + 32, payload + (size_t)i * MSS, len);
}

static void cut(bool six, bool eth, size_t in_head)
{
    static uint8_t bytes[2000];
    struct rig r;
    struct pkt *p;
    unsigned n = 0;

    rig_open(&r, 1);
    rig_drain(&r);
    p = pkt_segment(r.st, super(&r, six, eth, in_head));
    while (p != NULL) {
        struct pkt *next = pkt_at(r.st, p->next);
        size_t link = eth ? 14 : 0;
        size_t len = pkt_copy_out(r.st, p, link, bytes, sizeof bytes);

        CHECK_EQ(p->csum, PKT_CSUM_NONE);
        CHECK_EQ(p->gso_size, 0);
        CHECK_EQ(p->segs, 1);
        check_segment(bytes, len, n++, six);
        pkt_put(r.st, p);
        p = next;
    }
    CHECK_EQ(n, PAYLOAD / MSS + 1);
    CHECK_EQ(r.st->held.chunks, 0);
    CHECK_EQ(r.st->pkt_pool.n_used, 0);
    rig_close(&r);
}

TEST(gso, cuts_tcp_over_ipv4_and_ipv6)
{
    cut(false, false, 0);
    cut(false, true, 0);
    cut(true, false, 0);
    cut(true, true, 0);
}

TEST(gso, payload_in_the_head_is_moved_first)
{
    cut(false, true, 50);
    cut(true, false, 50);
}

TEST(gso, an_ordinary_packet_is_returned_as_it_is)
{
    struct rig r;
    struct pkt *p;

    rig_open(&r, 1);
    p = pkt_get(r.st, 100, 0);
    CHECK(pkt_segment(r.st, p) == p);
    pkt_put(r.st, p);
    rig_close(&r);
}

TEST(gso, out_of_packets_drops_all_of_it)
{
    struct tarn_config cfg = {.max_packets = 3};
    struct rig r;

    rig_open_with(&r, 1, 0, &cfg);
    rig_drain(&r);
    CHECK(pkt_segment(r.st, super(&r, false, true, 0)) == NULL);
    CHECK_EQ(tarn_drop_count(r.st, DROP_POOL_EMPTY), 1);
    CHECK_EQ(r.st->pkt_pool.n_used, 0);
    CHECK_EQ(r.st->held.chunks, 0);
    rig_close(&r);
}
