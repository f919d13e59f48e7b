/* posix/ioctl.c - ioctls on sockets: how much is queued, and what the interfaces are. */
#include "posix/socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

/* ARPHRD_ETHER and ARPHRD_LOOPBACK of Linux's if_arp.h; ARPHRD_NONE: packets without a header. */
enum { HARDWARE_ETHERNET = 1, HARDWARE_LOOPBACK = 772, HARDWARE_NONE = 0xfffe };

static int give_int(struct socket *so, struct posix_reply *r, int64_t value)
{
    int v = value > INT32_MAX ? INT32_MAX : (int)value;

    memcpy(so->px->reply, &v, sizeof v);
    r->data = so->px->reply;
    r->data_len = sizeof v;
    return 0;
}

static int64_t of_stack(struct socket *so, enum tarn_opt opt)
{
    int64_t n = 0;

    return tarn_getopt(so->px->cfg.stack, so->sock, opt, &n) == 0 ? n : 0;
}

static int in_pair(int fd)
{
    int n = 0;

    return fd >= 0 && ioctl(fd, FIONREAD, &n) == 0 ? n : 0;
}

/* ---- queues ---- */

/* Bytes that a read would find; of datagrams, those of the next one. What has come is passed to the
 * pair first: a program that is told of bytes may read them without waiting. */
static int unread(struct socket *so, const struct posix_request *q, struct posix_reply *r)
{
    tarn_ns now = so->px->cfg.clock();
    char byte;
    ssize_t n;

    if (so->state == SOCKET_LISTENING)
        return -EINVAL;
    if (so->type == SOCK_STREAM && so->state == SOCKET_OPEN)
        stream_up(so, now);
    else if (so->type != SOCK_STREAM)
        dgram_up(so, now);
    if (so->type == SOCK_STREAM)
        return give_int(so, r, in_pair(q->from.end) + of_stack(so, TARN_SO_NREAD));
    n = recv(q->from.end, &byte, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    return give_int(so, r, n > 0 ? n : of_stack(so, TARN_SO_NREAD));
}

/* Bytes written that the peer has not acknowledged, or (SIOCOUTQNSD) that were not even sent. One
 * byte in our end is the kept one. */
static int unsent(struct socket *so, struct posix_reply *r, enum tarn_opt opt)
{
    int n = in_pair(so->end);

    if (so->state == SOCKET_LISTENING)
        return -EINVAL;
    if (so->type == SOCK_STREAM && n > 0)
        n--;
    if (so->state == SOCKET_NEW || so->state == SOCKET_CONNECTING)
        n = 0;
    return give_int(so, r, n + of_stack(so, opt));
}

/* ---- interfaces ---- */

static int find_port(struct socket *so, const char *name, struct tarn_port_info *out)
{
    for (unsigned port = 0; tarn_port_get(so->px->cfg.stack, port, out) == 0; port++) {
        if (strncmp(out->name, name, IFNAMSIZ) == 0)
            return (int)port;
    }
    return -ENODEV;
}

static int find_address(struct socket *so, unsigned port, struct tarn_address *out)
{
    uint32_t cursor = 0;

    while (tarn_address_next(so->px->cfg.stack, &cursor, out)) {
        if (out->port == port && tarn_ip_is4(&out->prefix.ip))
            return 0;
    }
    return -EADDRNOTAVAIL;
}

static void put_ip4(struct sockaddr *to, uint32_t ip)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(ip)};

    memcpy(to, &sin, sizeof sin);
}

static uint32_t mask_of(const struct tarn_address *a)
{
    return a->prefix.len <= 96 ? 0 : UINT32_MAX << (128 - a->prefix.len);
}

static int get_address(struct socket *so, unsigned port, int request, struct ifreq *ifr)
{
    struct tarn_address a;
    uint32_t ip;
    int err = find_address(so, port, &a);

    if (err != 0)
        return err;
    ip = tarn_ip_to4(&a.prefix.ip);
    if (request == SIOCGIFNETMASK)
        ip = mask_of(&a);
    else if (request == SIOCGIFBRDADDR)
        ip |= ~mask_of(&a);
    put_ip4(&ifr->ifr_addr, ip);
    return 0;
}

static void get_hardware(unsigned port, const struct tarn_port_info *info, struct ifreq *ifr)
{
    memset(&ifr->ifr_hwaddr, 0, sizeof ifr->ifr_hwaddr);
    memcpy(ifr->ifr_hwaddr.sa_data, info->mac, sizeof info->mac);
    if (port == 0)
        ifr->ifr_hwaddr.sa_family = HARDWARE_LOOPBACK;
    else
        ifr->ifr_hwaddr.sa_family =
            info->medium == LINK_ETHERNET ? HARDWARE_ETHERNET : HARDWARE_NONE;
}

static short flags_of(unsigned port, const struct tarn_port_info *info)
{
    short flags = port == 0 ? IFF_LOOPBACK : IFF_BROADCAST | IFF_MULTICAST;

    if (info->up)
        flags = (short)(flags | IFF_UP);
    if (info->up && info->carrier)
        flags = (short)(flags | IFF_RUNNING);
    return flags;
}

static int describe_port(struct socket *so, int request, struct ifreq *ifr)
{
    struct tarn_port_info info;
    int port;

    if (request == SIOCGIFNAME) {
        if (tarn_port_get(so->px->cfg.stack, (unsigned)ifr->ifr_ifindex - 1, &info) != 0)
            return -ENODEV;
        memcpy(ifr->ifr_name, info.name, IFNAMSIZ);
        return 0;
    }
    port = find_port(so, ifr->ifr_name, &info);
    if (port < 0)
        return port;
    switch (request) {
    case SIOCGIFINDEX: ifr->ifr_ifindex = port + 1; return 0;
    case SIOCGIFFLAGS: ifr->ifr_flags = flags_of((unsigned)port, &info); return 0;
    case SIOCGIFMTU: ifr->ifr_mtu = (int)info.mtu; return 0;
    case SIOCGIFHWADDR: get_hardware((unsigned)port, &info, ifr); return 0;
    default: return get_address(so, (unsigned)port, request, ifr);
    }
}

static int interface(struct socket *so, const struct posix_request *q, struct posix_reply *r)
{
    struct ifreq ifr;
    int err;

    if (q->data_len != sizeof ifr)
        return -EINVAL;
    memcpy(&ifr, q->data, sizeof ifr);
    ifr.ifr_name[IFNAMSIZ - 1] = '\0';
    err = describe_port(so, q->args[0], &ifr);
    memcpy(so->px->reply, &ifr, sizeof ifr);
    r->data = so->px->reply;
    r->data_len = sizeof ifr;
    return err;
}

int ioctl_call(struct socket *so, const struct posix_request *q, struct posix_reply *r)
{
    switch ((unsigned)q->args[0]) {
    case FIONREAD: return unread(so, q, r);
    case TIOCOUTQ: return unsent(so, r, TARN_SO_NWRITE);
    case SIOCOUTQNSD: return unsent(so, r, TARN_SO_NOTSENT);
    case SIOCATMARK: return so->type == SOCK_STREAM ? give_int(so, r, 0) : -ENOTTY;
    case SIOCGIFNAME:
    case SIOCGIFINDEX:
    case SIOCGIFFLAGS:
    case SIOCGIFMTU:
    case SIOCGIFHWADDR:
    case SIOCGIFADDR:
    case SIOCGIFNETMASK:
    case SIOCGIFBRDADDR: return interface(so, q, r);
    default: return -ENOTTY;
    }
}
