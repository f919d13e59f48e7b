/* drivers/tap.c - a TAP device: Ethernet frames to and from this machine's kernel.
 *
 * With offload (the default) checksums stay partial and TCP super-packets of up to 64 KiB pass in
 * both directions, so a bulk transfer costs one system call per 64 KiB. The device's address and
 * what is routed to it are the user's; a device that did not exist is set up, and its queue is made
 * long enough for the kernel's bursts, which else end in drops that look like congestion.
 *
 * Reading until the device refuses costs a call that brings nothing, which a ping-pong would pay on
 * every round. So where packets come one by one only one is read, the next wait tells whether there
 * is more, and now and then a second one is tried. */
#include "tarn/link.h"

#include "drivers/arg.h"
#include "drivers/frame.h"
#include "tarn/err.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    FRAME_EXTRA = 14 + 8, /* Ethernet header, two tags */
    SUPER_BYTES = 65536,
    UDP_SEGMENTS = 0x60, /* TUN_F_USO4 | TUN_F_USO6: Linux 6.2, newer than Debian 12's headers */
    QUEUE_FRAMES = 10000,
    SINGLES_ENOUGH = 4, /* reads of one packet in a row after which only one is read, */
    SINGLES_TRY = 16,   /* but every so many times more are tried */
};

struct tap {
    struct link link;
    int fd;
    bool vnet;        /* frames have a struct vnet_header in front */
    size_t rx_bytes;  /* largest frame that can come */
    unsigned singles; /* times in a row that one packet came */
};

/* --- opening --- */

static void ip_of(struct tarn_ip *out, const struct sockaddr *sa)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (sa->sa_family == AF_INET) {
        memcpy(&in, sa, sizeof in);
        *out = tarn_ip4(ntohl(in.sin_addr.s_addr));
    } else if (sa->sa_family == AF_INET6) {
        memcpy(&in6, sa, sizeof in6);
        memcpy(out->b, &in6.sin6_addr, sizeof out->b);
    }
}

/* The kernel's own addresses on the device, one of each family: this machine, seen through the
 * link. One that is good on this link only cannot be given a name. */
static void kernel_addresses(struct tap *t, const char *name)
{
    struct ifaddrs *list, *i;

    if (getifaddrs(&list) < 0)
        return;
    for (i = list; i != NULL; i = i->ifa_next) {
        struct tarn_ip ip = {{0}};
        struct tarn_ip *host;

        if (i->ifa_addr == NULL || strcmp(i->ifa_name, name) != 0)
            continue;
        ip_of(&ip, i->ifa_addr);
        host = &t->link.caps.offer[link_family(&ip)].host;
        if (!tarn_ip_is_any(&ip) && !tarn_ip_has_zone(&ip) && tarn_ip_is_any(host))
            *host = ip;
    }
    freeifaddrs(list);
}

/* By netlink, because the older call asks for a right over the whole machine, not over the
 * namespace alone. Refused is not an error: the queue is then what it is. */
static void queue_lengthen(const char *name)
{
    struct {
        struct nlmsghdr head;
        struct ifinfomsg info;
        struct rtattr attr;
        uint32_t frames;
    } m = {
        .head = {.nlmsg_len = sizeof m, .nlmsg_type = RTM_NEWLINK, .nlmsg_flags = NLM_F_REQUEST},
        .info = {.ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(name)},
        .attr = {.rta_len = RTA_LENGTH(sizeof m.frames), .rta_type = IFLA_TXQLEN},
        .frames = QUEUE_FRAMES,
    };
    int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (s < 0)
        return;
    send(s, &m, sizeof m, 0);
    close(s);
}

/* What the kernel's side of the device is like, and the little that we change of it. What is
 * refused there (a device of another user) is left as it is. */
