/* eth/arp.c - ARP for IPv4 on Ethernet (RFC 826, RFC 1122 2.3.2, announcements of RFC 5227 3).
 *
 * Requests for an address of ours are answered on whatever interface they come (the host owns its
 * addresses, RFC 1122 3.3.4.2's weak model). What a packet says of its sender goes to
 * neigh_learn(), which decides whether to believe it. Whoever uses an address of ours, or wants one
 * that we are probing for, is reported to addrconf/ (RFC 5227 2.1.1, 2.4). */
#include "wire/arp.h"

#include "base/bits.h"
#include "eth/neigh.h"
#include "wire/eth.h"

static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static void send(struct tarn *st, unsigned port, const struct arp_hdr *h, const uint8_t *dst,
                 tarn_ns now)
{
    struct pkt *p = pkt_get(st, 0, PKT_RX_ROOM);

    if (p == NULL) {
        st->drop[DROP_POOL_EMPTY]++;
        return;
    }
    p->head_len = (uint32_t)arp_build(pkt_head(p), h);
    eth_output(st, port, dst, ETH_ARP, p, now);
}

static struct arp_hdr from_us(const struct tarn *st, unsigned port, uint16_t op, uint32_t ip)
{
    struct arp_hdr h = {.op = op, .sender_ip = ip};

    memcpy(h.sender_mac, port_at(st, port)->info.mac, 6);
    return h;
}

void arp_ask(struct tarn *st, unsigned port, const struct tarn_ip *ip, const uint8_t *mac,
             tarn_ns now)
{
    struct tarn_ip ours = tarn_ip4(0);
    struct arp_hdr h;

    (void)address_on_port(st, port, ip, &ours);
    h = from_us(st, port, ARP_REQUEST, tarn_ip_to4(&ours));
    h.target_ip = tarn_ip_to4(ip);
    send(st, port, &h, mac != NULL ? mac : everybody, now);
}

void arp_announce(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now)
{
    struct arp_hdr h = from_us(st, port, ARP_REQUEST, tarn_ip_to4(ip));

    h.target_ip = h.sender_ip;
    send(st, port, &h, everybody, now);
}

void arp_probe(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now)
{
    struct arp_hdr h = from_us(st, port, ARP_REQUEST, 0);

    h.target_ip = tarn_ip_to4(ip);
    send(st, port, &h, everybody, now);
}

static void answer(struct tarn *st, unsigned port, const struct arp_hdr *asked, tarn_ns now)
{
    struct arp_hdr h = from_us(st, port, ARP_REPLY, asked->target_ip);

    h.target_ip = asked->sender_ip;
    memcpy(h.target_mac, asked->sender_mac, 6);
    send(st, port, &h, asked->sender_mac, now);
}

/* Can the sender be one? (0 is a probe, RFC 5227 2.1.1, whose sender is not learned.) */
static bool is_sender(const struct tarn *st, const struct arp_hdr *h)
{
    struct tarn_ip ip = tarn_ip4(h->sender_ip);

    if (eth_is_group(h->sender_mac) || tarn_ip_is_multicast(&ip) || tarn_ip_is_loopback(&ip))
        return false;
    return !address_is_local(st, &ip) && !address_is_broadcast(st, &ip);
}

/* Does the packet of another station speak of an address of this port as its own? */
static bool is_conflict(struct tarn *st, unsigned port, const struct arp_hdr *h, tarn_ns now)
{
    struct tarn_ip sender = tarn_ip4(h->sender_ip), target = tarn_ip4(h->target_ip);
    const struct tarn_ip *theirs = h->sender_ip == 0 ? &target : &sender;
    int flags = address_flags(st, port, theirs);
    bool tentative = flags >= 0 && (flags & TARN_ADDRESS_TENTATIVE) != 0;

    if (flags < 0 || (flags & TARN_ADDRESS_DUPLICATE) != 0 || eth_is_group(h->sender_mac) ||
        memcmp(h->sender_mac, port_at(st, port)->info.mac, 6) == 0)
        return false;
    if (tentative)
        dad_conflict(st, port, theirs, now);
    else if (h->sender_ip != 0)
        address_conflict(st, port, theirs, now);
    return tentative || h->sender_ip != 0;
}

void arp_input(struct tarn *st, struct pkt *p, tarn_ns now)
{
    const uint8_t *at = pkt_pull(st, p, min_u32(pkt_len(p), ARP_BYTES));
    unsigned port = p->port;
    struct tarn_ip target;
    struct arp_hdr h;
    enum wire_err err;
    bool ours, known;

    p->l3 = (uint16_t)p->head_off;
    err = at != NULL ? arp_parse(&h, at, p->head_len) : WIRE_ARP_SHORT;
    if (err == WIRE_OK && is_conflict(st, port, &h, now))
        err = WIRE_ARP_CONFLICT;
    else if (err == WIRE_OK && h.sender_ip != 0 && !is_sender(st, &h))
        err = WIRE_ARP_ADDRESS;
    if (err != WIRE_OK) {
        pkt_drop(st, p, (enum tarn_drop)err);
        return;
    }
    target = tarn_ip4(h.target_ip);
    ours = address_is_local(st, &target) && !tarn_ip_is_loopback(&target);
    known =
        h.sender_ip != 0 && neigh_learn(st,
                                        &(struct neigh_news){.port = port,
                                                             .ip = tarn_ip4(h.sender_ip),
                                                             .mac = h.sender_mac,
                                                             .solicited = h.op == ARP_REPLY && ours,
                                                             .create = h.op == ARP_REQUEST && ours},
                                        now);
    if (!ours && !known) {
        pkt_drop(st, p, DROP_ARP_NOT_OURS);
        return;
    }
    pkt_put(st, p);
    if (ours && h.op == ARP_REQUEST)
        answer(st, port, &h, now);
}
