/* core/gso.c - cutting a super-packet into the packets it stands for, as a link would.
 *
 * Each segment has a copy of the headers and shares the payload's chunk. IPv4 ids count up from the
 * first, FIN and PSH stay with the last segment, CWR with the first (RFC 3168 6.1.2); lengths,
 * sequence numbers and checksums are made new. */
#include "base/bits.h"
#include "core/chunk.h"
#include "core/path.h"
#include "wire/ip4.h"
#include "wire/ip6_ext.h"
#include "wire/patch.h"
#include "wire/udp.h"

/* What all segments of a super-packet have in common. */
struct cut {
    struct ip_info ip;     /* for the pseudo-header */
    uint32_t header_bytes; /* from the packet's first byte to its payload */
    uint32_t l3_at, l4_at; /* from the packet's first byte */
    uint16_t first_id;
};

/* Bytes of an IPv6 header and the extension headers behind it, to a transport; 0: there is none. */
static unsigned parse_six(struct cut *c, const uint8_t *l3, size_t n)
{
    unsigned at = IP6_HEADER_BYTES;
    struct ip6_hdr six;

    if (ip6_parse(&six, l3, n, SIZE_MAX) != WIRE_OK)
        return 0;
    memcpy(c->ip.src.b, six.src, 16);
    memcpy(c->ip.dst.b, six.dst, 16);
    c->ip.proto = six.next;
    while (ip6_is_extension(c->ip.proto)) {
        struct ip6_ext h;

        if (at + IP6_EXT_UNIT > n || c->ip.proto == IP6_FRAGMENT ||
            ip6_ext_parse(&h, l3 + at, n - at) != WIRE_OK)
            return 0;
        c->ip.proto = h.next;
        at += h.bytes;
    }
    return at;
}

/* The network header at l3 into c->ip; gives its length, 0 when it is none. */
static unsigned parse_network(struct cut *c, const uint8_t *l3, size_t n)
{
    if (n >= IP6_HEADER_BYTES && l3[0] >> 4 == 6)
        return parse_six(c, l3, n);
    if (n < IP4_HEADER_BYTES || l3[0] >> 4 != 4)
        return 0;
    c->ip.src = tarn_ip4(load_be32(l3 + IP4_SRC_AT));
    c->ip.dst = tarn_ip4(load_be32(l3 + IP4_DST_AT));
    c->ip.proto = l3[IP4_PROTO_AT];
    c->first_id = ip4_id(l3);
    return (l3[0] & 15u) * 4;
}

/* Find the headers; false when they are not what the packet claims to be. */
static bool cut_init(struct cut *c, struct pkt *p)
{
    unsigned network, transport = UDP_HEADER_BYTES;

    *c = (struct cut){.l3_at = p->l3 != 0 ? p->l3 - p->head_off : 0};
    if (c->l3_at > p->head_len)
        return false;
    network = parse_network(c, pkt_head(p) + c->l3_at, p->head_len - c->l3_at);
    c->l4_at = c->l3_at + network;
    if (network < IP4_HEADER_BYTES || c->l4_at + UDP_HEADER_BYTES > p->head_len)
        return false;
    if (p->gso != PKT_GSO_UDP) {
        if (c->l4_at + TCP_HEADER_BYTES > p->head_len)
            return false;
        transport = tcp_header_bytes(pkt_head(p) + c->l4_at);
        if (transport < TCP_HEADER_BYTES)
            return false;
    }
    c->header_bytes = c->l4_at + transport;
    return c->header_bytes <= p->head_len;
}

