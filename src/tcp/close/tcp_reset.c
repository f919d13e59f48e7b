/* tcp/close/tcp_reset.c - replies that no connection makes, and the reset for a segment without one
 * (RFC 9293 3.10.7.1).
 *
 * They are immediate: built and handed to ip_output(), which ends in a queue. A reset is
 * never answered (T7), nor is a segment whose signature we cannot check. */
#include "tcp/close/tcp_close.h"

#include "base/sum.h"
#include "tcp/auth/tcp_auth.h"
#include "tcp/tcp_machine.h"

void tcp_reply(struct tarn *st, struct ip_info *ip, const struct tcp_hdr *h, uint32_t mark,
               const struct tcp_signer *by, tarn_ns now)
{
    struct pkt *p = pkt_get(st, 0, TCP_PKT_ROOM);
    struct tcp_hdr out = *h;
    unsigned n;

    if (p == NULL)
        return;
    ip->proto = IP_PROTO_TCP;
    ip->df = st->param[PARAM_PMTU_DISCOVERY] != 0;
    tcp_signer_option(by, &out.opts);
    n = (unsigned)tcp_bytes(&out.opts);
    pkt_prepend(p, n);
    out.checksum = sum_fold(path_pseudo_sum(ip, n));
    tcp_build(pkt_head(p), &out);
    tcp_auth_sign(st, by, ip, p, &out);
    p->l4 = (uint16_t)p->head_off;
    p->csum = PKT_CSUM_PARTIAL;
    p->csum_offset = TCP_CHECKSUM_OFFSET;
    p->mark = mark;
    stat_add(st, TARN_STAT_TCP_SEGS_OUT, 1);
    ip_output(st, ip, p, now);
}

void tcp_reset_reply(struct tarn *st, const struct tcp_seg *g)
{
    struct ip_info ip = {.src = g->ip->dst, .dst = g->ip->src, .zone = g->ip->zone};
    struct tcp_hdr h = {.src_port = g->h.dst_port, .dst_port = g->h.src_port};
    struct tarn_addr local = sock_end(&ip.src, ip.zone, h.src_port);
    struct tarn_addr remote = sock_end(&ip.dst, ip.zone, h.dst_port);

    if ((g->h.flags & TCP_RST) != 0 || (g->h.opts.auth != TCP_AUTH_NONE && g->by.key == NULL))
        return;
    ip.flow = sock_flow_label(st, IP_PROTO_TCP, &local, &remote);
    if ((g->h.flags & TCP_ACK) != 0) {
        h.flags = TCP_RST;
        h.seq = g->h.ack;
    } else {
        h.flags = TCP_RST | TCP_ACK;
        h.ack = seq_add(g->h.seq,
                        g->data + ((g->h.flags & TCP_SYN) != 0) + ((g->h.flags & TCP_FIN) != 0));
    }
    stat_add(st, TARN_STAT_TCP_RESETS_OUT, 1);
    tcp_reply(st, &ip, &h, 0, &g->by, g->now);
}
