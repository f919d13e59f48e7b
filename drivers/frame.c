/* drivers/frame.c - the pieces of one read or write of a frame. */
#include "drivers/frame.h"

enum { ETH_TYPE_AT = 12, TAG_BYTES = 4, TYPE_8021Q = 0x8100, TYPE_8021AD = 0x88a8 };

static void pieces(struct frame *f, const struct tarn_iov *part, unsigned n)
{
    f->n = 0;
    if (f->vnet)
        f->iov[f->n++] = (struct iovec){&f->header, sizeof f->header};
    for (unsigned i = 0; i < n; i++)
        f->iov[f->n++] = (struct iovec){part[i].base, part[i].len};
}

struct pkt *frame_begin(struct frame *f, struct tarn *st, size_t bytes, bool vnet)
{
    struct pkt *p = pkt_rx_get(st, bytes);
    struct tarn_iov part[2];

    f->vnet = vnet;
    if (p != NULL)
        pieces(f, part, pkt_rx_iov(st, p, part));
    return p;
}

/* Where the network header begins in a frame, so that a super-packet may be cut before the stack
 * has parsed it. */
static uint32_t network_at(const struct link *l, const struct pkt *p)
{
    const uint8_t *frame = p->head + p->head_off;
    uint32_t at = ETH_TYPE_AT;

    if (l->caps.medium != LINK_ETHERNET)
        return 0;
    for (; at + 2 + TAG_BYTES <= p->head_len; at += TAG_BYTES) {
        unsigned type = (unsigned)frame[at] << 8 | frame[at + 1];

        if (type != TYPE_8021Q && type != TYPE_8021AD)
            break;
    }
    return at + 2;
}

struct pkt *frame_end(struct frame *f, struct link *l, struct pkt *p, size_t got)
{
    size_t header = f->vnet ? sizeof f->header : 0;

    if (got <= header) {
        l->rx_errors++;
        pkt_drop(l->st, p, DROP_ETH_SHORT);
        return NULL;
    }
    pkt_rx_filled(l->st, p, got - header);
    if (f->vnet && !vnet_to_pkt(&f->header, p))
        l->rx_errors++;
    if (p->gso != PKT_GSO_NONE)
        p->l3 = (uint16_t)(p->head_off + network_at(l, p));
    l->rx_packets++;
    l->rx_bytes += pkt_len(p);
    return p;
}

void frame_of_pkt(struct frame *f, struct tarn *st, struct pkt *p, bool vnet)
{
    struct tarn_iov part[2];

    f->vnet = vnet;
    if (vnet)
        vnet_of_pkt(&f->header, p);
    pieces(f, part, pkt_iov(st, p, part));
}

void frame_sent(struct link *l, struct pkt *p)
{
    l->tx_packets++;
    l->tx_bytes += pkt_len(p);
    pkt_put(l->st, p);
}

void frame_refused(struct link *l, struct pkt *p, enum tarn_drop why)
{
    l->tx_errors++;
    pkt_drop(l->st, p, why);
}
