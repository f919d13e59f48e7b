/* eth/eth.c - Ethernet framing: which frames are for us, and what is in them. */
#include "wire/eth.h"

#include "base/bits.h"
#include "core/path.h"
#include "core/port.h"

/* 802.1Q 6.9.1: VLAN 0 is a priority alone, the frame is untagged; every other tag is an
 * interface's, and none here has one. */
static bool is_tagged(const struct eth_hdr *h)
{
    for (unsigned i = 0; i < h->n_tags; i++)
        if ((h->tag[i].tci & ETH_TCI_VID) != 0)
            return true;
    return false;
}

/* Why the frame is not for us, or 0. */
static enum tarn_drop refuse(const struct tarn *st, const struct pkt *p, const struct eth_hdr *h)
{
    if (eth_is_group(h->src))
        return DROP_ETH_SOURCE;
    if (is_tagged(h))
        return DROP_ETH_VLAN;
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
    uint8_t *at = pkt_prepend(p, ETH_HEADER_BYTES);
    struct eth_hdr h = {.type = type};

    memcpy(h.dst, dst, 6);
    memcpy(h.src, port_at(st, port)->info.mac, 6);
    eth_build(at, &h);
    p->l2 = (uint16_t)p->head_off;
    p->l3 = (uint16_t)(p->head_off + ETH_HEADER_BYTES);
    port_output(st, port, p, now);
}
