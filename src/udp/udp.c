/* udp/udp.c - UDP (RFC 768, RFC 1122 4.1). */
#include "wire/udp.h"

#include "base/array.h"
#include "base/bits.h"
#include "base/sum.h"
#include "sock/dgram.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

/* Take the header off; 0, or why the datagram is refused. A checksum of 0 was not made (RFC 768).
 */
static enum tarn_drop strip_header(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                                   struct udp_hdr *h)
{
    const uint8_t *at = pkt_pull(st, p, min_u32(pkt_len(p), UDP_HEADER_BYTES));
    enum wire_err err = at != NULL ? udp_parse(h, at, p->head_len, pkt_len(p)) : WIRE_UDP_SHORT;

    if (err != WIRE_OK)
        return (enum tarn_drop)err;
    pkt_trim(st, p, h->bytes);
    if (h->checksum != 0 && !path_csum_good(st, ip, p))
        return DROP_UDP_CHECKSUM;
    pkt_strip(p, UDP_HEADER_BYTES);
    return (enum tarn_drop)0;
}

/* A copy to every socket that is bound to where a broadcast or multicast went. */
static bool deliver_to_all(struct tarn *st, const struct ip_info *ip, const struct udp_hdr *h,
                           const struct pkt *p)
{
    struct tarn_addr from = sock_end(&ip->src, ip->zone, h->src_port);
    struct sock *sk = NULL;
    bool any = false;

    while ((sk = demux_next_bound(st, IP_PROTO_UDP, ip, h->dst_port, sk)) != NULL) {
        struct pkt *copy = pkt_clone(st, p);

        any = true;
        if (copy != NULL)
            dgram_enqueue(st, sk, &from, copy, DROP_SOCK_QUEUE);
        else
            st->drop[DROP_POOL_EMPTY]++;
    }
    return any;
}

static void input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    struct tarn_addr from;
    struct udp_hdr h;
    struct sock *sk;
    enum tarn_drop why = strip_header(st, ip, p, &h);

    if (why != 0) {
        pkt_drop(st, p, why);
        return;
    }
    if (!ip->to_us && deliver_to_all(st, ip, &h, p)) {
        stat_add(st, TARN_STAT_UDP_IN, 1);
        pkt_put(st, p);
        return;
    }
    sk = ip->to_us ? demux_find(st, IP_PROTO_UDP, ip, h.src_port, h.dst_port) : NULL;
    if (sk == NULL) {
        icmp_error_send(st, ip, p, (struct icmp_report){ICMP_WHY_PORT, 0}, now);
        pkt_drop(st, p, DROP_UDP_NO_SOCKET);
        return;
    }
    from = sock_end(&ip->src, ip->zone, h.src_port);
    stat_add(st, TARN_STAT_UDP_IN, 1);
    dgram_enqueue(st, sk, &from, p, DROP_SOCK_QUEUE);
}

/* What an ICMP error means to the socket that sent the quoted datagram. Sockets without a peer
 * cannot tell whose error it is and are not told (RFC 1122 4.1.3.3 asks for connected ones). */
static void error(struct tarn *st, const struct icmp_error *e, tarn_ns now)
{
    struct tarn_addr local, remote;
    struct udp_hdr h;
    struct sock *sk;

    if (udp_parse(&h, e->payload, e->payload_bytes, SIZE_MAX) != WIRE_OK)
        return;
    local = sock_end(&e->quoted.src, e->quoted.zone, h.src_port);
    remote = sock_end(&e->quoted.dst, e->quoted.zone, h.dst_port);
    sk = demux_connection(st, IP_PROTO_UDP, &local, &remote);
    if (e->error == -TARN_EMSGSIZE) {
        if (sk != NULL || demux_port_is_bound(st, IP_PROTO_UDP, h.src_port))
            pmtu_learn(st, &e->quoted.dst, e->info, now);
        return;
    }
    if (sk != NULL && (e->hard || (sk->flags & SOCK_RECVERR) != 0))
        sock_error(st, sk, e->error);
}

/* Header and pseudo-header sum, to be completed when the datagram leaves. */
static void build_header(struct pkt *p, const struct ip_info *ip, const struct udp_hdr *h)
{
    struct udp_hdr with_sum = *h;

    with_sum.checksum = sum_fold(path_pseudo_sum(ip, h->bytes));
    udp_build(pkt_prepend(p, UDP_HEADER_BYTES), &with_sum);
    p->csum = PKT_CSUM_PARTIAL;
    p->csum_offset = UDP_CHECKSUM_OFFSET;
}

static uint32_t ip_bytes(const struct ip_info *ip)
{
    return tarn_ip_is4(&ip->dst) ? IP4_HEADER_BYTES : IP6_HEADER_BYTES;
}

/* What the length fields take: IPv4's counts its own header too. */
static uint32_t udp_payload_max(const struct ip_info *ip)
{
    return 65535u - UDP_HEADER_BYTES - (tarn_ip_is4(&ip->dst) ? IP4_HEADER_BYTES : 0);
}

static long send(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now)
{
    size_t n = dgram_msg_bytes(m);
    struct udp_hdr h = {.bytes = (uint16_t)(n + UDP_HEADER_BYTES)};
    struct ip_info ip;
    struct pkt *p;
    int err = dgram_route(st, sk, m->name, &ip);

    h.dst_port = m->name != NULL ? m->name->port : sk->remote.port;
    if (err == 0 && h.dst_port == 0)
        err = -TARN_EINVAL;
    if (err == 0)
        err = sock_autobind(st, sk);
    if (err == 0 && (n > udp_payload_max(&ip) ||
                     (sk->mtu_discover >= 2 && n + UDP_HEADER_BYTES + ip_bytes(&ip) > ip.mtu)))
        err = -TARN_EMSGSIZE;
    if (err == 0)
        err = dgram_packet(st, sk, m, &p);
    if (err < 0)
        return err;
    h.src_port = sk->local.port;
    ip.proto = IP_PROTO_UDP;
    build_header(p, &ip, &h);
    stat_add(st, TARN_STAT_UDP_OUT, 1);
    dgram_queue(st, sk, &ip, p, now);
    return (long)n;
}

const struct proto proto_udp = {
    .name = "udp",
    .ip_proto = IP_PROTO_UDP,
    .type = TARN_DGRAM,
    .sock_size = sizeof(struct dgram),
    .input = input,
    .error = error,
    .pull = dgram_pull,
    .open = dgram_open,
    .connect = dgram_connect,
    .send = send,
    .recv = dgram_recv,
    .shutdown = dgram_shutdown,
    .close = dgram_close,
    .setopt = dgram_setopt,
    .getopt = dgram_getopt,
};