/* Payload bytes [at, at + len) of p as a packet of its own, headers still those of p. */
static struct pkt *segment_get(struct tarn *st, const struct cut *c, const struct pkt *p,
                               uint32_t at, uint32_t len)
{
    struct pkt *q = pkt_get(st, 0, p->head_off);

    if (q == NULL)
        return NULL;
    q->l2 = p->l2;
    q->l3 = (uint16_t)(p->head_off + c->l3_at);
    q->l4 = (uint16_t)(p->head_off + c->l4_at);
    q->csum_offset = p->gso == PKT_GSO_UDP ? UDP_CHECKSUM_OFFSET : TCP_CHECKSUM_OFFSET;
    q->port = p->port;
    q->flags = p->flags;
    q->mark = p->mark;
    q->flow = p->flow;
    q->vlan = p->vlan;
    q->stamp = p->stamp;
    q->head_len = c->header_bytes;
    memcpy(pkt_head(q), p->head + p->head_off, c->header_bytes);
    if (len > 0) {
        q->chunk = p->chunk;
        chunk_hold(chunk_at(st, p->chunk));
        q->slice_off = p->slice_off + at;
        q->slice_len = len;
    }
    return q;
}

/* Make the segment's headers its own: payload offset `at` in the super-packet, the i-th of them. */
static void segment_headers(struct tarn *st, const struct cut *c, const struct pkt *p,
                            struct pkt *q, uint32_t at)
{
    uint8_t *l3 = q->head + q->l3, *l4 = q->head + q->l4;
    uint32_t ip_bytes = pkt_len(q) - c->l3_at, l4_bytes = pkt_len(q) - c->l4_at;
    bool last = at + q->slice_len == p->slice_len;

    if (l3[0] >> 4 == 4) {
        ip4_patch_total(l3, (uint16_t)ip_bytes);
        ip4_patch_id(l3, (uint16_t)(c->first_id + at / p->gso_size));
    } else {
        ip6_patch_payload(l3, (uint16_t)(ip_bytes - IP6_HEADER_BYTES));
    }
    if (p->gso == PKT_GSO_UDP)
        udp_patch_bytes(l4, (uint16_t)l4_bytes);
    else
        tcp_patch_segment(l4, at,
                          (uint8_t)((last ? 0 : TCP_FIN | TCP_PSH) |
                                    (at > 0 && (p->flags & PKT_ACE) == 0 ? TCP_CWR : 0)));
    store_be16(l4 + q->csum_offset, sum_fold(path_pseudo_sum(&c->ip, l4_bytes)));
    q->csum = PKT_CSUM_PARTIAL;
    pkt_csum_finish(st, q);
}

static void drop_list(struct tarn *st, struct pkt *first)
{
    while (first != NULL) {
        struct pkt *next = pkt_at(st, first->next);

        pkt_put(st, first);
        first = next;
    }
}

/* All segments of p, whose payload is in its slice alone; NULL when out of memory. */
static struct pkt *cut_all(struct tarn *st, const struct cut *c, const struct pkt *p)
{
    struct pkt *first = NULL, *last = NULL;

    for (uint32_t at = 0; at < p->slice_len; at += p->gso_size) {
        struct pkt *q = segment_get(st, c, p, at, min_u32(p->gso_size, p->slice_len - at));

        if (q == NULL) {
            drop_list(st, first);
            return NULL;
        }
        segment_headers(st, c, p, q, at);
        if (last != NULL)
            last->next = pkt_ref(st, q);
        else
            first = q;
        last = q;
    }
    return first;
}

struct pkt *pkt_segment(struct tarn *st, struct pkt *p)
{
    struct pkt *first;
    struct cut c;

    if (p->gso_size == 0)
        return p;
    if (!cut_init(&c, p)) {
        pkt_drop(st, p, DROP_IP_HEADERS);
        return NULL;
    }
    if (pkt_len(p) - c.header_bytes <= p->gso_size) {
        p->gso_size = 0;
        p->gso = PKT_GSO_NONE;
        p->segs = 1;
        pkt_csum_finish(st, p);
        return p;
    }
    first = pkt_head_only(st, p, c.header_bytes) ? cut_all(st, &c, p) : NULL;
    if (first == NULL)
        pkt_drop(st, p, DROP_POOL_EMPTY);
    else
        pkt_put(st, p);
    return first;
}
