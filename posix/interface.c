/* posix/interface.c - ioctls about interfaces (netdevice(7)).
 *
 * They are answered for every socket of a program, a local one too: the C library asks an AF_UNIX
 * socket for the index of an interface. */
#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "posix/socket.h"

/* ARPHRD_ETHER and ARPHRD_LOOPBACK of Linux's if_arp.h; ARPHRD_NONE: packets without a header. */
enum { HARDWARE_ETHERNET = 1, HARDWARE_LOOPBACK = 772, HARDWARE_NONE = 0xfffe };
enum { TX_QUEUE_LENGTH = 1000 };

static int find_port(struct posix *px, const char *name, struct tarn_port_info *out)
{
    for (unsigned port = 0; tarn_port_get(px->cfg.stack, port, out) == 0; port++) {
        if (strncmp(out->name, name, IFNAMSIZ) == 0)
            return (int)port;
    }
    return -ENODEV;
}

static int find_address(struct posix *px, unsigned port, struct tarn_address *out)
{
    uint32_t cursor = 0;

    while (tarn_address_next(px->cfg.stack, &cursor, out)) {
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

static int get_address(struct posix *px, unsigned port, int request, struct ifreq *ifr)
{
    struct tarn_address a;
    uint32_t ip;
    int err = find_address(px, port, &a);

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

static int describe_port(struct posix *px, int request, struct ifreq *ifr)
{
    struct tarn_port_info info;
    int port;

    if (request == SIOCGIFNAME) {
        if (tarn_port_get(px->cfg.stack, (unsigned)ifr->ifr_ifindex - 1, &info) != 0)
            return -ENODEV;
        memcpy(ifr->ifr_name, info.name, IFNAMSIZ);
        return 0;
    }
    port = find_port(px, ifr->ifr_name, &info);
    if (port < 0)
        return port;
    switch (request) {
    case SIOCGIFINDEX: ifr->ifr_ifindex = port + 1; return 0;
    case SIOCGIFFLAGS: ifr->ifr_flags = flags_of((unsigned)port, &info); return 0;
    case SIOCGIFMTU: ifr->ifr_mtu = (int)info.mtu; return 0;
    case SIOCGIFMETRIC: ifr->ifr_metric = 0; return 0;
    case SIOCGIFTXQLEN: ifr->ifr_qlen = TX_QUEUE_LENGTH; return 0;
    case SIOCGIFHWADDR: get_hardware((unsigned)port, &info, ifr); return 0;
    default: return get_address(px, (unsigned)port, request, ifr);
    }
}

static int one_interface(struct posix *px, const struct posix_request *q, struct posix_reply *r)
{
    struct ifreq ifr;
    int err;

    if (q->data_len != sizeof ifr)
        return -EINVAL;
    memcpy(&ifr, q->data, sizeof ifr);
    ifr.ifr_name[IFNAMSIZ - 1] = '\0';
    err = describe_port(px, q->args[0], &ifr);
    memcpy(px->reply, &ifr, sizeof ifr);
    r->data = px->reply;
    r->data_len = sizeof ifr;
    return err;
}

/* Every address of IPv4 with its interface's name, as many as there is room for. */
static int list_interfaces(struct posix *px, const struct posix_request *q, struct posix_reply *r)
{
    struct tarn_port_info info;
    struct tarn_address a;
    uint32_t cursor = 0, n = 0;
    uint32_t room = q->room < sizeof px->reply ? q->room : (uint32_t)sizeof px->reply;

    while (n + sizeof(struct ifreq) <= room && tarn_address_next(px->cfg.stack, &cursor, &a)) {
        struct ifreq ifr = {.ifr_name = ""};

        if (!tarn_ip_is4(&a.prefix.ip) || tarn_port_get(px->cfg.stack, a.port, &info) != 0)
            continue;
        memcpy(ifr.ifr_name, info.name, IFNAMSIZ);
        put_ip4(&ifr.ifr_addr, tarn_ip_to4(&a.prefix.ip));
        memcpy(px->reply + n, &ifr, sizeof ifr);
        n += (uint32_t)sizeof ifr;
    }
    r->data = px->reply;
    r->data_len = n;
    return 0;
}

/* The block of numbers of interfaces, routes and ARP; SIOCOUTQNSD lies in its middle. */
bool interface_knows(unsigned request)
{
    return request >= SIOCADDRT && request <= 0x89ff && request != SIOCOUTQNSD;
}

int interface_ioctl(struct posix *px, const struct posix_request *q, struct posix_reply *r)
{
    switch ((unsigned)q->args[0]) {
    case SIOCGIFCONF: return list_interfaces(px, q, r);
    case SIOCGIFNAME:
    case SIOCGIFINDEX:
    case SIOCGIFFLAGS:
    case SIOCGIFMTU:
    case SIOCGIFMETRIC:
    case SIOCGIFTXQLEN:
    case SIOCGIFHWADDR:
    case SIOCGIFADDR:
    case SIOCGIFDSTADDR:
    case SIOCGIFNETMASK:
    case SIOCGIFBRDADDR: return one_interface(px, q, r);
    default: return -EOPNOTSUPP; /* what changes something, and what drivers are asked */
    }
}
