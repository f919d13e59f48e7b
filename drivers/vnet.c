/* drivers/vnet.c - offload state between struct pkt and the virtio-net header. */
#include "drivers/vnet.h"

#include <string.h>

enum {
    TCP_DATA_OFFSET = 12,
    TCP_MIN_BYTES = 20,
    UDP_BYTES = 8,
    /* A super-packet costs as many packets as it has segments where it must be cut, so a sender
     * that names tiny ones is not believed. Linux sends none below 36 (tcp_min_snd_mss with
     * timestamps), and 128 datagrams at once. */
    MIN_TCP_SEGMENT = 32,
    MAX_UDP_SEGMENTS = 128
};

/* What the header calls each kind of super-packet, by enum pkt_gso. */
static const uint8_t kinds[] = {[PKT_GSO_NONE] = VNET_GSO_NONE,
                                [PKT_GSO_TCP4] = VNET_GSO_TCP4,
                                [PKT_GSO_TCP6] = VNET_GSO_TCP6,
                                [PKT_GSO_UDP] = VNET_GSO_UDP};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

/* Bytes of all headers of a packet whose l4 is known, extension headers included; 0 when the head
 * does not hold them. */
static uint32_t headers_bytes(const struct pkt *p, uint8_t kind)
{
    uint32_t l4 = (uint32_t)p->l4 - p->head_off;
    uint32_t tcp;

    if (p->l4 < p->head_off || l4 + UDP_BYTES > p->head_len)
        return 0;
    if (kind == PKT_GSO_UDP)
        return l4 + UDP_BYTES;
    if (l4 + TCP_MIN_BYTES > p->head_len)
        return 0;
    tcp = (uint32_t)(p->head[p->l4 + TCP_DATA_OFFSET] >> 4) * 4;
    return tcp >= TCP_MIN_BYTES ? l4 + tcp : 0;
}

void vnet_of_pkt(struct vnet_header *h, const struct pkt *p)
{
    memset(h, 0, sizeof *h);
    if (p->csum == PKT_CSUM_PARTIAL) {
        h->flags = VNET_NEEDS_CSUM;
        h->csum_start = (uint16_t)(p->l4 - p->head_off);
        h->csum_offset = p->csum_offset;
    } else if (p->csum == PKT_CSUM_VERIFIED) {
        h->flags = VNET_DATA_VALID;
    }
    if (p->gso == PKT_GSO_NONE || p->gso >= N_KINDS)
        return;
    h->gso_type = kinds[p->gso];
    h->gso_size = (uint16_t)p->gso_size;
    h->header_bytes = (uint16_t)headers_bytes(p, p->gso);
}

static bool take_partial(const struct vnet_header *h, struct pkt *p)
{
    uint32_t field = (uint32_t)h->csum_start + h->csum_offset;

    if (field + 2 > p->head_len || h->csum_start == 0)
        return false;
    p->csum = PKT_CSUM_PARTIAL;
    p->l4 = (uint16_t)(p->head_off + h->csum_start);
    p->csum_offset = h->csum_offset;
    return true;
}

static bool take_gso(const struct vnet_header *h, struct pkt *p)
{
    uint8_t type = h->gso_type & (uint8_t)~VNET_GSO_ECN, kind = PKT_GSO_TCP4;
    uint32_t headers, segs;

    if (type == VNET_GSO_NONE)
        return true;
    while (kind < N_KINDS && kinds[kind] != type)
        kind++;
    if (kind == N_KINDS || p->csum != PKT_CSUM_PARTIAL)
        return false;
    headers = headers_bytes(p, kind);
    if (headers == 0 || h->gso_size == 0 || headers >= pkt_len(p))
        return false;
    segs = (pkt_len(p) - headers + h->gso_size - 1) / h->gso_size;
    if (kind == PKT_GSO_UDP ? segs > MAX_UDP_SEGMENTS : h->gso_size < MIN_TCP_SEGMENT)
        return false;
    p->gso = kind;
    p->gso_size = h->gso_size;
    p->segs = segs;
    return true;
}

bool vnet_to_pkt(const struct vnet_header *h, struct pkt *p)
{
    if (h->flags & VNET_NEEDS_CSUM) {
        if (!take_partial(h, p))
            return false;
    } else if (h->flags & VNET_DATA_VALID) {
        p->csum = PKT_CSUM_VERIFIED;
    }
    return take_gso(h, p);
}
