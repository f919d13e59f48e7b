/* posix/name.c - addresses in Linux's form and in the stack's.
 *
 * The stack holds an address of IPv4 in its mapped form, which is what a socket of AF_INET6 shows
 * of it. A zone is an interface's index in both; Linux shows it only where an address needs one. */
#include "posix/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

/* Linux takes a sockaddr_in6 without its last member, as RFC 2133 had it. */
enum { INET6_LEAST = offsetof(struct sockaddr_in6, sin6_scope_id) };

/* ---- to Linux ---- */

static void to_inet(const struct tarn_addr *a, struct posix_address *out)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_port = htons(a->port),
        .sin_addr.s_addr = htonl(tarn_ip_to4(&a->ip)),
    };

    out->len = sizeof sin;
    memcpy(&out->storage, &sin, sizeof sin);
}

static void to_inet6(const struct tarn_addr *a, struct posix_address *out)
{
    struct sockaddr_in6 sin6 = {
        .sin6_family = AF_INET6,
        .sin6_port = htons(a->port),
        .sin6_scope_id = tarn_ip_has_zone(&a->ip) ? a->zone : 0,
    };

    memcpy(&sin6.sin6_addr, a->ip.b, sizeof sin6.sin6_addr);
    out->len = sizeof sin6;
    memcpy(&out->storage, &sin6, sizeof sin6);
}

void name_to_linux(const struct socket *so, const struct tarn_addr *a, struct posix_address *out)
{
    if (so->family == AF_NETLINK)
        netlink_name(0, 0, out); /* whatever comes is the kernel's */
    else if (so->family == AF_INET)
        to_inet(a, out);
    else
        to_inet6(a, out);
}

/* ---- from Linux ---- */

static int from_inet(const struct posix_address *in, struct tarn_addr *out)
{
    struct sockaddr_in sin;

    if (in->len < sizeof sin)
        return -EINVAL;
    memcpy(&sin, &in->storage, sizeof sin);
    *out =
        (struct tarn_addr){.ip = tarn_ip4(ntohl(sin.sin_addr.s_addr)), .port = ntohs(sin.sin_port)};
    return 0;
}

static void from_inet6(const struct posix_address *in, struct tarn_addr *out)
{
    struct sockaddr_in6 sin6 = {.sin6_scope_id = 0};

    memcpy(&sin6, &in->storage, in->len < sizeof sin6 ? in->len : sizeof sin6);
    *out = (struct tarn_addr){.port = ntohs(sin6.sin6_port)};
    memcpy(out->ip.b, &sin6.sin6_addr, sizeof out->ip.b);
    if (tarn_ip_has_zone(&out->ip))
        out->zone = sin6.sin6_scope_id;
}

static int64_t option_of(const struct socket *so, enum tarn_opt opt)
{
    int64_t value = 0;

    (void)tarn_getopt(so->px->cfg.stack, so->sock, opt, &value);
    return value;
}

static bool is_v6_only(const struct socket *so)
{
    return option_of(so, TARN_SO_IPV6_V6ONLY) != 0;
}

/* A link-local address means nothing without a link: from its name, or from the socket. */
static bool lacks_zone(const struct socket *so, const struct tarn_addr *a)
{
    return tarn_ip_has_zone(&a->ip) && a->zone == 0 && option_of(so, TARN_SO_BINDTODEVICE) == 0 &&
           (!tarn_ip_is_multicast(&a->ip) || option_of(so, TARN_SO_MULTICAST_IF) == 0);
}

/* What a socket of AF_INET6 refuses in a name that is one. */
static int check_inet6(const struct socket *so, enum name_use use, const struct tarn_addr *a)
{
    if (tarn_ip_is4(&a->ip) && is_v6_only(so))
        return use == NAME_BIND ? -EINVAL : -ENETUNREACH;
    if (use == NAME_SEND)
        return 0;
    if (so->type == SOCK_STREAM && tarn_ip_is_multicast(&a->ip) && !tarn_ip_is4(&a->ip))
        return use == NAME_BIND ? -EINVAL : -ENETUNREACH;
    return lacks_zone(so, a) ? -EINVAL : 0;
}

