/* raw/raw_out.c - sending by raw sockets: a payload, or a packet that the caller has written whole.
 *
 * What the caller's header must not leave open is completed as Linux does: of IPv4 length and
 * checksum always, source and identification when they are 0; IPv6 leaves nothing open. A checksum
 * within the payload is made where TARN_SO_IPV6_CHECKSUM says, for ICMPv6 always (RFC 3542 3.1). */
#include "base/bits.h"
#include "base/sum.h"
#include "core/chunk.h"
#include "raw/raw.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/patch.h"
#include "wire/udp.h"

/* The caller's header of IPv4; -TARN_EINVAL: it is none. */
static int complete4(struct tarn *st, struct pkt *p, const struct ip_info *ip)
{
    const uint8_t *at = pkt_pull(st, p, min_u32(pkt_len(p), IP4_MAX_HEADER_BYTES));
    struct ip4_hdr h;

    if (at == NULL || p->head_len < IP4_HEADER_BYTES)
        return -TARN_EINVAL;
    ip4_patch_total(pkt_head(p), (uint16_t)pkt_len(p));
    if (ip4_parse_quoted(&h, at, p->head_len) != WIRE_OK)
        return -TARN_EINVAL;
    if (h.src == 0)
        h.src = tarn_ip_to4(&ip->src);
    memcpy(h.options, at + IP4_HEADER_BYTES, h.header_bytes - (size_t)IP4_HEADER_BYTES);
    ip4_build(pkt_head(p), &h);
    return 0;
}

static int complete6(struct tarn *st, struct pkt *p)
{
    const uint8_t *at = pkt_pull(st, p, IP6_HEADER_BYTES);
    struct ip6_hdr h;

    if (at == NULL || ip6_parse(&h, at, p->head_len, pkt_len(p)) != WIRE_OK)
        return -TARN_EINVAL;
    return 0;
}

/* The checksum of pseudo-header and payload, `at` bytes behind the payload's start. */
static int make_checksum(struct tarn *st, const struct ip_info *ip, struct pkt *p, uint32_t at)
{
    uint8_t *field;
    uint16_t sum;

    if (at + 2 > pkt_len(p))
        return -TARN_EINVAL;
    field = p->chunk != 0 ? pkt_slice(st, p) + at : pkt_head(p) + at;
    store_be16(field, 0);
    sum = sum_finish(sum_add(path_pseudo_sum(ip, pkt_len(p)), pkt_sum(st, p, 0)));
    store_be16(field, sum == 0 && ip->proto == TARN_IPPROTO_UDP ? 0xffff : sum);
    return 0;
}

/* What is left to be done about the message's bytes. */
static int complete(struct tarn *st, struct sock *sk, struct pkt *p, struct ip_info *ip)
{
    bool four = tarn_ip_is4(&ip->dst);

    ip->hdrincl = (sk->flags & SOCK_HDRINCL) != 0;
    if (ip->hdrincl)
        return four ? complete4(st, p, ip) : complete6(st, p);
    if (!four && raw_of(sk)->checksum_at >= 0)
        return make_checksum(st, ip, p, (uint32_t)raw_of(sk)->checksum_at);
    return 0;
}

/* Does it fit? A packet that is written whole is not cut (IP_HDRINCL), and its header counts. */
static int check_size(struct tarn *st, struct sock *sk, struct dgram_way *way, size_t n)
{
    size_t header = tarn_ip_is4(&way->ip.dst) ? (size_t)IP4_HEADER_BYTES : (size_t)IP6_HEADER_BYTES;

    if ((sk->flags & SOCK_HDRINCL) == 0)
        return dgram_check_size(st, sk, way, n);
    way->discover = MTU_DISCOVER_DO;
    return n >= header ? dgram_check_size(st, sk, way, n - header) : -TARN_EINVAL;
}

long raw_send(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now)
{
    size_t n = sock_msg_bytes(m);
    struct dgram_way way;
    struct pkt *p;
    int err = dgram_route(st, sk, m, &way);

    if (err == 0 && tarn_ip_is4(&way.ip.dst) != (sk->family == TARN_INET))
        err = -TARN_EINVAL; /* no mapped peers */
    if (err == 0)
        err = check_size(st, sk, &way, n);
    if (err == 0)
        err = dgram_packet(st, sk, m, &p);
    if (err < 0)
        return err;
    err = complete(st, sk, p, &way.ip);
    if (err < 0) {
        pkt_put(st, p);
        return err;
    }
    dgram_queue(st, sk, &way, p, now);
    return (long)n;
}
