/* sock/group.c - multicast as a socket has it: which groups it hears, from whom (RFC 9776 2, RFC
 * 9777 2, RFC 3678).
 *
 * A socket keeps its memberships in a list; what the links hear is the sum of all, which is the
 * group folder's matter. A packet to a group reaches each socket that is bound to where it goes and
 * hears its sender: by the socket's own membership, or without one because TARN_SO_MULTICAST_ALL
 * says that whatever others here have joined is welcome. */
#include "core/group.h"
#include "sock/dgram.h"
#include "sock/layer.h"

/* The socket's membership of a group on a port; NULL. */
static struct membership *find(const struct tarn *st, const struct sock *sk,
                               const struct tarn_ip *group, unsigned port)
{
    const struct dgram *d = (const struct dgram *)sk;

    list_each (st, &d->groups, struct membership, m)
        if (m->port == port && tarn_ip_equal(&m->group, group))
            return m;
    return NULL;
}

bool dgram_hears(const struct tarn *st, const struct sock *sk, const struct ip_info *ip)
{
    const struct membership *m;

    if (!tarn_ip_is_multicast(&ip->dst))
        return true;
    m = find(st, sk, &ip->dst, sock_device_of(ip) - 1);
    return m != NULL ? membership_hears(m, &ip->src) : (sk->flags & SOCK_NO_MULTICAST_ALL) == 0;
}

static void leave(struct tarn *st, struct sock *sk, struct membership *m, tarn_ns now)
{
    list_remove(st, &dgram_of(sk)->groups, m);
    group_leave(st, m, now);
}

void dgram_leave_all(struct tarn *st, struct sock *sk, tarn_ns now)
{
    struct membership *m;

    while ((m = list_first(st, &dgram_of(sk)->groups)) != NULL)
        leave(st, sk, m, now);
}

/* May the socket be in such a group at all? */
static int check(const struct sock *sk, const struct tarn_ip *group)
{
    if (sk == NULL)
        return -TARN_EBADF;
    if (sk->type == TARN_STREAM)
        return -TARN_EPROTO;
    if (!tarn_ip_is_multicast(group) || (sk->family == TARN_INET && !tarn_ip_is4(group)))
        return -TARN_EINVAL;
    return 0;
}

/* The port that `device` (interface index + 1) means, or that packets to the group take. */
static int port_for(struct tarn *st, const struct sock *sk, const struct tarn_ip *group,
                    uint32_t device)
{
    struct ip_info ip = {.dst = *group, .no_source = true};

    if (device == 0)
        device = sk->bind_port;
    if (device != 0)
        return device <= port_count(st) ? (int)device - 1 : -TARN_ENODEV;
    return route_find(st, &ip, -1) == 0 ? ip.port : -TARN_ENODEV;
}

static uint32_t count(const struct tarn *st, const struct dgram *d)
{
    uint32_t n = 0;

    list_each (st, &d->groups, struct membership, m)
        n += m->owned;
    return n;
}

static int join(struct tarn *st, struct sock *sk, const struct tarn_ip *group, unsigned port,
                struct membership **out, tarn_ns now)
{
    struct dgram *d = dgram_of(sk);

    if (count(st, d) >= st->param[PARAM_GROUPS_MAX])
        return -TARN_ENOBUFS;
    *out = group_join(st, port, group, &d->groups, now);
    return *out != NULL ? 0 : -TARN_ENOBUFS;
}

int tarn_group_join(struct tarn *st, tarn_sock s, const struct tarn_ip *group, uint32_t port,
                    tarn_ns now)
{
    struct sock *sk = sock_find(st, s);
    int err = check(sk, group), at;
    struct membership *m;

    st->now = now;
    if (err < 0)
        return err;
    at = port_for(st, sk, group, port);
    if (at < 0)
        return at;
    if (find(st, sk, group, (unsigned)at) != NULL)
        return -TARN_EADDRINUSE;
    return join(st, sk, group, (unsigned)at, &m, now);
}

/* The membership that is meant: on the port, or where none is said the first of the group. */
static struct membership *find_meant(const struct tarn *st, const struct sock *sk,
                                     const struct tarn_ip *group, uint32_t device)
{
    const struct dgram *d = (const struct dgram *)sk;

    if (device != 0)
        return find(st, sk, group, device - 1);
    list_each (st, &d->groups, struct membership, m)
        if (tarn_ip_equal(&m->group, group))
            return m;
    return NULL;
}

int tarn_group_leave(struct tarn *st, tarn_sock s, const struct tarn_ip *group, uint32_t port,
                     tarn_ns now)
{
    struct sock *sk = sock_find(st, s);
    int err = check(sk, group);
    struct membership *m;

    st->now = now;
    if (err < 0)
        return err;
    m = find_meant(st, sk, group, port);
    if (m == NULL)
        return -TARN_EADDRNOTAVAIL;
    leave(st, sk, m, now);
    return 0;
}

int tarn_group_set_filter(struct tarn *st, tarn_sock s, const struct tarn_group_filter *f,
                          tarn_ns now)
{
    struct sock *sk = sock_find(st, s);
    int err = check(sk, &f->group), at;
    struct membership *m;

    st->now = now;
    if (err < 0)
        return err;
    if (f->n_sources > TARN_SOURCES_MAX)
        return -TARN_ENOBUFS;
    m = find_meant(st, sk, &f->group, f->port);
    if (!f->exclude && f->n_sources == 0) { /* to hear nobody is to leave */
        if (m != NULL)
            leave(st, sk, m, now);
        return m != NULL ? 0 : -TARN_EADDRNOTAVAIL;
    }
    if (m == NULL) {
        at = port_for(st, sk, &f->group, f->port);
        err = at < 0 ? at : join(st, sk, &f->group, (unsigned)at, &m, now);
    }
    if (err == 0)
        group_filter(st, m, f->exclude, f->sources, f->n_sources, now);
    return err;
}

int tarn_group_get_filter(const struct tarn *st, tarn_sock s, struct tarn_group_filter *f)
{
    const struct sock *sk = sock_find(st, s);
    int err = check(sk, &f->group);
    const struct membership *m;

    if (err < 0)
        return err;
    m = find_meant(st, sk, &f->group, f->port);
    if (m == NULL)
        return -TARN_EADDRNOTAVAIL;
    f->port = m->port + 1u;
    f->exclude = m->exclude;
    f->n_sources = m->n_sources;
    memcpy(f->sources, m->source, m->n_sources * sizeof m->source[0]);
    return 0;
}