static void kernel_side(struct tap *t, const char *name, bool created)
{
    struct ifreq ifr = {0};
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    t->link.caps.mtu = 1500;
    if (s < 0)
        return;
    snprintf(ifr.ifr_name, IFNAMSIZ, "%s", name);
    if (ioctl(s, SIOCGIFMTU, &ifr) == 0 && ifr.ifr_mtu >= 68)
        t->link.caps.mtu = (uint32_t)(ifr.ifr_mtu < 65535 ? ifr.ifr_mtu : 65535);
    queue_lengthen(name);
    if (created && ioctl(s, SIOCGIFFLAGS, &ifr) == 0) {
        ifr.ifr_flags |= IFF_UP;
        ioctl(s, SIOCSIFFLAGS, &ifr);
    }
    close(s);
    kernel_addresses(t, name);
}

static const char *attach_remedy(int err)
{
    switch (err) {
    case EPERM:
        return "; run as root, or have it made for you: ip tuntap add NAME mode tap user YOU";
    case EBUSY: return "; another program holds it: end that, or give another name";
    case EINVAL: return "; no TAP can have this name, or a device of another kind has it";
    default: return "; see tarn doctor";
    }
}

static int attach(struct tap *t, const struct link_open *how, const char *name)
{
    struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};

    t->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (t->fd < 0)
        return arg_fail_errno(how, "link tap: open /dev/net/tun",
                              "; `tarn doctor` tells what is missing, --link slirp needs nothing");
    snprintf(ifr.ifr_name, IFNAMSIZ, "%s", name);
    if (ioctl(t->fd, TUNSETIFF, &ifr) == 0)
        return 0;
    return arg_fail_errno(how, "link tap: attach to the device", attach_remedy(errno));
}

/* A descriptor of the caller's, already attached; we use a copy of it. */
static int adopt(struct tap *t, const struct link_open *how, long fd)
{
    struct ifreq ifr = {0};

    t->fd = fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
    if (t->fd < 0)
        return arg_fail_errno(how, "link tap: fd=", "; give a descriptor that is open");
    if (ioctl(t->fd, TUNGETIFF, &ifr) < 0)
        return arg_fail_errno(how, "link tap: fd= is not an attached TAP", "; give one that is");
    if (!(ifr.ifr_flags & IFF_TAP) || !(ifr.ifr_flags & IFF_NO_PI))
        return arg_fail(how, TARN_EINVAL,
                        "link tap: fd= is not a TAP without packet information; attach it with "
                        "IFF_TAP and IFF_NO_PI");
    t->vnet = (ifr.ifr_flags & IFF_VNET_HDR) != 0;
    fcntl(t->fd, F_SETFL, fcntl(t->fd, F_GETFL) | O_NONBLOCK);
    return 0;
}

static int offload_on(struct tap *t, const struct link_open *how, bool offload)
{
    int header = sizeof(struct vnet_header);
    unsigned flags = offload ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0;
    bool uso;

    t->rx_bytes = t->link.caps.mtu + FRAME_EXTRA;
    if (!t->vnet)
        return 0;
    uso = offload && ioctl(t->fd, TUNSETOFFLOAD, flags | UDP_SEGMENTS) == 0;
    if (ioctl(t->fd, TUNSETVNETHDRSZ, &header) < 0 ||
        (!uso && ioctl(t->fd, TUNSETOFFLOAD, flags) < 0))
        return arg_fail_errno(how, "link tap: set offloads", "; try offload=off");
    if (offload) {
        t->link.caps.offload =
            LINK_CSUM_RX | LINK_CSUM_TX | LINK_GSO_TX | LINK_GRO_RX | (uso ? LINK_USO_TX : 0u);
        t->rx_bytes = SUPER_BYTES + FRAME_EXTRA;
    }
    return 0;
}

