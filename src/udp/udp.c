/* udp/udp.c - UDP (RFC 768, RFC 1122 4.1). */
#include "wire/udp.h"

#include "base/array.h"
#include "base/bits.h"
#include "base/sum.h"
#include "sock/dgram.h"
#include "wire/icmp.h"
#include "wire/ip4.h"

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
    struct sock *sk = NULL;
    bool any = false;

    while ((sk = demux_next_bound(st, IP_PROTO_UDP, ip, h->dst_port, sk)) != NULL) {
        struct pkt *copy = pkt_clone(st, p);

        any = true;
        if (copy != NULL)
            dgram_enqueue(st, sk, ip, h->src_port, copy, DROP_SOCK_QUEUE);
        else
            st->drop[DROP_POOL_EMPTY]++;
    }
    return any;
}

static void input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
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
    stat_add(st, TARN_STAT_UDP_IN, 1);
    dgram_enqueue(st, sk, ip, h.src_port, p, DROP_SOCK_QUEUE);
}

/* The socket that sent the quoted datagram: as if its answer had come. */
static struct sock *sender_of(struct tarn *st, const struct icmp_error *e, const struct udp_hdr *h)
{
    struct ip_info back = {
        .src = e->quoted.dst, .dst = e->quoted.src, .zone = e->quoted.zone, .port = e->p->port};

    return demux_find(st, IP_PROTO_UDP, &back, h->dst_port, h->src_port);
}

static void error(struct tarn *st, const struct icmp_error *e, tarn_ns now)
{
    struct udp_hdr h;
    struct sock *sk;

    if (udp_parse(&h, e->payload, e->payload_bytes, SIZE_MAX) != WIRE_OK)
        return;
    sk = sender_of(st, e, &h);
    if (sk == NULL || (e->error == -TARN_EMSGSIZE && !dgram_learn_mtu(st, sk, e, now)))
        return;
    sock_message_error(st, sk, e, h.dst_port, UDP_HEADER_BYTES);
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

static long send(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now)
{
    size_t n = dgram_msg_bytes(m);
    struct udp_hdr h = {.bytes = (uint16_t)(n + UDP_HEADER_BYTES)};
    struct dgram_way way;
    struct pkt *p;
    int err = dgram_route(st, sk, m, &way);

    if (err == 0 && way.port == 0)
        err = -TARN_EINVAL;
    if (err == 0)
        err = sock_autobind(st, sk);
    if (err == 0)
        err = dgram_check_size(st, sk, &way, n + UDP_HEADER_BYTES);
    if (err == 0)
        err = dgram_packet(st, sk, m, &p);
    if (err < 0)
        return err;
    h.src_port = sk->local.port;
    h.dst_port = way.port;
    build_header(p, &way.ip, &h);
    stat_add(st, TARN_STAT_UDP_OUT, 1);
    dgram_queue(st, sk, &way, p, now);
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
