/* sock/dgram.c - queues, addresses and options of sockets that carry whole messages.
 *
 * A message waits as one packet in its socket, in either direction, and is charged at true size: so
 * a flood of tiny datagrams cannot take more memory than the buffer says. What belongs to a waiting
 * packet (where it came from, where it goes) lies in the unused room of its own head. */
#include "sock/dgram.h"

#include "base/bits.h"
#include "core/chunk.h"

/* In the room of a received packet: its sender. Whoever makes packets leaves PKT_RX_ROOM before the
 * network header or more. */
struct rx_note {
    struct tarn_addr from;
};

/* In the room of a packet to send: its way, and when that was found. */
struct tx_note {
    struct tarn_ip src, dst, hop;
    uint32_t zone, mtu, generation;
    uint8_t port;
    bool hdrincl;
};

_Static_assert(sizeof(struct rx_note) <= PKT_RX_ROOM, "a note fits into the room");
_Static_assert(sizeof(struct tx_note) <= DGRAM_ROOM - 8, "a note fits into the room");

int dgram_open(struct tarn *st, struct sock *sk)
{
    struct dgram *d = dgram_of(sk);

    d->rcvbuf = d->sndbuf = (uint32_t)st->param[PARAM_UDP_RCVBUF];
    sk->ready = TARN_OUT;
    return 0;
}

static int may_send_to(const struct tarn *st, const struct sock *sk, const struct tarn_ip *ip)
{
    bool broadcast = address_is_broadcast(st, ip);

    return broadcast && (sk->flags & SOCK_BROADCAST) == 0 ? -TARN_EACCES : 0;
}

/* No peer any more, and no local address that the application did not choose. */
static void disconnect(struct tarn *st, struct sock *sk)
{
    demux_remove(st, sk);
    sock_forget_peer(sk);
}

static int disconnect_only(struct tarn *st, struct sock *sk)
{
    disconnect(st, sk);
    if ((sk->flags & SOCK_BOUND_PORT) != 0)
        demux_bind(st, sk);
    else
        sk->local.port = 0;
    return 0;
}

int dgram_connect(struct tarn *st, struct sock *sk, const struct tarn_addr *to, tarn_ns now)
{
    struct tarn_addr peer = *to;
    struct ip_info ip;
    int err;

    (void)now;
    if (to->port == 0 && tarn_ip_is_any(&to->ip))
        return disconnect_only(st, sk);
    disconnect(st, sk);
    err = sock_connect_way(st, sk, &peer, &ip);
    if (err == 0)
        err = may_send_to(st, sk, &peer.ip);
    if (err == 0 && sk->local.port == 0 && sk->type != TARN_RAW) {
        sk->local.port = port_ephemeral(st, sk, &peer);
        err = sk->local.port == 0 ? -TARN_EAGAIN : 0;
    }
    if (err < 0) {
        disconnect(st, sk);
        if (sk->local.port != 0)
            demux_bind(st, sk);
        return err;
    }
    sk->remote = peer;
    if (sk->type != TARN_RAW)
        demux_connect(st, sk);
    return 0;
}

int dgram_shutdown(struct tarn *st, struct sock *sk, enum tarn_shutdown how, tarn_ns now)
{
    (void)now;
    if (tarn_ip_is_any(&sk->remote.ip))
        return -TARN_ENOTCONN;
    if (how != TARN_SHUT_WR) {
        sk->flags |= SOCK_SHUT_RD;
        sock_ready(st, sk, TARN_IN | TARN_RDHUP, 0);
    }
    if (how != TARN_SHUT_RD)
        sk->flags |= SOCK_SHUT_WR;
    if ((sk->flags & SOCK_SHUT_RD) != 0 && (sk->flags & SOCK_SHUT_WR) != 0)
        sock_ready(st, sk, TARN_HUP, 0);
    return 0;
}

void dgram_close(struct tarn *st, struct sock *sk, bool abort, tarn_ns now)
{
    struct dgram *d = dgram_of(sk);
    struct pkt *p;

    /* What was sent goes out, although nobody will pull it from here any more. */
    while (!abort && d->tx.n > 0) {
        struct ip_info ip = {0};

        p = dgram_pull(st, sk, &ip, NULL, now);
        ip_output(st, &ip, p, now);
    }
    while ((p = queue_pop(st, &d->tx)) != NULL)
        pkt_put(st, p);
    while ((p = queue_pop(st, &d->rx)) != NULL)
        pkt_put(st, p);
    sock_put(st, sk);
}

size_t dgram_msg_bytes(const struct tarn_msg *m)
{
    size_t n = 0;

    for (unsigned i = 0; i < m->n_iov; i++)
        n += m->iov[i].len;
    return n;
}

/* Copy the packet's bytes into the message's pieces; returns how many fitted. */
static size_t scatter(struct tarn *st, const struct pkt *p, const struct tarn_msg *m)
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
    copied = scatter(st, p, m);
    answer = (long)((m->flags & TARN_MSG_TRUNC) != 0 ? pkt_len(p) : copied);
    if (copied < pkt_len(p))
        m->out_flags |= TARN_MSG_TRUNC;
    if ((m->flags & TARN_MSG_PEEK) == 0)
        rx_pop(st, sk);
    return answer;
}

