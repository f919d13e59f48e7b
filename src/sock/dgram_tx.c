/* sock/dgram_tx.c - messages to send: their way, their size, their turn.
 *
 * A message waits as one packet, charged at true size, until its port asks for it. Its way, and the
 * settings that it was sent with, lie in the unused room of its own head; a route that has changed
 * meanwhile is looked up again. */
#include "core/chunk.h"
#include "core/port.h"
#include "sock/dgram.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/udp.h"

/* In the room of a packet to send: its way, and when that was found. */
struct tx_note {
    struct tarn_ip src, dst, hop;
    uint32_t zone, mtu, generation, flow;
    uint8_t port, ttl, tos, discover, device;
    bool hdrincl, no_loop, local_only;
};

_Static_assert(sizeof(struct tx_note) <= DGRAM_ROOM - 8, "a note fits into the room");

/* WAY ---------------------------------------------------------------------------------------- */

static bool says(const struct tarn_msg *m, enum tarn_info_bit what)
{
    return m->info != NULL && (m->info->has & what) != 0;
}

/* The way to `to` with what the message, else the socket, says of source and interface. */
static int find_way(struct tarn *st, struct sock *sk, const struct tarn_msg *m,
                    const struct tarn_addr *to, struct dgram_way *way)
{
    struct ip_info *ip = &way->ip;
    bool group = tarn_ip_is_multicast(&to->ip);
    uint32_t device = 0;
    int err;

    *ip = (struct ip_info){0};
    if (says(m, TARN_INFO_PKTINFO)) {
        device = m->info->port;
        ip->src = m->info->local;
        if (!tarn_ip_is_any(&ip->src) &&
            !sock_is_ours(st, &ip->src, device != 0 ? device : to->zone))
            return -TARN_EINVAL;
    }
    if (device == 0)
        device = dgram_group_device(sk, to);
    err = sock_way(st, sk, to, device, ip);
    way->device = group ? ip->port + 1u : device;
    ip->ttl = group ? dgram_of(sk)->multicast_ttl : sock_ttl(sk, &ip->dst);
    ip->tos = sock_tos(sk, &ip->dst);
    ip->local_only = group && ip->ttl == 0;
    return err;
}

/* The flow label of IPv6: the connection's, or that of the two addresses. */
static void set_flow(const struct tarn *st, const struct sock *sk, struct dgram_way *way)
{
    struct ip_info *ip = &way->ip;
    struct tarn_addr from = {.ip = ip->src, .port = sk->local.port};
    struct tarn_addr to = {.ip = ip->dst, .port = way->port};

    if (ip->flow == 0 && (sk->flags & SOCK_NO_FLOW_LABEL) == 0)
        ip->flow = sock_flow_label(st, sk->protocol, &from, &to);
}

/* How fragmentation is to be avoided, and by which MTU. */
static void set_discover(const struct tarn *st, struct sock *sk, bool four, struct dgram_way *way)
{
    uint32_t limit = dgram_of(sk)->mtu6;

    way->discover = four ? sk->mtu_discover : sk->mtu_discover6;
    if (way->discover >= MTU_DISCOVER_PROBE)
        way->ip.mtu = port_at(st, way->ip.port)->info.mtu;
    if (four)
        return;
    if ((sk->flags & SOCK_DONTFRAG6) != 0)
        way->discover = MTU_DISCOVER_DO;
    if (limit != 0 && limit < way->ip.mtu)
        way->ip.mtu = limit;
}

/* What the message says instead of the socket, beside its way. */
static int override(const struct sock *sk, const struct tarn_info *info, struct dgram_way *way)
{
    if ((info->has & TARN_INFO_TOS) != 0)
        way->ip.tos = info->tos;
    if ((info->has & TARN_INFO_FLOW) != 0)
        way->ip.flow = info->flow;
    if ((info->has & TARN_INFO_DONTFRAG) != 0)
        way->discover = info->dontfrag ? MTU_DISCOVER_DO : sock_mtu_discover(sk, &way->ip.dst);
    if ((info->has & TARN_INFO_TTL) == 0)
        return 0;
    way->ip.ttl = info->ttl;
    way->ip.local_only = false;
    return info->ttl != 0 ? 0 : -TARN_EINVAL;
}

/* Does it go to everybody? Of a peer that is looked up again only when routes have changed. */
static bool is_broadcast(const struct tarn *st, struct sock *sk, const struct ip_info *ip,
                         bool to_peer)
{
    struct dgram *d = dgram_of(sk);

    if (!to_peer)
        return address_is_broadcast(st, &ip->dst);
    if (d->peer_checked != st->generation) {
        d->peer_is_broadcast = address_is_broadcast(st, &ip->dst);
        d->peer_checked = st->generation;
    }
    return d->peer_is_broadcast;
}

