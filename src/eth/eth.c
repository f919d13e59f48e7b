/* eth/eth.c - Ethernet framing: which frames are for us, and what is in them. */
#include "wire/eth.h"

#include "base/bits.h"
#include "core/path.h"
#include "core/port.h"

/* Give a tagged frame to the interface of its VLAN; false: there is none. VLAN 0 is a priority
 * alone, the frame is the port's own (802.1Q 6.9.1). A second tag is nobody's. */
static bool take_tag(const struct tarn *st, struct pkt *p, const struct eth_hdr *h)
{
    uint16_t vlan = h->tag[0].tci & ETH_TCI_VID;
    int port = vlan != 0 ? port_find_vlan(st, p->port, vlan) : p->port;

    if (port < 0 || (h->n_tags > 1 && (h->tag[1].tci & ETH_TCI_VID) != 0))
        return false;
    p->vlan = 1u << 16 | h->tag[0].tci;
    p->port = (uint8_t)port;
    port_at(st, p->port)->info.rx_packets += vlan != 0 ? p->segs : 0;
    port_at(st, p->port)->info.rx_bytes += vlan != 0 ? pkt_len(p) : 0;
    return true;
}

/* Why the frame is not for us, or 0. */
static enum tarn_drop refuse(const struct tarn *st, struct pkt *p, const struct eth_hdr *h)
{
    if (eth_is_group(h->src))
        return DROP_ETH_SOURCE;
    if (h->n_tags > 0 && !take_tag(st, p, h))
        return DROP_ETH_VLAN;
    if (!port_is_up(st, p->port))
        return DROP_PORT_DOWN;
    if (!eth_is_group(h->dst) && memcmp(h->dst, port_at(st, p->port)->info.mac, 6) != 0)
        return DROP_ETH_NOT_OURS;
    return (enum tarn_drop)0;
}

void eth_input(struct tarn *st, struct pkt *p, tarn_ns now)
{
    struct eth_hdr h;
    const uint8_t *at = pkt_pull(st, p, min_u32(pkt_len(p), ETH_MAX_BYTES));
    enum tarn_drop why;

    if (at == NULL || eth_parse(&h, at, p->head_len) != WIRE_OK) {
        why = at != NULL ? (enum tarn_drop)eth_parse(&h, at, p->head_len) : DROP_ETH_SHORT;
        pkt_drop(st, p, why);
        return;
    }
    why = refuse(st, p, &h);
    if (why != 0) {
        pkt_drop(st, p, why);
        return;
    }
    if (eth_is_group(h.dst))
        p->flags |= PKT_BROADCAST;
    p->l2 = (uint16_t)p->head_off;
    pkt_strip(p, h.header_bytes);
    switch (h.type) {
    case ETH_IP4: ip4_input(st, p, now); break;
    case ETH_ARP: arp_input(st, p, now); break;
    case ETH_IP6: ip6_input(st, p, now); break;
    default: pkt_drop(st, p, DROP_ETH_TYPE); break;
    }
}

void eth_output(struct tarn *st, unsigned port, const uint8_t dst[6], uint16_t type, struct pkt *p,
                tarn_ns now)
{
    struct tarn_port_info *info = &port_at(st, port)->info;
    struct eth_hdr h = {.type = type, .n_tags = info->vlan != 0};

    h.tag[0] = (struct eth_tag){ETH_VLAN, info->vlan};
    memcpy(h.dst, dst, 6);
    memcpy(h.src, info->mac, 6);
    p->l3 = (uint16_t)p->head_off;
    eth_build(pkt_prepend(p, (unsigned)eth_bytes(&h)), &h);
    p->l2 = (uint16_t)p->head_off;
    if (info->vlan != 0) {
        info->tx_packets += p->segs;
        info->tx_bytes += pkt_len(p);
    }
    port_output(st, port_carrier(st, port), p, now);
}
