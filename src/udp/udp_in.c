/* udp/udp_in.c - received datagrams: checked, then to one socket, or to all that hear a group.
 *
 * Checksums. UDP over IPv4 may come without one. Over IPv6 it may not (RFC 8200 8.1), unless the
 * socket has said that it takes such (RFC 6935 5, RFC 6936); UDP-Lite has one always, over as many
 * bytes as its header says.
 *
 * A super-packet of equal datagrams stays whole for a socket that takes runs (TARN_SO_UDP_GRO) and
 * is cut for the others; the pieces share its chunk until they are queued. */
#include "base/bits.h"
#include "base/sum.h"
#include "udp/udp.h"
#include "wire/icmp.h"

/* A datagram, without its header. */
struct datagram {
    const struct ip_info *ip;
    struct udp_hdr h;
    uint32_t covered; /* UDP-Lite: bytes of header and data; else all */
    bool unchecked;   /* IPv6, without a checksum */
};

static bool is_lite(const struct ip_info *ip)
{
    return ip->proto == TARN_IPPROTO_UDPLITE;
}

/* Is the checksum right, as far as there must be one? 0, or why the datagram is refused. */
static enum tarn_drop verify(struct tarn *st, struct datagram *g, struct pkt *p)
{
    if (is_lite(g->ip)) {
        if (g->h.checksum == 0 || !sum_is_good(udp_lite_sum(st, g->ip, p, g->covered)))
            return DROP_UDP_CHECKSUM;
        return (enum tarn_drop)0;
    }
    if (g->h.checksum != 0)
        return path_csum_good(st, g->ip, p) ? (enum tarn_drop)0 : DROP_UDP_CHECKSUM;
    g->unchecked = !tarn_ip_is4(&g->ip->dst);
    return (enum tarn_drop)0;
}

/* Take the header off; 0, or why the datagram is refused. */
static enum tarn_drop strip_header(struct tarn *st, struct datagram *g, struct pkt *p)
{
    const uint8_t *at = pkt_pull(st, p, min_u32(pkt_len(p), UDP_HEADER_BYTES));
    bool lite = is_lite(g->ip);
    enum wire_err err = WIRE_UDP_SHORT;
    enum tarn_drop why;

    if (at != NULL)
        err = lite ? udplite_parse(&g->h, at, p->head_len, pkt_len(p))
                   : udp_parse(&g->h, at, p->head_len, pkt_len(p));
    if (err != WIRE_OK)
        return (enum tarn_drop)err;
    g->covered = g->h.bytes != 0 ? g->h.bytes : pkt_len(p);
    if (!lite)
        pkt_trim(st, p, g->h.bytes);
    why = verify(st, g, p);
    if (why == 0 && g->h.dst_port == 0)
        why = DROP_UDP_PORT;
    if (why == 0)
        pkt_strip(p, UDP_HEADER_BYTES);
    return why;
}

/* May this socket have it? 0, or why not. */
static enum tarn_drop check_socket(struct sock *sk, const struct datagram *g, const struct pkt *p)
{
    const struct udp_sock *u = udp_of(sk);

    if (g->unchecked && (sk->flags & SOCK_NO_CHECK6_RX) == 0)
        return DROP_UDP_NO_CHECKSUM;
    if (u->has_recv_cov && g->covered < pkt_len(p) + UDP_HEADER_BYTES &&
        (u->recv_cov == 0 || g->covered < u->recv_cov))
        return DROP_UDPLITE_COVERAGE;
    return (enum tarn_drop)0;
}

/* The datagrams that a super-packet stands for, one by one. Consumes p. */
static void deliver_pieces(struct tarn *st, struct sock *sk, const struct datagram *g,
                           struct pkt *p)
{
    for (uint32_t at = 0; at < pkt_len(p); at += p->gso_size) {
        struct pkt *q = pkt_clone(st, p);

        if (q == NULL) {
            st->drop[DROP_POOL_EMPTY]++;
            break;
        }
        pkt_strip(q, at);
        pkt_trim(st, q, p->gso_size);
        q->gso_size = 0;
        q->segs = 1;
        dgram_enqueue(st, sk, g->ip, g->h.src_port, q, DROP_SOCK_QUEUE);
    }
    pkt_put(st, p);
}

