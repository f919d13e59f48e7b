/* sock/dgram_rx.c - received messages: a queue of packets, and what is told beside their bytes.
 *
 * A message waits as one packet and is charged at true size: so a flood of tiny datagrams cannot
 * take more memory than the buffer says. Where it came from and how lies in the unused room of its
 * own head.
 *
 * A socket with TARN_SO_UDP_GRO receives runs: as many equal datagrams of one flow as wait behind
 * each other and fit into the call's buffer, the last of which may be shorter, are copied out as
 * one message. So nothing waits for company, and memory is charged as ever. */
#include "base/bits.h"
#include "core/chunk.h"
#include "sock/dgram.h"

/* In the room of a received packet. */
struct rx_note {
    struct tarn_addr from;
    struct tarn_ip dst;
    uint32_t port; /* interface index + 1 */
    uint8_t ttl, tos;
};

enum { RUN_SEGMENTS = 64, RUN_BYTES = 65535 };

_Static_assert(sizeof(struct rx_note) <= PKT_RX_ROOM, "a note fits into the room");

/* Copy the packet's bytes to the message's, behind the first `from` of them. */
static size_t scatter_at(struct tarn *st, const struct pkt *p, const struct tarn_msg *m,
                         size_t from)
{
    size_t at = 0;

    for (unsigned i = 0; i < m->n_iov && at < pkt_len(p); i++) {
        size_t skip = min_size(from, m->iov[i].len);

        from -= skip;
        at += pkt_copy_out(st, p, at, (uint8_t *)m->iov[i].base + skip, m->iov[i].len - skip);
    }
    return at;
}

size_t dgram_scatter(struct tarn *st, const struct pkt *p, const struct tarn_msg *m)
{
    return scatter_at(st, p, m, 0);
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

static struct rx_note note_of(const struct pkt *p)
{
    struct rx_note note;

    memcpy(&note, p->head, sizeof note);
    return note;
}

/* Are they of one flow, and alike in what is told beside the bytes? */
static bool is_same_flow(const struct rx_note *a, const struct rx_note *b)
{
    return a->from.port == b->from.port && a->from.zone == b->from.zone && a->port == b->port &&
           a->ttl == b->ttl && a->tos == b->tos && tarn_ip_equal(&a->from.ip, &b->from.ip) &&
           tarn_ip_equal(&a->dst, &b->dst);
}

/* How many waiting datagrams, from `first` on, make a run that fits into `room` bytes. */
static unsigned run_of(struct tarn *st, const struct pkt *first, size_t room)
{
    struct rx_note head = note_of(first);
    uint32_t each = pkt_len(first), last = each;
    size_t bytes = each;
    unsigned n = 1;

    for (const struct pkt *p = first; first->gso_size == 0 && n < RUN_SEGMENTS; n++) {
        struct rx_note note;

        p = pkt_at(st, p->next);
        if (p == NULL || last < each || p->gso_size != 0 || pkt_len(p) == 0 || pkt_len(p) > each)
            break;
        note = note_of(p);
        last = pkt_len(p);
        bytes += last;
        if (bytes > min_size(room, RUN_BYTES) || !is_same_flow(&head, &note))
            break;
    }
    return n;
}

/* A run of n datagrams as one message; its bytes. */
static long recv_run(struct tarn *st, struct sock *sk, struct tarn_msg *m, unsigned n)
{
    const struct pkt *p = queue_first(st, &dgram_of(sk)->rx);
    uint32_t each = pkt_len(p);
    size_t at = 0;

    for (unsigned i = 0; i < n; i++) {
        at += scatter_at(st, p, m, at);
        p = pkt_at(st, p->next);
    }
    if (m->info != NULL) {
        m->info->has |= TARN_INFO_GSO;
        m->info->gso_bytes = (uint16_t)each;
    }
    for (unsigned i = 0; i < n && (m->flags & TARN_MSG_PEEK) == 0; i++)
        rx_pop(st, sk);
    return (long)at;
}

/* One datagram, or a super-packet that stayed whole. */
static long recv_one(struct tarn *st, struct sock *sk, struct tarn_msg *m)
{
    const struct pkt *p = queue_first(st, &dgram_of(sk)->rx);
    size_t copied = dgram_scatter(st, p, m);
    long answer = (long)((m->flags & TARN_MSG_TRUNC) != 0 ? pkt_len(p) : copied);

    if (copied < pkt_len(p))
        m->out_flags |= TARN_MSG_TRUNC;
    if (m->info != NULL && p->gso_size != 0) {
        m->info->has |= TARN_INFO_GSO;
        m->info->gso_bytes = (uint16_t)p->gso_size;
    }
    if ((m->flags & TARN_MSG_PEEK) == 0)
        rx_pop(st, sk);
    return answer;
}

long dgram_recv(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now)
{
    const struct pkt *p = queue_first(st, &dgram_of(sk)->rx);
    struct rx_note note;
    unsigned n;

    (void)now;
    if (p == NULL)
        return (sk->flags & SOCK_SHUT_RD) != 0 ? 0 : -TARN_EAGAIN;
    note = note_of(p);
    if (m->name != NULL)
        *m->name = note.from;
    if (m->info != NULL)
        tell(sk, p, &note, m->info);
    n = (sk->flags & SOCK_UDP_GRO) != 0 ? run_of(st, p, sock_msg_bytes(m)) : 1;
    return n > 1 ? recv_run(st, sk, m, n) : recv_one(st, sk, m);
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
