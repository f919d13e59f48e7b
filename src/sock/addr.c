/* sock/addr.c - addresses of sockets: families, zones, binding, the way to a peer.
 *
 * A socket of TARN_INET6 begins with `::`, which stands for both families; a peer or a local
 * address of IPv4 in its mapped form makes what follows a conversation of IPv4 (RFC 3493 3.7, 5.3).
 * A link-local address of IPv6 is meant on one link. As Linux does, a socket that binds to one or
 * connects to one is bound to that interface from then on: so its zone is its device, and the
 * tables compare both. */
#include "sock/layer.h"

bool sock_covers(const struct tarn_ip *bound, uint32_t flags, const struct tarn_ip *ip)
{
    if (!tarn_ip_is_any(bound))
        return tarn_ip_equal(bound, ip);
    if (tarn_ip_is4(bound))
        return tarn_ip_is4(ip);
    return (flags & SOCK_V6ONLY) == 0 || !tarn_ip_is4(ip);
}

/* WAY ---------------------------------------------------------------------------------------- */

/* Who is meant by an unspecified destination: the loopback address, of the family that the socket's
 * own address has. */
static struct tarn_ip this_host(const struct sock *sk, const struct tarn_ip *any)
{
    static const struct tarn_ip one = {{[15] = 1}};

    return tarn_ip_is4(any) || tarn_ip_is4(&sk->local.ip) ? tarn_ip4(0x7f000001) : one;
}

/* An address to hear at, but not to speak from. */
static bool is_shared(const struct tarn *st, const struct tarn_ip *ip)
{
    return tarn_ip_is_multicast(ip) || address_is_broadcast(st, ip);
}

/* The socket's own address as the source, unless the caller has one; both ends are of one family.
 * An address that only came with the peer gives way to another family's. */
static int choose_source(const struct tarn *st, const struct sock *sk, struct ip_info *ip)
{
    bool four = tarn_ip_is4(&ip->dst);
    bool given = !tarn_ip_is_any(&ip->src);

    if (!given) {
        ip->src = sk->local.ip;
        given = !tarn_ip_is_any(&ip->src) && (sk->flags & SOCK_BOUND_ADDR) != 0;
    }
    if (tarn_ip_is4(&ip->src) == four && !is_shared(st, &ip->src))
        return 0;
    if (given && tarn_ip_is4(&ip->src) != four)
        return four ? -TARN_EINVAL : -TARN_EAFNOSUPPORT;
    ip->src = sock_any(four ? TARN_INET : TARN_INET6);
    return 0;
}

/* The interface + 1 to leave by: what the zone, the message and the socket agree on; 0 any. */
static int choose_device(const struct tarn *st, const struct sock *sk, uint32_t zone,
                         uint32_t device)
{
    uint32_t chosen = zone != 0 ? zone : device != 0 ? device : sk->bind_port;

    if ((device != 0 && device != chosen) || (sk->bind_port != 0 && sk->bind_port != chosen))
        return -TARN_EINVAL;
    return chosen <= port_count(st) ? (int)chosen : -TARN_ENODEV;
}

int sock_way(struct tarn *st, const struct sock *sk, const struct tarn_addr *to, uint32_t device,
             struct ip_info *ip)
{
    bool zoned;
    int out, err;

    ip->dst = tarn_ip_is_any(&to->ip) ? this_host(sk, &to->ip) : to->ip;
    ip->proto = sk->protocol;
    ip->source_prefs = sk->source_prefs;
    if (tarn_ip_is4(&ip->dst) && (sk->flags & SOCK_V6ONLY) != 0)
        return -TARN_ENETUNREACH;
    zoned = tarn_ip_has_zone(&ip->dst);
    out = choose_device(st, sk, zoned ? to->zone : 0, device);
    if (out < 0)
        return out;
    if (out == 0 && zoned && !tarn_ip_is_multicast(&ip->dst))
        return -TARN_EINVAL;
    err = choose_source(st, sk, ip);
    if (err < 0)
        return err;
    zoned = zoned || tarn_ip_has_zone(&ip->src);
    ip->zone = zoned ? (uint32_t)out : 0;
    err = route_find(st, ip, out - 1);
    if (err == 0 && ip->zone == 0 && (zoned || tarn_ip_has_zone(&ip->src)))
        ip->zone = ip->port + 1u;
    return err;
}

int sock_connect_way(struct tarn *st, struct sock *sk, struct tarn_addr *to, uint32_t device,
                     struct ip_info *ip)
{
    int err;

    if ((sk->flags & SOCK_BOUND_ADDR) == 0)
        sk->local.ip = sock_any((enum tarn_family)sk->family);
    *ip = (struct ip_info){0};
    err = sock_way(st, sk, to, device, ip);
    if (err < 0)
        return err;
    *to = sock_end(&ip->dst, ip->zone, to->port);
    if ((sk->flags & SOCK_BOUND_ADDR) == 0)
        sk->local = sock_end(&ip->src, ip->zone, sk->local.port);
    if (ip->zone != 0)
        sk->bind_port = (uint8_t)ip->zone;
    return 0;
}