/* Consumes p. */
static void deliver(struct tarn *st, struct sock *sk, const struct datagram *g, struct pkt *p)
{
    enum tarn_drop why = check_socket(sk, g, p);

    if (why != 0)
        pkt_drop(st, p, why);
    else if (p->gso_size != 0 && (sk->flags & SOCK_UDP_GRO) == 0)
        deliver_pieces(st, sk, g, p);
    else
        dgram_enqueue(st, sk, g->ip, g->h.src_port, p, DROP_SOCK_QUEUE);
}

static void deliver_copy(struct tarn *st, struct sock *sk, const struct datagram *g,
                         const struct pkt *p)
{
    struct pkt *copy = pkt_clone(st, p);

    if (copy != NULL)
        deliver(st, sk, g, copy);
    else
        st->drop[DROP_POOL_EMPTY]++;
}

/* The socket that is bound to a group and has made the sender its peer. */
static struct sock *connection_of(struct tarn *st, const struct datagram *g)
{
    struct tarn_addr local = sock_end(&g->ip->dst, g->ip->zone, g->h.dst_port);
    struct tarn_addr remote = sock_end(&g->ip->src, g->ip->zone, g->h.src_port);

    return demux_connection(st, g->ip->proto, &local, &remote);
}

/* A copy to every socket that is bound to where a broadcast or multicast went, and hears it. */
static bool deliver_to_all(struct tarn *st, const struct datagram *g, const struct pkt *p)
{
    struct sock *sk = connection_of(st, g);
    bool any = false;

    if (sk != NULL && dgram_hears(st, sk, g->ip)) {
        deliver_copy(st, sk, g, p);
        any = true;
    }
    sk = NULL;
    while ((sk = demux_next_bound(st, g->ip->proto, g->ip, g->h.dst_port, sk)) != NULL) {
        if (!dgram_hears(st, sk, g->ip))
            continue;
        deliver_copy(st, sk, g, p);
        any = true;
    }
    return any;
}

void udp_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    struct datagram g = {.ip = ip};
    enum tarn_drop why = strip_header(st, &g, p);
    struct sock *sk;

    if (why != 0) {
        pkt_drop(st, p, why);
        return;
    }
    if (!ip->to_us && deliver_to_all(st, &g, p)) {
        stat_add(st, TARN_STAT_UDP_IN, p->segs);
        pkt_put(st, p);
        return;
    }
    sk = ip->to_us ? demux_find(st, ip->proto, ip, g.h.src_port, g.h.dst_port) : NULL;
    if (sk != NULL) {
        stat_add(st, TARN_STAT_UDP_IN, p->segs);
        deliver(st, sk, &g, p);
    } else if (g.unchecked) {
        pkt_drop(st, p, DROP_UDP_NO_CHECKSUM);
    } else {
        icmp_error_send(st, ip, p, (struct icmp_report){ICMP_WHY_PORT, 0}, now);
        pkt_drop(st, p, DROP_UDP_NO_SOCKET);
    }
}

/* The socket that sent the quoted datagram: as if its answer had come. */
static struct sock *sender_of(struct tarn *st, const struct icmp_error *e, const struct udp_hdr *h)
{
    struct ip_info back = {
        .src = e->quoted.dst, .dst = e->quoted.src, .zone = e->quoted.zone, .port = e->p->port};

    return demux_find(st, e->quoted.proto, &back, h->dst_port, h->src_port);
}

void udp_error(struct tarn *st, const struct icmp_error *e, tarn_ns now)
{
    struct udp_hdr h;
    struct sock *sk;

    if (udp_parse_ports(&h, e->payload, e->payload_bytes) != WIRE_OK)
        return;
    sk = sender_of(st, e, &h);
    if (sk == NULL || (e->error == -TARN_EMSGSIZE && !dgram_learn_mtu(st, sk, e, now)))
        return;
    sock_message_error(st, sk, e, h.dst_port, UDP_HEADER_BYTES);
}
