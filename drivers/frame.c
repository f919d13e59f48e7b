/* drivers/frame.c - the pieces of one read or write of a frame. */
#include "drivers/frame.h"

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