int dgram_route(struct tarn *st, struct sock *sk, const struct tarn_msg *m, struct dgram_way *way)
{
    const struct tarn_addr *to = m->name != NULL ? m->name : &sk->remote;
    bool group = tarn_ip_is_multicast(&to->ip), cached, broadcast, four;
    int err;

    if ((sk->flags & SOCK_SHUT_WR) != 0)
        return -TARN_EPIPE;
    if (m->name == NULL && tarn_ip_is_any(&sk->remote.ip))
        return -TARN_EDESTADDRREQ;
    way->port = to->port;
    way->device = 0;
    cached = m->name == NULL && !group && !says(m, TARN_INFO_PKTINFO) &&
             !tarn_ip_is_multicast(&sk->local.ip);
    err = cached ? sock_route(st, sk, &way->ip) : find_way(st, sk, m, to, way);
    if (err < 0)
        return err;
    broadcast = is_broadcast(st, sk, &way->ip, cached);
    if (broadcast && (sk->flags & SOCK_BROADCAST) == 0)
        return -TARN_EACCES;
    way->ip.no_loop = group ? (sk->flags & SOCK_NO_MULTICAST_LOOP) != 0 : !broadcast;
    four = tarn_ip_is4(&way->ip.dst);
    set_discover(st, sk, four, way);
    if (!four)
        set_flow(st, sk, way);
    return m->info != NULL ? override(sk, m->info, way) : 0;
}

/* SIZE --------------------------------------------------------------------------------------- */

static uint32_t ip_bytes(const struct ip_info *ip)
{
    return tarn_ip_is4(&ip->dst) ? IP4_HEADER_BYTES : IP6_HEADER_BYTES;
}

/* What the length field of the IP header takes: IPv4's counts that header too. */
static size_t length_max(const struct ip_info *ip)
{
    return tarn_ip_is4(&ip->dst) ? UINT16_MAX - IP4_HEADER_BYTES : UINT16_MAX;
}

/* May it not be cut, here or on its way? */
static bool is_whole(uint8_t discover)
{
    return discover >= MTU_DISCOVER_DO && discover <= MTU_DISCOVER_INTERFACE;
}

int dgram_check_size(struct tarn *st, struct sock *sk, const struct dgram_way *way, size_t bytes)
{
    const struct ip_info *ip = &way->ip;
    struct tarn_addr to;

    if (bytes <= length_max(ip) && (!is_whole(way->discover) || bytes + ip_bytes(ip) <= ip->mtu))
        return 0;
    if (sock_wants_errors(sk, &ip->dst)) {
        to = sock_end(&ip->dst, ip->zone, way->port);
        sock_queue_local_error(st, sk, -TARN_EMSGSIZE, ip->mtu, &to);
    }
    return -TARN_EMSGSIZE;
}

/* Does it carry DF, or in IPv6 stay whole here? */
static bool has_df(uint8_t discover, const struct ip_info *ip, const struct pkt *p)
{
    uint32_t bytes = p->gso_size != 0 ? UDP_HEADER_BYTES + p->gso_size : pkt_len(p);

    switch ((enum mtu_discover)discover) {
    case MTU_DISCOVER_WANT: return tarn_ip_is4(&ip->dst) && ip_bytes(ip) + bytes <= ip->mtu;
    case MTU_DISCOVER_DO:
    case MTU_DISCOVER_PROBE: return true;
    case MTU_DISCOVER_INTERFACE: return !tarn_ip_is4(&ip->dst);
    default: return false;
    }
}

/* QUEUE -------------------------------------------------------------------------------------- */

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
    *out = gather(st, m, sock_msg_bytes(m));
    return *out != NULL ? 0 : -TARN_ENOBUFS;
}

void dgram_queue(struct tarn *st, struct sock *sk, const struct dgram_way *way, struct pkt *p,
                 tarn_ns now)
{
    const struct ip_info *ip = &way->ip;
    struct dgram *d = dgram_of(sk);
    struct tx_note note = {.src = ip->src,
                           .dst = ip->dst,
                           .hop = ip->hop,
                           .zone = ip->zone,
                           .mtu = ip->mtu,
                           .generation = st->generation,
                           .flow = ip->flow,
                           .port = ip->port,
                           .ttl = ip->ttl,
                           .tos = ip->tos,
                           .discover = way->discover,
                           .device = (uint8_t)way->device,
                           .hdrincl = ip->hdrincl,
                           .no_loop = ip->no_loop,
                           .local_only = ip->local_only};

    memcpy(p->head, &note, sizeof note);
    p->mark = sk->mark;
    d->tx.bytes += pkt_true_bytes(st, p);
    queue_push(st, &d->tx, p);
    sk->route_port = ip->port;
    sock_want_tx(st, sk, now);
}

/* The way that the note tells, or what has become of it. */
static void way_of(struct tarn *st, const struct sock *sk, const struct tx_note *note,
                   struct ip_info *ip)
{
    *ip = (struct ip_info){.src = note->src,
                           .dst = note->dst,
                           .hop = note->hop,
                           .zone = note->zone,
                           .mtu = note->mtu,
                           .flow = note->flow,
                           .port = note->port,
                           .ttl = note->ttl,
                           .tos = note->tos,
                           .hdrincl = note->hdrincl,
                           .no_loop = note->no_loop,
                           .local_only = note->local_only,
                           .proto = sk->protocol};
    if (note->generation == st->generation)
        return;
    ip->mtu = 0;
    (void)route_find(st, ip, (int)(note->device != 0 ? note->device : sock_bound_to(sk, ip)) - 1);
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
    way_of(st, sk, &note, ip);
    ip->df = has_df(note.discover, ip, p);
    return p;
}
