/* ip/ip_output.c - a transport's packet: its way, its IP header, its identification.
 *
 * Identifications (RFC 6864): a packet that may not be fragmented has 0. Others count up from a
 * random start, one of many counters, chosen by a keyed hash of addresses and protocol: a peer's
 * packets have ids far apart, and tell it nothing about ours to others.
 *
 * What goes to a group that this host is in, or to everybody, also comes back to it (RFC 1112 6.1):
 * a copy goes out on lo and remembers the port of the other, which is where it is received. */
#include "base/bytes.h"
#include "ip/ip.h"
#include "wire/ip6.h"

/* An identification for a datagram that may be fragmented (RFC 6864 4). */
static uint16_t next_id(struct tarn *st, const struct ip_info *ip)
{
    uint64_t words[2] = {(uint64_t)tarn_ip_to4(&ip->src) << 32 | tarn_ip_to4(&ip->dst), ip->proto};
    uint64_t hash = siphash_words(&st->hash_key, words, 2);

    return (uint16_t)((hash >> 32) + ip_layer(st)->id[hash % IP_ID_COUNTERS]++);
}

static struct ip4_hdr header4_of(struct tarn *st, const struct ip_info *ip, uint32_t payload_bytes)
{
    uint32_t total = IP4_HEADER_BYTES + ip->n_options + payload_bytes;
    struct ip4_hdr h = {.tos = ip->tos,
                        .ttl = ip->ttl != 0 ? ip->ttl : (uint8_t)st->param[PARAM_TTL],
                        .proto = ip->proto,
                        .header_bytes = (uint8_t)(IP4_HEADER_BYTES + ip->n_options),
                        .total_bytes = total <= UINT16_MAX ? (uint16_t)total : 0,
                        .df = ip->df,
                        .src = tarn_ip_to4(&ip->src),
                        .dst = tarn_ip_to4(&ip->dst)};

    if (!ip->df)
        h.id = next_id(st, ip);
    if (ip->n_options > 0)
        memcpy(h.options, ip->options, ip->n_options);
    return h;
}

/* One packet, which begins at its IP header, to the link. */
static void send_whole(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    p->l3 = (uint16_t)p->head_off;
    stat_add(st, TARN_STAT_IP_OUT, p->segs);
    neigh_output(st, ip->port, &ip->hop, p, now);
}

/* The caller has written the header (IP_HDRINCL). */
static void send_with_header(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    p->l3 = (uint16_t)p->head_off;
    if (pkt_len(p) > ip->mtu) {
        pkt_drop(st, p, DROP_IP_FRAG_NEEDED);
        return;
    }
    stat_add(st, TARN_STAT_IP_OUT, 1);
    neigh_output(st, ip->port, &ip->hop, p, now);
}

static void output4(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    struct ip4_hdr h = header4_of(st, ip, pkt_len(p));

    p->l4 = (uint16_t)p->head_off;
    if (p->gso_size != 0 || h.header_bytes + pkt_len(p) <= ip->mtu) {
        ip4_build(pkt_prepend(p, h.header_bytes), &h);
        send_whole(st, ip, p, now);
    } else if (ip->df) {
        pkt_drop(st, p, DROP_IP_FRAG_NEEDED);
    } else {
        pkt_csum_finish(st, p);
        stat_add(st, TARN_STAT_IP_OUT, 1);
        ip4_fragment(st, ip, &h, p, now);
    }
}

/* The hop limit where the sender has not said one: what routers advertise on the link, or ours. */
static uint8_t hops_of(const struct tarn *st, const struct ip_info *ip)
{
    uint8_t advertised = ip_layer(st)->port_hops[ip->port];

    if (ip->ttl != 0)
        return ip->ttl;
    return advertised != 0 ? advertised : (uint8_t)st->param[PARAM_IP6_HOPS];
}

void ip6_prepend(const struct tarn *st, const struct ip_info *ip, struct pkt *p, uint8_t first)
{
    uint32_t payload_bytes = ip->n_options + pkt_len(p);
    struct ip6_hdr h = {.tclass = ip->tos,
                        .flow = ip->flow,
                        .next = ip->n_options > 0 ? IP6_HOP_BY_HOP : first,
                        .hops = hops_of(st, ip),
                        .payload_bytes = payload_bytes <= UINT16_MAX ? (uint16_t)payload_bytes : 0};

    memcpy(h.src, ip->src.b, sizeof h.src);
    memcpy(h.dst, ip->dst.b, sizeof h.dst);
    if (ip->n_options > 0) {
        uint8_t *options = pkt_prepend(p, ip->n_options);

        memcpy(options, ip->options, ip->n_options);
        options[0] = first;
    }
    ip6_build(pkt_prepend(p, IP6_HEADER_BYTES), &h);
}

static void output6(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    uint32_t total = IP6_HEADER_BYTES + ip->n_options + pkt_len(p);

    p->l4 = (uint16_t)p->head_off;
    if (p->gso_size != 0 || total <= ip->mtu) {
        ip6_prepend(st, ip, p, ip->proto);
        send_whole(st, ip, p, now);
    } else if (ip->df) {
        pkt_drop(st, p, DROP_IP_FRAG_NEEDED);
    } else {
        pkt_csum_finish(st, p);
        stat_add(st, TARN_STAT_IP_OUT, 1);
        ip6_fragment(st, ip, p, now);
    }
}

static void output(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    if (ip->hdrincl)
        send_with_header(st, ip, p, now);
    else if (tarn_ip_is4(&ip->dst))
        output4(st, ip, p, now);
    else
        output6(st, ip, p, now);
}

/* Is it also for ourselves: to a group that we are in, or to everybody on the link? */
static bool is_heard_here(const struct tarn *st, const struct ip_info *ip)
{
    if (ip->port == PORT_LO || ip->no_loop)
        return false;
    if (tarn_ip_is_multicast(&ip->dst))
        return group_hears(st, ip->port, &ip->dst, &ip->src);
    return address_is_broadcast(st, &ip->dst);
}

/* A copy that comes back as if it had come in where p goes out. */
static void loop_copy(struct tarn *st, const struct ip_info *ip, const struct pkt *p, tarn_ns now)
{
    struct ip_info back = *ip;
    struct pkt *q = pkt_clone(st, p);

    if (q == NULL) {
        st->drop[DROP_POOL_EMPTY]++;
        return;
    }
    back.port = PORT_LO;
    back.hop = back.dst;
    back.mtu = port_at(st, PORT_LO)->info.mtu;
    q->sent_on = ip->port + 1u;
    output(st, &back, q, now);
}

void ip_output(struct tarn *st, struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    if (ip->mtu == 0 && route_find(st, ip, -1) < 0) {
        pkt_drop(st, p, DROP_IP_NO_ROUTE);
        return;
    }
    p->sent_on = ip->port == PORT_LO ? ip->zone : 0;
    if (is_heard_here(st, ip))
        loop_copy(st, ip, p, now);
    if (ip->local_only)
        pkt_put(st, p);
    else
        output(st, ip, p, now);
}
