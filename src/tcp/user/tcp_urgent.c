/* tcp/user/tcp_urgent.c - urgent data (RFC 9293 3.8.5), with the BSD meaning that Linux keeps: the
 * pointer names the byte behind the urgent one, and there is one urgent byte (RFC 6093 advises
 * against any new use of it).
 *
 * Sending: SND.UP is where the newest urgent byte ends. Until it is acknowledged segments in front
 * of it carry the pointer, Nagle does not hold them back, and no super-packet is made: the pointer
 * counts from each segment's own number. With an empty window the probes carry it.
 *
 * Receiving: the urgent byte stays in the receive queue. The application is told when it has come.
 * Reading stops in front of it once, so that the mark can be found, and skips it unless
 * TARN_SO_OOBINLINE is on. A newer pointer makes an older urgent byte an ordinary one. A pointer to
 * what has come already says nothing new; one beyond the segment, or beyond the window (MUST-66: a
 * closed one, too), waits for its byte (T31). */
#include "tcp/user/tcp_user.h"

#include "base/bits.h"
#include "tcp/tcp_machine.h"
#include "tcp/tcp_queue.h"

void tcp_urgent_send(struct tarn *st, struct tcp_sock *tc)
{
    struct tcp_extra *x = st->param[PARAM_TCP_URGENT] != 0 ? tcp_extra_get(st, tc) : NULL;

    if (x == NULL)
        return; /* the byte goes without its mark */
    x->snd_up = tcp_data_end(tc);
    tc->snd_urgent = 1;
}

/* The field does not reach so far. At its most it may say that something urgent will come, as Linux
 * does, but not where there is a byte already that is not urgent (RFC 9293 MUST-62). */
static bool is_misleading(const struct tcp_sock *tc, const struct tcp_hdr *h, tcp_seq up)
{
    return up.v - h->seq.v > UINT16_MAX && seq_leq(seq_add(h->seq, UINT16_MAX), tc->snd_nxt);
}

void tcp_urgent_mark(const struct tarn *st, struct tcp_sock *tc, struct tcp_hdr *h)
{
    tcp_seq up = tcp_extra(st, tc)->snd_up;

    if (seq_leq(up, tc->snd_una))
        tc->snd_urgent = 0;
    if (!seq_gt(up, h->seq) || (h->flags & TCP_RST) != 0 || is_misleading(tc, h, up))
        return;
    h->flags |= TCP_URG;
    h->urgent = (uint16_t)min_u32(up.v - h->seq.v, UINT16_MAX);
}

/* Where the urgent byte stands. */
static tcp_seq byte_at(const struct tarn *st, const struct tcp_sock *tc)
{
    return seq_sub(tcp_extra(st, tc)->rcv_up, 1);
}

/* The sequence number of the first byte that was not read. */
static tcp_seq read_at(const struct tcp_sock *tc)
{
    return seq_sub(tc->rcv_nxt, tc->recvq.bytes + tc->fin_received);
}

/* Has it come, and not been taken? */
static bool is_there(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->urgent && !tc->urgent_read && seq_lt(byte_at(st, tc), tc->rcv_nxt);
}

void tcp_urgent_input(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    tcp_seq up = seq_add(g->seq, g->h.urgent);
    struct tcp_extra *x;

    if (st->param[PARAM_TCP_URGENT] == 0 || g->h.urgent == 0 || seq_leq(up, tc->rcv_nxt) ||
        (x = tcp_extra_get(st, tc)) == NULL)
        return;
    if (tc->urgent && seq_leq(up, x->rcv_up))
        return;
    if (tc->urgent) /* one that is to be read next has had its time */
        tcp_urgent_skip(st, tc);
    x->rcv_up = up;
    tc->urgent = 1;
    tc->urgent_read = 0;
    sock_ready(st, &tc->sk, 0, TARN_PRI);
}

void tcp_urgent_arrived(struct tarn *st, struct tcp_sock *tc)
{
    if (is_there(st, tc) && (tc->sk.ready & TARN_PRI) == 0)
        sock_ready(st, &tc->sk, TARN_PRI, 0);
}

bool tcp_urgent_is_next(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->urgent && seq_eq(byte_at(st, tc), read_at(tc));
}

uint32_t tcp_urgent_readable(const struct tarn *st, const struct tcp_sock *tc)
{
    bool alone = !tc->oob_inline && tcp_urgent_is_next(st, tc) && tc->recvq.bytes > 0;

    return tc->recvq.bytes - alone;
}

uint32_t tcp_urgent_limit(const struct tarn *st, const struct tcp_sock *tc)
{
    uint32_t ahead;

    if (!tc->urgent)
        return tc->recvq.bytes;
    ahead = byte_at(st, tc).v - read_at(tc).v;
    return ahead > 0 && ahead < tc->recvq.bytes ? ahead : tc->recvq.bytes;
}

void tcp_urgent_skip(struct tarn *st, struct tcp_sock *tc)
{
    if (!tcp_urgent_is_next(st, tc) || tc->recvq.bytes == 0)
        return;
    if (!tc->oob_inline)
        tcp_queue_drop(st, &tc->recvq, 1);
    tc->urgent = 0;
    sock_ready(st, &tc->sk, 0, TARN_PRI);
}

long tcp_urgent_read(struct tarn *st, struct tcp_sock *tc, struct tarn_msg *m)
{
    uint32_t at;

    if (!tc->urgent || tc->urgent_read || tc->oob_inline)
        return -TARN_EINVAL;
    if (!is_there(st, tc))
        return tc->state == TARN_TCP_CLOSED || (tc->sk.flags & SOCK_SHUT_RD) != 0 ? 0
                                                                                  : -TARN_EAGAIN;
    at = byte_at(st, tc).v - read_at(tc).v;
    if (m->n_iov == 0 || m->iov[0].len == 0)
        return 0;
    tcp_queue_copy(st, &tc->recvq, at, m->iov[0].base, 1);
    if ((m->flags & TARN_MSG_PEEK) == 0) {
        tc->urgent_read = 1;
        sock_ready(st, &tc->sk, 0, TARN_PRI);
    }
    m->out_flags |= TARN_MSG_OOB;
    return 1;
}
