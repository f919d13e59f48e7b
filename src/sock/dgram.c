/* sock/dgram.c - the life, the peer and the options of sockets that carry whole messages.
 *
 * What they receive waits in dgram_rx.c, what they send in dgram_tx.c. */
#include "sock/dgram.h"

#include "core/group.h"
#include "core/port.h"
#include "wire/ip6.h"

int dgram_open(struct tarn *st, struct sock *sk)
{
    struct dgram *d = dgram_of(sk);

    d->rcvbuf = d->sndbuf = (uint32_t)st->param[PARAM_UDP_RCVBUF];
    d->multicast_ttl = 1;
    list_init(&d->groups, offsetof(struct membership, of_owner));
    sk->ready = TARN_OUT;
    return 0;
}

uint32_t dgram_group_device(const struct sock *sk, const struct tarn_addr *to)
{
    bool said = sk->bind_port != 0 || (to->zone != 0 && tarn_ip_has_zone(&to->ip));

    return tarn_ip_is_multicast(&to->ip) && !said ? ((const struct dgram *)sk)->multicast_if : 0;
}

int dgram_may_send_to(const struct tarn *st, const struct sock *sk, const struct tarn_ip *ip)
{
    return (sk->flags & SOCK_BROADCAST) == 0 && address_is_broadcast(st, ip) ? -TARN_EACCES : 0;
}

bool dgram_learn_mtu(struct tarn *st, const struct sock *sk, const struct icmp_error *e,
                     tarn_ns now)
{
    uint8_t discover = sock_mtu_discover(sk, &e->quoted.dst);

    if (discover < MTU_DISCOVER_INTERFACE)
        pmtu_learn(st, &e->quoted.dst, e->quoted.zone, e->info, now);
    return discover != MTU_DISCOVER_DONT && discover < MTU_DISCOVER_INTERFACE;
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
    dgram_of(sk)->peer_checked = 0;
    err = sock_connect_way(st, sk, &peer, dgram_group_device(sk, &peer), &ip);
    if (err == 0)
        err = dgram_may_send_to(st, sk, &peer.ip);
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

    dgram_leave_all(st, sk, now);
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

static int set_multicast_if(const struct tarn *st, struct sock *sk, int64_t device)
{
    if (device > port_count(st))
        return -TARN_ENODEV;
    if (device != 0 && sk->bind_port != 0 && sk->bind_port != device)
        return -TARN_EINVAL;
    dgram_of(sk)->multicast_if = (uint8_t)device;
    return 0;
}

static int set_mtu6(struct sock *sk, int64_t value)
{
    if (sk->family != TARN_INET6)
        return -TARN_ENOPROTOOPT;
    if (value != 0 && value < IP6_MIN_MTU)
        return -TARN_EINVAL;
    dgram_of(sk)->mtu6 = (uint16_t)value;
    return 0;
}

int dgram_setopt(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now)
{
    struct dgram *d = dgram_of(sk);

    (void)now;
    switch (opt) {
    case TARN_SO_RCVBUF: d->rcvbuf = (uint32_t)value; return 0;
    case TARN_SO_SNDBUF: d->sndbuf = (uint32_t)value; return 0;
    case TARN_SO_MULTICAST_IF: return set_multicast_if(st, sk, value);
    case TARN_SO_MULTICAST_TTL: d->multicast_ttl = (uint8_t)value; return 0;
    case TARN_SO_IPV6_MTU: return set_mtu6(sk, value);
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
    case TARN_SO_MULTICAST_IF: *value = d->multicast_if; return 0;
    case TARN_SO_MULTICAST_TTL: *value = d->multicast_ttl; return 0;
    case TARN_SO_NREAD: *value = next != NULL ? pkt_len(next) : 0; return 0;
    case TARN_SO_NWRITE:
    case TARN_SO_NOTSENT: *value = d->tx.bytes; return 0;
    default: return -TARN_ENOPROTOOPT;
    }
}
