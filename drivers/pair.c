/* drivers/pair.c - two links joined in memory, for library users and tests.
 *
 * Each end holds the packets that wait for its stack, in that stack's memory: sending copies the
 * packet over (pkt_copy_to), because two stacks share nothing. The queue is bounded, so a stack
 * that is not polled makes the other's sends wait instead of filling memory. There is no descriptor
 * to wait on: deadline() says "now" while there is something to receive or room after a refusal.
 *
 * Invariant: head - tail <= QUEUE. */
#include "tarn/link.h"

#include "tarn/err.h"

#include <stdlib.h>

enum { QUEUE = 256, MAX_MTU = 65535 };

struct pair {
    struct link link;
    struct pair *peer;    /* NULL when the other end is closed */
    uint32_t ring[QUEUE]; /* references: packets that wait for our stack */
    uint32_t head, tail;  /* put at head, taken at tail; modulo QUEUE */
    bool refused;         /* our last send found the peer's ring full */
};

static bool ring_is_full(const struct pair *p)
{
    return p->head - p->tail == QUEUE;
}

static int pair_pollfd(const struct link *l)
{
    (void)l;
    return -1;
}

static tarn_ns pair_deadline(const struct link *l)
{
    const struct pair *p = (const struct pair *)l;
    bool room = p->refused && (p->peer == NULL || !ring_is_full(p->peer));

    return p->head != p->tail || room ? 0 : TARN_NEVER;
}

static int pair_rx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    struct pair *p = (struct pair *)l;
    unsigned got = 0;

    (void)now;
    for (; got < n && p->head != p->tail; got++) {
        v[got] = pkt_at(l->st, p->ring[p->tail++ % QUEUE]);
        l->rx_packets++;
        l->rx_bytes += pkt_len(v[got]);
    }
    return got == 0 && p->peer == NULL ? -TARN_ENETDOWN : (int)got;
}

static int pair_tx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    struct pair *p = (struct pair *)l;
    unsigned sent = 0;

    (void)now;
    for (; sent < n && !(p->peer && ring_is_full(p->peer)); sent++) {
        struct pair *to = p->peer;
        struct pkt *copy = to ? pkt_copy_to(l->st, v[sent], to->link.st) : NULL;

        if (copy != NULL)
            to->ring[to->head++ % QUEUE] = pkt_ref(to->link.st, copy);
        l->tx_packets++;
        l->tx_bytes += pkt_len(v[sent]);
        if (copy != NULL)
            pkt_put(l->st, v[sent]);
        else
            pkt_drop(l->st, v[sent], to ? DROP_POOL_EMPTY : DROP_PORT_DOWN);
    }
    p->refused = sent < n;
    return (int)sent;
}

static void pair_close(struct link *l)
{
    struct pair *p = (struct pair *)l;

    while (p->head != p->tail)
        pkt_put(l->st, pkt_at(l->st, p->ring[p->tail++ % QUEUE]));
    if (p->peer != NULL) {
        p->peer->peer = NULL;
        p->peer->link.caps.carrier = false;
    }
}

static const struct link_ops pair_ops = {
    .name = "pair",
    .help = "",
    .keys = "",
    .size = sizeof(struct pair),
    .pollfd = pair_pollfd,
    .deadline = pair_deadline,
    .rx = pair_rx,
    .tx = pair_tx,
    .close = pair_close,
};

static struct pair *end_new(struct tarn *st, uint32_t mtu, uint8_t last)
{
    struct pair *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    p->link.ops = &pair_ops;
    p->link.st = st;
    p->link.name = pair_ops.name;
    p->link.caps = (struct link_caps){
        .mtu = mtu < MAX_MTU ? mtu : MAX_MTU,
        .offload = LINK_CSUM_RX | LINK_CSUM_TX | LINK_GSO_TX | LINK_USO_TX | LINK_GRO_RX,
        .medium = LINK_ETHERNET,
        .mac = {0x02, 0, 0, 0, 0, last},
        .carrier = true,
    };
    return p;
}

int link_open_pair(struct link **a, struct tarn *a_st, struct link **b, struct tarn *b_st,
                   uint32_t mtu)
{
    struct pair *pa = end_new(a_st, mtu, 1), *pb = end_new(b_st, mtu, 2);

    if (pa == NULL || pb == NULL) {
        free(pa);
        free(pb);
        return -TARN_ENOMEM;
    }
    pa->peer = pb;
    pb->peer = pa;
    *a = &pa->link;
    *b = &pb->link;
    return 0;
}