/* A datagram socket of AF_INET6 takes peers named as AF_INET does. */
static int from_inet_on_inet6(const struct socket *so, const struct posix_address *in,
                              enum name_use use, struct tarn_addr *out)
{
    if (is_v6_only(so))
        return use == NAME_CONNECT ? -EAFNOSUPPORT : -ENETUNREACH;
    return from_inet(in, out);
}

static int from_linux_inet6(const struct socket *so, const struct posix_address *in,
                            enum name_use use, struct tarn_addr *out)
{
    sa_family_t family = in->len >= sizeof family ? in->sa.sa_family : AF_UNSPEC;

    if (family == AF_INET && use != NAME_BIND && so->type == SOCK_DGRAM)
        return from_inet_on_inet6(so, in, use, out);
    if (in->len < INET6_LEAST)
        return -EINVAL;
    if (family != AF_INET6)
        return use == NAME_SEND && so->type == SOCK_DGRAM ? -EINVAL : -EAFNOSUPPORT;
    from_inet6(in, out);
    return check_inet6(so, use, out);
}

/* As Linux: AF_UNSPEC is taken for AF_INET in a datagram's destination, and where a socket is bound
 * to no address. */
static int from_linux_inet(const struct posix_address *in, enum name_use use, struct tarn_addr *out)
{
    int err = from_inet(in, out);

    if (err != 0 || in->sa.sa_family == AF_INET)
        return err;
    if (in->sa.sa_family == AF_UNSPEC &&
        (use == NAME_SEND || (use == NAME_BIND && tarn_ip_is_any(&out->ip))))
        return 0;
    return -EAFNOSUPPORT;
}

int name_from_linux(const struct socket *so, const struct posix_address *in, enum name_use use,
                    struct tarn_addr *out)
{
    if (so->family == AF_INET)
        return from_linux_inet(in, use, out);
    return from_linux_inet6(so, in, use, out);
}

/* ---- calls ---- */

bool name_is_none(const struct posix_address *name)
{
    return name->len >= sizeof(sa_family_t) && name->sa.sa_family == AF_UNSPEC;
}

static bool is_bound_to(const struct socket *so, const struct tarn_addr *want)
{
    struct tarn_addr has;

    return tarn_local(so->px->cfg.stack, so->sock, &has) == 0 &&
           tarn_ip_equal(&has.ip, &want->ip) && (want->port == 0 || has.port == want->port);
}

int name_bind(struct socket *so, const struct posix_request *q)
{
    struct tarn_addr local;
    int err = name_from_linux(so, &q->address, NAME_BIND, &local);

    if (err != 0)
        return err;
    if (so->sock.slot == 0 && so->sock.gen == 0)
        return -EINVAL;
    if (socket_is_told_again(so, q) && is_bound_to(so, &local))
        return 0;
    err = tarn_bind(so->px->cfg.stack, so->sock, &local);
    if (err == 0)
        socket_was_told(so, q->from.thread, q->from.site);
    return err;
}

int name_local(struct socket *so, struct posix_reply *r)
{
    struct tarn_addr a = {.port = 0};

    tarn_local(so->px->cfg.stack, so->sock, &a);
    name_to_linux(so, &a, &r->address);
    return 0;
}

int name_peer(struct socket *so, struct posix_reply *r)
{
    struct tarn_addr a;
    int err;

    if (so->state != SOCKET_OPEN)
        return -ENOTCONN;
    err = tarn_peer(so->px->cfg.stack, so->sock, &a);
    if (err == 0 && a.port == 0 && so->family != AF_NETLINK)
        err = -ENOTCONN; /* as Linux: nobody is asked by port 0 */
    if (err == 0)
        name_to_linux(so, &a, &r->address);
    return err;
}