void sock_forget_peer(struct sock *sk)
{
    sk->remote = (struct tarn_addr){.ip = sock_any((enum tarn_family)sk->family)};
    sk->route_generation = 0;
    if ((sk->flags & SOCK_BOUND_ADDR) == 0) {
        sk->local.ip = sk->remote.ip;
        sk->local.zone = 0;
    }
}

/* BIND --------------------------------------------------------------------------------------- */

bool sock_is_ours(const struct tarn *st, const struct tarn_ip *ip, uint32_t zone)
{
    enum { UNUSABLE = TARN_ADDRESS_TENTATIVE | TARN_ADDRESS_DUPLICATE };
    int flags;

    if (!tarn_ip_has_zone(ip))
        return address_is_local(st, ip);
    flags = zone != 0 ? address_flags(st, zone - 1, ip) : -1;
    return flags >= 0 && ((flags & UNUSABLE) == 0 || (flags & TARN_ADDRESS_OPTIMISTIC) != 0);
}

/* May this be a socket's own address? */
static bool is_bindable(const struct tarn *st, const struct sock *sk, const struct tarn_addr *local)
{
    if (tarn_ip_is_any(&local->ip) || sock_is_ours(st, &local->ip, local->zone))
        return true;
    return sk->type != TARN_STREAM && is_shared(st, &local->ip);
}

/* The zone of an address to bind to; 0 for one that has none. */
static int zone_to_bind(const struct tarn *st, const struct sock *sk, const struct tarn_addr *local)
{
    int zone = 0;

    if (tarn_ip_has_zone(&local->ip)) {
        zone = choose_device(st, sk, local->zone, 0);
        if (zone == 0)
            return -TARN_EINVAL;
    }
    return zone;
}

static int bind_port(struct tarn *st, struct sock *sk, const struct tarn_addr *local)
{
    int err = local->port != 0 ? port_check(st, sk, local) : 0;
    struct tarn_addr before = sk->local;

    if (err < 0)
        return err;
    sk->local = *local;
    if (local->port == 0)
        sk->local.port = port_ephemeral(st, sk, NULL);
    if (sk->local.port == 0) {
        sk->local = before;
        return -TARN_EADDRINUSE;
    }
    sk->flags |= local->port != 0 ? SOCK_BOUND_PORT : 0;
    demux_bind(st, sk);
    return 0;
}

int sock_autobind(struct tarn *st, struct sock *sk)
{
    struct tarn_addr any = {.ip = sk->local.ip, .zone = sk->local.zone};

    return sk->local.port != 0 ? 0 : bind_port(st, sk, &any);
}

/* Of which family may the address be? One of IPv4 makes a socket of IPv4. */
static int family_to_bind(const struct sock *sk, const struct tarn_ip *ip)
{
    bool four = tarn_ip_is4(ip);

    if (sk->family == TARN_INET && !four)
        return -TARN_EAFNOSUPPORT;
    if (four && (sk->flags & SOCK_V6ONLY) != 0)
        return -TARN_EINVAL;
    return 0;
}

int tarn_bind(struct tarn *st, tarn_sock s, const struct tarn_addr *local)
{
    struct sock *sk = sock_find(st, s);
    struct tarn_addr here;
    int err, zone;

    if (sk == NULL)
        return -TARN_EBADF;
    err = family_to_bind(sk, &local->ip);
    if (err < 0)
        return err;
    if (sk->local.port != 0 || (sk->flags & (SOCK_BOUND_PORT | SOCK_CONNECTED)) != 0)
        return -TARN_EINVAL;
    zone = zone_to_bind(st, sk, local);
    if (zone < 0)
        return zone;
    here = sock_end(&local->ip, (uint32_t)zone, local->port);
    if (!is_bindable(st, sk, &here))
        return -TARN_EADDRNOTAVAIL;
    if (sk->type == TARN_RAW)
        sk->local = sock_end(&here.ip, here.zone, 0);
    else
        err = bind_port(st, sk, &here);
    if (err == 0 && !tarn_ip_is_any(&here.ip))
        sk->flags |= SOCK_BOUND_ADDR;
    if (err == 0 && zone != 0)
        sk->bind_port = (uint8_t)zone;
    return err;
}

/* NAMES -------------------------------------------------------------------------------------- */

int tarn_local(const struct tarn *st, tarn_sock s, struct tarn_addr *out)
{
    const struct sock *sk = sock_find(st, s);

    if (sk == NULL)
        return -TARN_EBADF;
    *out = sk->local;
    return 0;
}

int tarn_peer(const struct tarn *st, tarn_sock s, struct tarn_addr *out)
{
    const struct sock *sk = sock_find(st, s);

    if (sk == NULL)
        return -TARN_EBADF;
    if (sk->remote.port == 0 && tarn_ip_is_any(&sk->remote.ip))
        return -TARN_ENOTCONN;
    *out = sk->remote;
    return 0;
}