void dgram_enqueue(struct tarn *st, struct sock *sk, const struct tarn_addr *from, struct pkt *p,
                   enum tarn_drop full)
{
    struct dgram *d = dgram_of(sk);
    struct rx_note note = {*from};
    uint32_t cost;

    tarn_assert(p->head_off >= sizeof note);
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

int dgram_route(struct tarn *st, struct sock *sk, const struct tarn_addr *to, struct ip_info *ip)
{
    int err;

    if ((sk->flags & SOCK_SHUT_WR) != 0)
        return -TARN_EPIPE;
    if (to == NULL && tarn_ip_is_any(&sk->remote.ip))
        return -TARN_EDESTADDRREQ;
    if (to == NULL)
        return sock_route(st, sk, ip);
    *ip = (struct ip_info){0};
    err = sock_way(st, sk, to, 0, ip);
    return err < 0 ? err : may_send_to(st, sk, &ip->dst);
}

/* The message's bytes: beside the headers when they fit there, else in a chunk. */
static struct pkt *gather(struct tarn *st, const struct tarn_msg *m, size_t n)
{
    struct pkt *p = pkt_get(st, n <= PKT_HEAD_BYTES - DGRAM_ROOM ? 0 : n, DGRAM_ROOM);

    for (unsigned i = 0; p != NULL && i < m->n_iov; i++)
        (void)pkt_append(st, p, m->iov[i].base, m->iov[i].len);
    return p;
}

int dgram_packet(struct tarn *st, struct sock *sk, const struct tarn_msg *m, struct pkt **out)
{
    struct dgram *d = dgram_of(sk);

    if (d->tx.n > 0 && d->tx.bytes >= d->sndbuf) {
        sock_ready(st, sk, 0, TARN_OUT);
        return -TARN_EAGAIN;
    }
    *out = gather(st, m, dgram_msg_bytes(m));
    return *out != NULL ? 0 : -TARN_ENOBUFS;
}

void dgram_queue(struct tarn *st, struct sock *sk, const struct ip_info *ip, struct pkt *p,
                 tarn_ns now)
{
    struct dgram *d = dgram_of(sk);
    struct tx_note note = {.src = ip->src,
                           .dst = ip->dst,
                           .hop = ip->hop,
                           .zone = ip->zone,
                           .mtu = ip->mtu,
                           .generation = st->generation,
                           .port = ip->port,
                           .hdrincl = ip->hdrincl};

    memcpy(p->head, &note, sizeof note);
    p->mark = sk->mark;
    d->tx.bytes += pkt_true_bytes(st, p);
    queue_push(st, &d->tx, p);
    sk->route_port = ip->port;
    sock_want_tx(st, sk, now);
}

/* Linux's IP_PMTUDISC_*: 0 never; 1 as long as it fits; 2, 3 always. */
static bool wants_df(const struct sock *sk, const struct ip_info *ip, const struct pkt *p)
{
    enum { IP4_HEADER = 20 };

    return sk->mtu_discover >= 2 || (sk->mtu_discover == 1 && IP4_HEADER + pkt_len(p) <= ip->mtu);
}

struct pkt *dgram_pull(struct tarn *st, struct sock *sk, struct ip_info *ip,
                       const struct tx_room *room, tarn_ns now)
{
    struct dgram *d = dgram_of(sk);
    struct pkt *p = queue_pop(st, &d->tx);
    struct tx_note note;

    (void)room;
    (void)now;
    if (p == NULL)
        return NULL;
    d->tx.bytes -= pkt_true_bytes(st, p);
    if (d->tx.bytes < d->sndbuf)
        sock_ready(st, sk, TARN_OUT, 0);
    memcpy(&note, p->head, sizeof note);
    *ip = (struct ip_info){.src = note.src,
                           .dst = note.dst,
                           .hop = note.hop,
                           .zone = note.zone,
                           .mtu = note.mtu,
                           .port = note.port,
                           .hdrincl = note.hdrincl,
                           .proto = sk->protocol,
                           .ttl = sk->ttl,
                           .tos = sk->tos};
    if (note.generation != st->generation) {
        ip->mtu = 0;
        (void)route_find(st, ip, sk->bind_port - 1);
    }
    ip->df = wants_df(sk, ip, p);
    return p;
}

int dgram_setopt(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now)
{
    struct dgram *d = dgram_of(sk);

    (void)st;
    (void)now;
    switch (opt) {
    case TARN_SO_RCVBUF: d->rcvbuf = (uint32_t)value; return 0;
    case TARN_SO_SNDBUF: d->sndbuf = (uint32_t)value; return 0;
    default: return -TARN_ENOPROTOOPT;
    }
}

int dgram_getopt(const struct tarn *st, const struct sock *sk, enum tarn_opt opt, int64_t *value)
{
    const struct dgram *d = (const struct dgram *)sk;
    const struct pkt *next = queue_first(st, &d->rx);

    switch (opt) {
    case TARN_SO_RCVBUF: *value = d->rcvbuf; return 0;
    case TARN_SO_SNDBUF: *value = d->sndbuf; return 0;
    case TARN_SO_NREAD: *value = next != NULL ? pkt_len(next) : 0; return 0;
    case TARN_SO_NWRITE:
    case TARN_SO_NOTSENT: *value = d->tx.bytes; return 0;
    default: return -TARN_ENOPROTOOPT;
    }
}
