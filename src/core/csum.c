/* core/csum.c - transport checksums of packets: verified going up, completed going down. */
#include "base/sum.h"
#include "core/chunk.h"
#include "core/path.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/patch.h"
#include "wire/udp.h"

static enum sum_impl how(const struct tarn *st)
{
    return (st->cfg.cpu & TARN_CPU_AVX2) != 0 ? SUM_AVX2 : SUM_PORTABLE;
}

uint32_t pkt_sum(const struct tarn *st, const struct pkt *p, uint32_t skip)
{
    uint32_t head_bytes = p->head_len - skip;
    uint32_t acc = sum_partial_by(how(st), p->head + p->head_off + skip, head_bytes, 0);

    if (p->slice_len == 0)
        return acc;
    return sum_add(acc,
                   sum_at(sum_partial_by(how(st), pkt_slice(st, p), p->slice_len, 0), head_bytes));
}

uint32_t path_pseudo_sum(const struct ip_info *ip, uint32_t bytes)
{
    if (tarn_ip_is4(&ip->src))
        return ip4_pseudo_sum(tarn_ip_to4(&ip->src), tarn_ip_to4(&ip->dst), ip->proto, bytes);
    return ip6_pseudo_sum(ip->src.b, ip->dst.b, ip->proto, bytes);
}

bool path_csum_good(struct tarn *st, const struct ip_info *ip, struct pkt *p)
{
    if (p->csum != PKT_CSUM_NONE)
        return true;
    return sum_is_good(sum_add(path_pseudo_sum(ip, pkt_len(p)), pkt_sum(st, p, 0)));
}

void pkt_csum_finish(struct tarn *st, struct pkt *p)
{
    uint8_t *field = p->head + p->l4 + p->csum_offset;
    uint32_t acc;

    if (p->csum != PKT_CSUM_PARTIAL)
        return;
    tarn_assert(p->l4 >= p->head_off && field + 2 <= p->head + p->head_off + p->head_len);
    acc = pkt_sum(st, p, p->l4 - p->head_off);
    store_be16(field, p->csum_offset == UDP_CHECKSUM_OFFSET ? udp_checksum(acc) : sum_finish(acc));
    p->csum = PKT_CSUM_NONE;
}
