/* udp/udplite.c - UDP-Lite (RFC 3828): a datagram whose checksum covers only its beginning, so
 * that links which deliver damaged bytes may do so behind it.
 *
 * Demultiplexing, sockets and errors are UDP's; what differs is a row in the table of transports
 * and the sum. A link's verdict about checksums is not asked: links know nothing of coverage. */
#include "base/bits.h"
#include "base/sum.h"
#include "core/chunk.h"
#include "udp/udp.h"
#include "wire/ip4.h"

uint32_t udp_lite_sum(const struct tarn *st, const struct ip_info *ip, const struct pkt *p,
                      uint32_t covered)
{
    uint32_t from_head = min_u32(covered, p->head_len);
    uint32_t acc = path_pseudo_sum(ip, pkt_len(p));

    acc = sum_partial(p->head + p->head_off, from_head, acc);
    if (covered == from_head)
        return acc;
    return sum_add(acc, sum_at(sum_partial(pkt_slice(st, p), covered - from_head, 0), from_head));
}

const struct proto proto_udplite = {
    .name = "udplite",
    .ip_proto = TARN_IPPROTO_UDPLITE,
    .type = TARN_DGRAM,
    .sock_size = sizeof(struct udp_sock),
    .input = udp_input,
    .error = udp_error,
    .pull = dgram_pull,
    .open = dgram_open,
    .connect = dgram_connect,
    .send = udp_send,
    .recv = dgram_recv,
    .shutdown = dgram_shutdown,
    .close = dgram_close,
    .setopt = udp_setopt,
    .getopt = udp_getopt,
};