static int open_device(struct tap *t, const struct link_open *how)
{
    const char *name = arg_bare(how, 0);
    bool offload = true, created;
    struct ifreq ifr = {0};
    long fd = -1;
    int rc;

    if (arg_number(how, "fd", 0, INT32_MAX, &fd) < 0 || arg_switch(how, "offload", &offload) < 0)
        return -TARN_EINVAL;
    if ((name == NULL && fd < 0) || (name != NULL && strlen(name) >= IFNAMSIZ))
        return arg_fail(
            how, TARN_EINVAL,
            "link tap: \"%s\" is no device; give a name of 1 to %d characters: tap:NAME",
            name ? name : "", IFNAMSIZ - 1);
    created = fd < 0 && if_nametoindex(name) == 0;
    t->vnet = true;
    rc = fd < 0 ? attach(t, how, name) : adopt(t, how, fd);
    if (rc < 0)
        return rc;
    if (ioctl(t->fd, TUNGETIFF, &ifr) < 0)
        return arg_fail_errno(how, "link tap: name of the device", "; see tarn doctor");
    kernel_side(t, ifr.ifr_name, created);
    arg_mac(t->link.caps.mac, ifr.ifr_name);
    return offload_on(t, how, offload);
}

static int tap_open(struct link *l, const struct link_open *how)
{
    struct tap *t = (struct tap *)l;
    int rc;

    t->fd = -1;
    l->caps.medium = LINK_ETHERNET;
    l->caps.carrier = true;
    rc = open_device(t, how);
    if (rc < 0 && t->fd >= 0)
        close(t->fd);
    return rc;
}

static int tap_pollfd(const struct link *l)
{
    return ((const struct tap *)l)->fd;
}

/* --- receiving --- */

/* One frame; NULL when there is none or no memory: errno tells which. */
static struct pkt *read_frame(struct tap *t)
{
    struct frame f;
    struct pkt *p = frame_begin(&f, t->link.st, t->rx_bytes, t->vnet);
    ssize_t got;

    if (p == NULL) {
        errno = ENOBUFS;
        return NULL;
    }
    got = readv(t->fd, f.iov, (int)f.n);
    if (got < 0) {
        pkt_put(t->link.st, p);
        return NULL;
    }
    return frame_end(&f, &t->link, p, (size_t)got);
}

static int tap_rx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    struct tap *t = (struct tap *)l;
    unsigned got = 0;

    (void)now;
    if (t->singles >= SINGLES_ENOUGH && t->singles % SINGLES_TRY != 0)
        n = 1;
    while (got < n && (v[got] = read_frame(t)) != NULL)
        got++;
    if (got == 0 && errno == EBADFD)
        return -TARN_ENETDOWN;
    if (got < n && errno != EAGAIN)
        l->rx_errors++;
    t->singles = got == 1 ? t->singles + 1 : 0;
    return (int)got;
}

/* --- sending --- */

static int tap_tx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    struct tap *t = (struct tap *)l;
    struct frame f;
    unsigned sent;

    (void)now;
    for (sent = 0; sent < n; sent++) {
        frame_of_pkt(&f, l->st, v[sent], t->vnet);
        if (writev(t->fd, f.iov, (int)f.n) >= 0)
            frame_sent(l, v[sent]);
        else if (errno == EAGAIN)
            break;
        else
            frame_refused(l, v[sent], errno == EIO ? DROP_PORT_DOWN : DROP_LINK_REFUSED);
    }
    return (int)sent;
}

static void tap_close(struct link *l)
{
    close(((struct tap *)l)->fd);
}

const struct link_ops link_tap = {
    .name = "tap",
    .help = "NAME            the device; made when it is not there, gone at the end\n"
            "offload=on|off  checksums and segmentation by the kernel (on)\n"
            "fd=N            an open descriptor that is attached to a TAP, instead of NAME\n",
    .keys = "NAME,offload=,fd=",
    .size = sizeof(struct tap),
    .open = tap_open,
    .pollfd = tap_pollfd,
    .rx = tap_rx,
    .tx = tap_tx,
    .close = tap_close,
};
