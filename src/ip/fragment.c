/* ip/fragment.c - cutting a datagram that is larger than the path's MTU (RFC 791 3.2, RFC
 * 8200 4.5).
 *
 * All fragments share the payload's chunk. A packet of IPv4 that is a fragment itself is cut
 * further: the pieces continue its offset, and its last piece keeps its More Fragments. Options
 * that are marked so go into every piece, the others into the first alone. Of IPv6 only the source
 * cuts; hop-by-hop options go into every piece.
 *
 * Identifications of IPv6 count up from a start that is different for each pair of addresses, by a
 * keyed hash: nobody can tell from his own those that others get (RFC 7739 5.3). */
#include "base/array.h"
#include "base/bits.h"
#include "base/bytes.h"
#include "core/chunk.h"
#include "ip/ip.h"
#include "wire/ip6_ext.h"

/* Payload bytes [at, at + len) of p, with room for `room` bytes of headers. */
static struct pkt *piece_get(struct tarn *st, const struct pkt *p, unsigned room, uint32_t at,
                             uint32_t len)
{
    struct pkt *q = pkt_get(st, 0, PKT_RX_ROOM + room);

    if (q == NULL)
        return NULL;
    q->chunk = p->chunk;
    chunk_hold(chunk_at(st, p->chunk));
    q->slice_off = p->slice_off + at;
    q->slice_len = len;
    q->mark = p->mark;
    q->l4 = (uint16_t)q->head_off;
    q->sent_on = p->sent_on;
    return q;
}

/* A piece with its headers, to the link. */
static void send_piece(struct tarn *st, const struct ip_info *ip, struct pkt *q, tarn_ns now)
{
    q->l3 = (uint16_t)q->head_off;
    stat_add(st, TARN_STAT_IP_FRAGMENTS_OUT, 1);
    neigh_output(st, ip->port, &ip->hop, q, now);
}

/* The header of the pieces behind the first. */
static struct ip4_hdr later_header(const struct ip4_hdr *h)
{
    struct ip4_hdr later = *h;

    later.header_bytes = (uint8_t)(IP4_HEADER_BYTES + ip4_options_for_fragment(later.options, h));
    return later;
}

void ip4_fragment(struct tarn *st, const struct ip_info *ip, const struct ip4_hdr *h, struct pkt *p,
                  tarn_ns now)
{
    struct ip4_hdr piece = *h, later = later_header(h);
    uint32_t total = pkt_len(p);

    if (ip->mtu < IP4_MAX_HEADER_BYTES + 8 || !pkt_head_only(st, p, 0)) {
        pkt_drop(st, p, DROP_POOL_EMPTY);
        return;
    }
    for (uint32_t at = 0, len; at < total; at += len) {
        uint32_t room = (ip->mtu - piece.header_bytes) & ~7u;
        struct pkt *q;

        len = min_u32(room, total - at);
        piece.frag_bytes = (uint16_t)(h->frag_bytes + at);
        piece.mf = h->mf || at + len < total;
        piece.total_bytes = (uint16_t)(piece.header_bytes + len);
        q = piece_get(st, p, piece.header_bytes, at, len);
        if (q == NULL) {
            pkt_drop(st, p, DROP_POOL_EMPTY);
            return;
        }
        ip4_build(pkt_prepend(q, piece.header_bytes), &piece);
        send_piece(st, ip, q, now);
        piece = later;
    }
    pkt_put(st, p);
}

static uint32_t next_id6(struct tarn *st, const struct ip_info *ip)
{
    uint64_t words[4] = {load_be64(ip->src.b), load_be64(ip->src.b + 8), load_be64(ip->dst.b),
                         load_be64(ip->dst.b + 8)};
    uint64_t hash = siphash_words(&st->hash_key, words, ARRAY_LEN(words));

    return (uint32_t)(hash >> 32) + ip_layer(st)->id6[hash % IP_ID_COUNTERS]++;
}

void ip6_fragment(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    unsigned headers = IP6_HEADER_BYTES + ip->n_options + (unsigned)IP6_FRAGMENT_BYTES;
    struct ip6_fragment f = {.next = ip->proto, .id = next_id6(st, ip)};
    uint32_t total = pkt_len(p), room = (ip->mtu - headers) & ~7u;

    if (ip->n_options + total > UINT16_MAX || !pkt_head_only(st, p, 0)) {
        pkt_drop(st, p, ip->n_options + total > UINT16_MAX ? DROP_IP_FRAG_NEEDED : DROP_POOL_EMPTY);
        return;
    }
    for (uint32_t at = 0, len; at < total; at += len) {
        struct pkt *q;

        len = min_u32(room, total - at);
        q = piece_get(st, p, headers, at, len);
        if (q == NULL) {
            pkt_drop(st, p, DROP_POOL_EMPTY);
            return;
        }
        f.frag_bytes = (uint16_t)at;
        f.mf = at + len < total;
        ip6_fragment_build(pkt_prepend(q, IP6_FRAGMENT_BYTES), &f);
        ip6_prepend(st, ip, q, IP6_FRAGMENT);
        send_piece(st, ip, q, now);
    }
    pkt_put(st, p);
}
