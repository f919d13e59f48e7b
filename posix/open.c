/* posix/open.c - socket(): which families, types and protocols there are.
 *
 * What the stack does not carry is refused with Linux's errno, never passed to the kernel's
 * network. A raw socket needs CAP_NET_RAW, as in Linux; a datagram socket of ICMP is for everybody,
 * as where net.ipv4.ping_group_range has all groups. */
#include "posix/socket.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <netinet/in.h>

/* What each family and type carries; `protocol` 0: any, and there must be one. The first of a type
 * is its usual one. */
static const struct carried {
    int family; /* 0: both */
    int type, protocol;
} carried[] = {
    {0, SOCK_STREAM, IPPROTO_TCP},          {0, SOCK_DGRAM, IPPROTO_UDP},
    {0, SOCK_DGRAM, IPPROTO_UDPLITE},       {AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
    {AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6}, {0, SOCK_RAW, 0},
};

/* The protocol that a socket of this kind has, or a negative errno. */
static int choose(int family, int type, int protocol)
{
    int err = -ESOCKTNOSUPPORT;

    for (size_t i = 0; i < sizeof carried / sizeof carried[0]; i++) {
        const struct carried *c = &carried[i];

        if (c->type != type || (c->family != 0 && c->family != family))
            continue;
        if (protocol > 0 && protocol <= UINT8_MAX && (c->protocol == protocol || c->protocol == 0))
            return protocol;
        if (protocol == 0 && c->protocol != 0)
            return c->protocol;
        err = -EPROTONOSUPPORT;
    }
    return err;
}

/* Of netlink's families, the one of interfaces, addresses and routes. */
static int judge_netlink(int type, int protocol)
{
    if (type != SOCK_RAW && type != SOCK_DGRAM)
        return -ESOCKTNOSUPPORT;
    return protocol == NETLINK_ROUTE ? protocol : -EPROTONOSUPPORT;
}

/* The same, with the checks that come before and after it. */
static int judge(struct posix *px, const struct posix_request *q, int type)
{
    const struct posix_host *host = &px->cfg.host;
    int protocol = q->args[2];

    if (type < 0 || type > SOCK_PACKET)
        return -EINVAL;
    if (q->args[0] == AF_NETLINK)
        return judge_netlink(type, protocol);
    if (q->args[0] != AF_INET && q->args[0] != AF_INET6)
        return -EAFNOSUPPORT;
    if (protocol < 0 || protocol >= IPPROTO_MAX)
        return -EINVAL;
    protocol = choose(q->args[0], type, protocol);
    if (type == SOCK_RAW && protocol >= 0 && !host->capable(host->ctx, q->from.thread, CAP_NET_RAW))
        return -EPERM;
    return protocol;
}

/* Whatever goes with a datagram is taken with it: what the program wants is known only when it asks
 * for the datagram. */
static void ask_for_all(struct socket *so)
{
    static const enum tarn_opt all[] = {TARN_SO_RECV_PKTINFO, TARN_SO_RECV_TTL, TARN_SO_RECV_TOS,
                                        TARN_SO_RECV_STAMP};
    struct posix *px = so->px;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        (void)tarn_setopt(px->cfg.stack, so->sock, all[i], 1, px->cfg.clock());
}

int open_in_stack(struct socket *so)
{
    static const enum tarn_type types[] = {
        [SOCK_STREAM] = TARN_STREAM, [SOCK_DGRAM] = TARN_DGRAM, [SOCK_RAW] = TARN_RAW};
    enum tarn_family family = so->family == AF_INET ? TARN_INET : TARN_INET6;

    int err = tarn_open(so->px->cfg.stack, family, types[so->type], (uint8_t)so->protocol, so->id,
                        &so->sock);

    if (err == 0 && so->type != SOCK_STREAM)
        ask_for_all(so);
    else if (err == 0) /* what to do with urgent bytes is the pair's business */
        (void)tarn_setopt(so->px->cfg.stack, so->sock, TARN_SO_OOBINLINE, 1, so->px->cfg.clock());
    return err;
}

int open_call(struct posix *px, const struct posix_request *q, struct posix_reply *r)
{
    int type = q->args[1] & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    int err, protocol = judge(px, q, type);
    struct socket *so;

    if (protocol < 0)
        return protocol;
    so = socket_new(px, q->args[0], type, protocol);
    if (so == NULL)
        return -ENOMEM;
    err = so->family == AF_NETLINK ? netlink_open(so) : open_in_stack(so);
    if (err == 0)
        err = socket_make_pair(so, (q->args[1] & SOCK_NONBLOCK) != 0);
    if (err != 0) {
        socket_free(so, px->cfg.clock());
        return err;
    }
    so->state = type == SOCK_STREAM ? SOCKET_NEW : SOCKET_OPEN;
    px->in_hand = so;
    r->give = so->given;
    r->give_cloexec = (q->args[1] & SOCK_CLOEXEC) != 0;
    return 0;
}
