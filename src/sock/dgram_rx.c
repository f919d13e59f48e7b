/* sock/dgram_rx.c - received messages: a queue of packets, and what is told beside their bytes.
 *
 * A message waits as one packet and is charged at true size: so a flood of tiny datagrams cannot
 * take more memory than the buffer says. Where it came from and how lies in the unused room of its
 * own head. */
#include "core/chunk.h"
#include "sock/dgram.h"

/* In the room of a received packet. */
struct rx_note {
    struct tarn_addr from;
    struct tarn_ip dst;
    uint32_t port; /* interface index + 1 */
    uint8_t ttl, tos;
};

_Static_assert(sizeof(struct rx_note) <= PKT_RX_ROOM, "a note fits into the room");

size_t dgram_scatter(struct tarn *st, const struct pkt *p, const struct tarn_msg *m)
{
    size_t at = 0;

    for (unsigned i = 0; i < m->n_iov && at < pkt_len(p); i++)
        at += pkt_copy_out(st, p, at, m->iov[i].base, m->iov[i].len);
    return at;
}

static void rx_pop(struct tarn *st, struct sock *sk)
{
    struct dgram *d = dgram_of(sk);
    struct pkt *p = queue_pop(st, &d->rx);

    d->rx.bytes -= pkt_true_bytes(st, p);
    pkt_put(st, p);
    if (d->rx.n == 0 && (sk->flags & SOCK_SHUT_RD) == 0)
        sock_ready(st, sk, 0, TARN_IN);
}

/* What the socket has asked to be told. */
static void tell(const struct sock *sk, const struct pkt *p, const struct rx_note *note,
                 struct tarn_info *out)
{
    out->local = note->dst;
    out->port = note->port;
    out->ttl = note->ttl;
    out->tos = note->tos;
    out->stamp = p->stamp;
    out->has = ((sk->flags & SOCK_RECV_PKTINFO) != 0 ? TARN_INFO_PKTINFO : 0u) |
               ((sk->flags & SOCK_RECV_TTL) != 0 ? TARN_INFO_TTL : 0u) |
               ((sk->flags & SOCK_RECV_TOS) != 0 ? TARN_INFO_TOS : 0u) |
               ((sk->flags & SOCK_RECV_STAMP) != 0 ? TARN_INFO_STAMP : 0u);
}

long dgram_recv(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now)
{
    const struct pkt *p = queue_first(st, &dgram_of(sk)->rx);
    struct rx_note note;
    size_t copied;
    long answer;

    (void)now;
    if (p == NULL)
        return (sk->flags & SOCK_SHUT_RD) != 0 ? 0 : -TARN_EAGAIN;
    memcpy(&note, p->head, sizeof note);
    if (m->name != NULL)
        *m->name = note.from;
    if (m->info != NULL)
        tell(sk, p, &note, m->info);
    copied = dgram_scatter(st, p, m);
    answer = (long)((m->flags & TARN_MSG_TRUNC) != 0 ? pkt_len(p) : copied);
    if (copied < pkt_len(p))
        m->out_flags |= TARN_MSG_TRUNC;
    if ((m->flags & TARN_MSG_PEEK) == 0)
        rx_pop(st, sk);
    return answer;
}

/* Bring the head's bytes behind the note's room: only a packet of ours that was looped back can lie
 * before it, with headers that a raw socket gets too. */
static bool make_room(struct tarn *st, struct pkt *p)
{
    if (p->head_off >= sizeof(struct rx_note))
        return true;
    if (p->head_len > PKT_HEAD_BYTES - PKT_RX_ROOM && !pkt_head_only(st, p, 0))
        return false;
    memmove(p->head + PKT_RX_ROOM, pkt_head(p), p->head_len);
    p->head_off = PKT_RX_ROOM;
    return true;
}

void dgram_enqueue(struct tarn *st, struct sock *sk, const struct ip_info *ip, uint16_t sport,
                   struct pkt *p, enum tarn_drop full)
{
    struct dgram *d = dgram_of(sk);
    struct rx_note note = {.from = sock_end(&ip->src, ip->zone, sport),
                           .dst = ip->dst,
                           .port = sock_device_of(ip),
                           .ttl = ip->ttl,
                           .tos = ip->tos};
    uint32_t cost;

    if (!make_room(st, p)) {
        pkt_drop(st, p, DROP_POOL_EMPTY);
        return;
    }
    (void)pkt_own(st, p);
    cost = pkt_true_bytes(st, p);
    if (d->rx.bytes + cost > d->rcvbuf && d->rx.n > 0) {
        pkt_drop(st, p, full);
        return;
    }
    memcpy(p->head, &note, sizeof note);
    d->rx.bytes += cost;
    queue_push(st, &d->rx, p);
    sock_ready(st, sk, TARN_IN, 0);
}
