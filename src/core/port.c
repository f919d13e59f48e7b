/* core/port.c - where packets enter and leave the stack.
 *
 * Going down a port makes of every packet what its link takes: a super-packet is cut where the link
 * cannot do it, a partial checksum completed; then it waits in the port's queue until the link asks
 * (tarn_output). */
#include "core/port.h"

#include "base/bits.h"
#include "core/chunk.h"
#include "core/path.h"
#include "tarn/link.h"

_Static_assert(PORT_MAX <= UINT8_MAX, "struct pkt names its port in 8 bits");

static const struct qdisc_ops *queue_of(const struct port *o)
{
    return qdisc_table[o->qdisc];
}

bool port_layer_init(struct tarn *st)
{
    static const struct tarn_port_info lo = {
        .name = "lo",
        .mtu = PORT_LO_MTU,
        .offload = LINK_CSUM_RX | LINK_CSUM_TX | LINK_GSO_TX | LINK_USO_TX | LINK_GRO_RX,
        .medium = LINK_IP,
        .carrier = true,
    };

    if (layer_alloc(st, LAYER_PORT, sizeof(struct port_layer)) == NULL)
        return false;
    port_new(st, &lo);
    port_at(st, PORT_LO)->info.up = true;
    return true;
}

int port_new(struct tarn *st, const struct tarn_port_info *info)
{
    struct port_layer *all = port_layer(st);
    struct port *o = &all->port[all->n];

    if (all->n == PORT_MAX)
        return -TARN_ENOSPC;
    *o = (struct port){.info = *info};
    o->info.up = false;
    o->info.rx_packets = o->info.rx_bytes = o->info.rx_dropped = 0;
    o->info.tx_packets = o->info.tx_bytes = o->info.tx_dropped = 0;
    while (queue_of(o) != &qdisc_fifo)
        o->qdisc++;
    queue_of(o)->init(st, o->qdisc_state, st->now);
    return (int)all->n++;
}

int port_find_vlan(const struct tarn *st, unsigned carrier, uint16_t vlan)
{
    for (unsigned i = 1; i < port_count(st); i++)
        if (port_at(st, i)->info.vlan == vlan && port_at(st, i)->info.vlan_of == carrier)
            return (int)i;
    return -1;
}

/* How many packets a super-packet stands for, unless the driver has told: TCP's, whose headers take
 * 54 bytes at least. */
static void count_segments(struct pkt *p)
{
    enum { HEADERS = 54 };
    uint32_t payload = pkt_len(p) > HEADERS ? pkt_len(p) - HEADERS : 1;

    if (p->gso_size == 0) {
        p->gso = PKT_GSO_NONE;
        p->segs = 1;
    } else {
        p->segs = max_u32(p->segs, (payload + p->gso_size - 1) / p->gso_size);
    }
}

void port_input(struct tarn *st, unsigned port, struct pkt *p, tarn_ns now)
{
    struct port *o = port_at(st, port);

    p->port = (uint8_t)port;
    p->stamp = now;
    count_segments(p);
    if (!o->info.up) {
        o->info.rx_dropped++;
        pkt_drop(st, p, DROP_PORT_DOWN);
        return;
    }
    o->info.rx_packets += p->segs;
    o->info.rx_bytes += pkt_len(p);
    if (o->info.medium == LINK_ETHERNET)
        eth_input(st, p, now);
    else
        path_ip_input(st, p, now);
}

void path_ip_input(struct tarn *st, struct pkt *p, tarn_ns now)
{
    const uint8_t *first = pkt_pull(st, p, 1);

    if (first == NULL)
        pkt_drop(st, p, DROP_IP4_SHORT);
    else if (*first >> 4 == 6)
        ip6_input(st, p, now);
    else
        ip4_input(st, p, now);
}

static void drop_out(struct tarn *st, struct port *o, struct pkt *p, enum tarn_drop why)
{
    o->info.tx_dropped += p->segs;
    pkt_drop(st, p, why);
}

/* One packet, as the link takes it, into the queue. */
static void enqueue(struct tarn *st, struct port *o, struct pkt *p, tarn_ns now)
{
    uint64_t before = st->n_drops;

    if ((o->info.offload & LINK_CSUM_TX) == 0)
        pkt_csum_finish(st, p);
    queue_of(o)->enqueue(st, o->qdisc_state, p, now);
    o->info.tx_dropped += st->n_drops - before;
}

/* Larger than the link's MTU? A super-packet is as large as its segments. */
static bool is_too_big(const struct port *o, const struct pkt *p)
{
    uint32_t link_bytes = p->l3 >= p->head_off ? p->l3 - p->head_off : 0;

    return p->gso_size == 0 && pkt_len(p) - link_bytes > o->info.mtu;
}

/* Does the link cut super-packets of this kind? Not with PKT_ACE: it would clear CWR in all
 * segments but the first. */
static bool can_segment(const struct port *o, const struct pkt *p)
{
    return (p->flags & PKT_ACE) == 0 &&
           (o->info.offload & (p->gso == PKT_GSO_UDP ? LINK_USO_TX : LINK_GSO_TX)) != 0;
}

void port_output(struct tarn *st, unsigned port, struct pkt *p, tarn_ns now)
{
    struct port *o = port_at(st, port);

    p->port = (uint8_t)port;
    p->stamp = now;
    if (!o->info.up) {
        drop_out(st, o, p, DROP_PORT_DOWN);
        return;
    }
    if (is_too_big(o, p)) {
        drop_out(st, o, p, DROP_PORT_TOO_BIG);
        return;
    }
    if (p->gso_size != 0 && !can_segment(o, p))
        p = pkt_segment(st, p);
    while (p != NULL) {
        struct pkt *next = pkt_at(st, p->next);

        enqueue(st, o, p, now);
        p = next;
    }
}

struct pkt *port_dequeue(struct tarn *st, unsigned port, tarn_ns now)
{
    struct port *o = port_at(st, port);
    struct pkt *p = queue_of(o)->dequeue(st, o->qdisc_state, now);

    if (p != NULL) {
        o->info.tx_packets += p->segs;
        o->info.tx_bytes += pkt_len(p);
    }
    return p;
}

tarn_ns port_deadline(const struct tarn *st, unsigned port)
{
    const struct port *o = port_at(st, port);

    return queue_of(o)->deadline(st, o->qdisc_state);
}

void port_flush(struct tarn *st, unsigned port)
{
    struct port *o = port_at(st, port);

    queue_of(o)->flush(st, o->qdisc_state, DROP_PORT_DOWN);
}
