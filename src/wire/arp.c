/* wire/arp.c - ARP for IPv4 over Ethernet. */
#include "wire/arp.h"

#include "base/bytes.h"

enum { HARDWARE_ETHERNET = 1, PROTOCOL_IP4 = 0x0800, LENGTHS = 0x0604 };

enum wire_err arp_parse(struct arp_hdr *out, const uint8_t *p, size_t n)
{
    struct cursor c = cur_init(p, n);
    bool known = cur_u16(&c) == HARDWARE_ETHERNET;

    known &= cur_u16(&c) == PROTOCOL_IP4;
    known &= cur_u16(&c) == LENGTHS;
    out->op = cur_u16(&c);
    cur_copy(&c, out->sender_mac, sizeof out->sender_mac);
    out->sender_ip = cur_u32(&c);
    cur_copy(&c, out->target_mac, sizeof out->target_mac);
    out->target_ip = cur_u32(&c);
    if (c.bad)
        return WIRE_ARP_SHORT;
    known &= out->op == ARP_REQUEST || out->op == ARP_REPLY;
    return known ? WIRE_OK : WIRE_ARP_FORM;
}

size_t arp_build(uint8_t *p, const struct arp_hdr *h)
{
    struct writer w = wr_init(p, ARP_BYTES);

    wr_u16(&w, HARDWARE_ETHERNET);
    wr_u16(&w, PROTOCOL_IP4);
    wr_u16(&w, LENGTHS);
    wr_u16(&w, h->op);
    wr_bytes(&w, h->sender_mac, sizeof h->sender_mac);
    wr_u32(&w, h->sender_ip);
    wr_bytes(&w, h->target_mac, sizeof h->target_mac);
    wr_u32(&w, h->target_ip);
    return ARP_BYTES;
}
