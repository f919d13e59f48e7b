/* ip/fragment.c - cutting a datagram that is larger than the path's MTU (RFC 791 3.2).
 *
 * All fragments share the payload's chunk. A packet that is a fragment itself is cut further: the
 * pieces continue its offset, and its last piece keeps its More Fragments. Options that are marked
 * so go into every piece, the others into the first alone. */
#include "base/bits.h"
#include "core/chunk.h"
#include "ip/ip.h"

/* Payload bytes [at, at + len) of p, below header h. */
static struct pkt *piece_get(struct tarn *st, const struct pkt *p, const struct ip4_hdr *h,
                             uint32_t at, uint32_t len)
{
    struct pkt *q = pkt_get(st, 0, PKT_RX_ROOM + h->header_bytes);

    if (q == NULL)
        return NULL;
    q->chunk = p->chunk;
    chunk_hold(chunk_at(st, p->chunk));
    q->slice_off = p->slice_off + at;
    q->slice_len = len;
    q->mark = p->mark;
    q->l4 = (uint16_t)q->head_off;
    ip4_build(pkt_prepend(q, h->header_bytes), h);
    q->l3 = (uint16_t)q->head_off;
    return q;
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
        q = piece_get(st, p, &piece, at, len);
        if (q == NULL) {
            pkt_drop(st, p, DROP_POOL_EMPTY);
            return;
        }
        stat_add(st, TARN_STAT_IP_FRAGMENTS_OUT, 1);
        neigh_output(st, ip->port, &ip->hop, q, now);
        piece = later;
    }
    pkt_put(st, p);
}
