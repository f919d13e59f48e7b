/* udp/udp_out.c - sending datagrams, one by one or many equal ones by one call.
 *
 * Segmentation (TARN_SO_UDP_SEGMENT): the bytes of one send leave as datagrams of so many bytes
 * each, the last one of what is left. They go down as one super-packet, which the port cuts unless
 * its link does; the rules and their errors are Linux's. */
#include "base/sum.h"
#include "udp/udp.h"

/* Bytes of each datagram that the message asks for; 0: it is one. */
static uint16_t segment_of(struct sock *sk, const struct tarn_msg *m)
{
    if (m->info != NULL && (m->info->has & TARN_INFO_GSO) != 0)
        return m->info->gso_bytes;
    return udp_of(sk)->segment_bytes;
}

static bool is_unchecked(const struct sock *sk, const struct ip_info *ip)
{
    return (sk->flags & (tarn_ip_is4(&ip->dst) ? SOCK_NO_CHECK : SOCK_NO_CHECK6_TX)) != 0;
}

/* May n bytes leave as datagrams of `segment`? */
static int check_segments(struct tarn *st, struct sock *sk, const struct dgram_way *way, size_t n,
                          uint16_t segment)
{
    struct dgram_way each = *way, all = *way;
    int err;

    if (sk->protocol == TARN_IPPROTO_UDPLITE)
        return -TARN_EIO;
    all.discover = MTU_DISCOVER_DONT;
    each.discover = MTU_DISCOVER_DO;
    err = dgram_check_size(st, sk, &all, n + UDP_HEADER_BYTES);
    if (err == 0)
        err = dgram_check_size(st, sk, &each, (size_t)segment + UDP_HEADER_BYTES);
    if (err == 0 && (n > (size_t)segment * UDP_SEGMENTS_MAX || is_unchecked(sk, &way->ip)))
        err = -TARN_EINVAL;
    return err;
}

/* Header and pseudo-header sum, to be completed when the datagram leaves. */
static void build_header(struct pkt *p, const struct ip_info *ip, struct udp_hdr *h)
{
    h->checksum = sum_fold(path_pseudo_sum(ip, h->bytes));
    udp_build(pkt_prepend(p, UDP_HEADER_BYTES), h);
    p->csum = PKT_CSUM_PARTIAL;
    p->csum_offset = UDP_CHECKSUM_OFFSET;
}

/* The same with coverage in place of the length, and the sum over as much (RFC 3828 3.1). */
static void build_lite(const struct tarn *st, struct sock *sk, struct pkt *p,
                       const struct ip_info *ip, struct udp_hdr *h)
{
    uint16_t wanted = udp_of(sk)->send_cov;
    uint32_t covered = wanted != 0 && wanted < h->bytes ? wanted : h->bytes;
    uint8_t *at = pkt_prepend(p, UDP_HEADER_BYTES);

    h->bytes = covered < pkt_len(p) ? (uint16_t)covered : 0;
    udp_build(at, h);
    h->checksum = udp_checksum(udp_lite_sum(st, ip, p, covered));
    udp_build(at, h);
}

static void make_header(struct tarn *st, struct sock *sk, struct pkt *p,
                        const struct dgram_way *way)
{
    struct udp_hdr h = {.src_port = sk->local.port,
                        .dst_port = way->port,
                        .bytes = (uint16_t)(pkt_len(p) + UDP_HEADER_BYTES)};

    if (sk->protocol == TARN_IPPROTO_UDPLITE)
        build_lite(st, sk, p, &way->ip, &h);
    else if (is_unchecked(sk, &way->ip))
        udp_build(pkt_prepend(p, UDP_HEADER_BYTES), &h);
    else
        build_header(p, &way->ip, &h);
}

long udp_send(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now)
{
    size_t n = sock_msg_bytes(m);
    uint16_t segment = segment_of(sk, m);
    bool is_cut = segment != 0 && n > segment;
    struct dgram_way way;
    struct pkt *p;
    int err = dgram_route(st, sk, m, &way);

    if (err == 0 && way.port == 0)
        err = -TARN_EINVAL;
    if (err == 0)
        err = sock_autobind(st, sk);
    if (err == 0)
        err = is_cut ? check_segments(st, sk, &way, n, segment)
                     : dgram_check_size(st, sk, &way, n + UDP_HEADER_BYTES);
    if (err == 0)
        err = dgram_packet(st, sk, m, &p);
    if (err < 0)
        return err;
    if (is_cut) {
        p->gso = PKT_GSO_UDP;
        p->gso_size = segment;
        p->segs = (uint32_t)((n + segment - 1) / segment);
    }
    stat_add(st, TARN_STAT_UDP_OUT, p->segs);
    make_header(st, sk, p, &way);
    dgram_queue(st, sk, &way, p, now);
    return (long)n;
}
