/* Behaviours of what tells of interfaces, addresses and routes: netlink, and ioctls. */
#include "conf.h"

#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>

static void say_own(const struct ifaddrs *i)
{
    struct name mask = {.len = 0}, own = any_host();

    memcpy(&own.any, i->ifa_addr, own.len);
    if (!same_host(&own, &conf.self))
        return;
    memcpy(&mask.any, i->ifa_netmask, own.len);
    say("mask=%s up=%d loopback=%d", host_text(&mask), (i->ifa_flags & IFF_UP) != 0,
        (i->ifa_flags & IFF_LOOPBACK) != 0);
}

static void addresses(void)
{
    struct ifaddrs *all;
    int links = 0;

    say_rc("getifaddrs", getifaddrs(&all));
    for (struct ifaddrs *i = all; i; i = i->ifa_next) {
        links += i->ifa_addr && i->ifa_addr->sa_family == AF_PACKET;
        if (i->ifa_addr && i->ifa_addr->sa_family == conf.family)
            say_own(i);
    }
    say("links=%d", links >= 2);
}

static void names(void)
{
    char name[IF_NAMESIZE] = "";

    say("lo=%u", if_nametoindex("lo"));
    say("'%s'", if_indextoname(1, name) ? name : "none");
    say_rc("unknown", if_nametoindex("nosuch0") ? 0 : -1);
    say_rc("index", if_indextoname(9999, name) ? 0 : -1);
}

static void ioctls(void)
{
    char list[1024];
    struct ifconf all = {.ifc_len = sizeof(list), .ifc_buf = list};
    struct ifreq lo = {.ifr_name = "lo"};
    int fd = udp_socket();

    say_rc("flags", ioctl(fd, SIOCGIFFLAGS, &lo));
    say("%#x", (unsigned)lo.ifr_flags & (IFF_UP | IFF_LOOPBACK | IFF_BROADCAST));
    say_rc("index", ioctl(fd, SIOCGIFINDEX, &lo));
    say("%d", lo.ifr_ifindex);
    say_rc("conf", ioctl(fd, SIOCGIFCONF, &all));
    say("first=%.2s", all.ifc_len > 0 ? list : "no");
    snprintf(lo.ifr_name, sizeof(lo.ifr_name), "nosuch0");
    say_rc("unknown", ioctl(fd, SIOCGIFINDEX, &lo));
}

static int route_socket(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd < 0)
        give_up("netlink");
    set_int(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    set_int(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
    return fd;
}

static void netlink_identity(void)
{
    struct sockaddr_nl self = {.nl_family = AF_NETLINK}, other = self;
    socklen_t len = sizeof(self);
    int value = 0;
    int fd = route_socket();

    say_rc("bind", bind(fd, (struct sockaddr *)&self, len));
    say_rc("getsockname", getsockname(fd, (struct sockaddr *)&self, &len));
    say("pid=%d len=%u", self.nl_pid != 0, len);
    say_rc("short", bind(route_socket(), (struct sockaddr *)&self, 4));
    say_rc("taken", bind(route_socket(), (struct sockaddr *)&self, len));
    other.nl_pid = self.nl_pid + 1;
    say_rc("again", bind(fd, (struct sockaddr *)&other, len));
    len = sizeof(value);
    say_rc("domain", getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &len));
    say("%d", value);
    say_rc("type", getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
    say("%d", value);
    say_rc("stream", socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE));
    say_rc("family", socket(AF_NETLINK, SOCK_RAW, 99));
}

struct ask {
    struct nlmsghdr h;
    struct ifaddrmsg a;
};

static void say_reply(int fd)
{
    union {
        struct nlmsghdr h;
        char bytes[8192];
    } u;
    struct sockaddr_nl from = {.nl_pid = 1};
    socklen_t len = sizeof(from);
    long n = recvfrom(fd, &u, sizeof(u), 0, (struct sockaddr *)&from, &len);
    int err = 0;

    if (n < (long)sizeof(u.h)) {
        say_rc("recv", n);
        return;
    }
    say("type=%d seq=%u from=%u", u.h.nlmsg_type, u.h.nlmsg_seq, from.nl_pid);
    if (u.h.nlmsg_type != NLMSG_ERROR)
        return;
    memcpy(&err, NLMSG_DATA(&u.h), sizeof(err));
    say("error=%s flags=%#x", err ? strerrorname_np(-err) : "0", u.h.nlmsg_flags);
}

static void netlink_refusals(void)
{
    struct ask q = {{.nlmsg_len = sizeof(q),
                     .nlmsg_type = RTM_GETADDR,
                     .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                     .nlmsg_seq = 7},
                    {.ifa_prefixlen = 3}};
    int fd = route_socket();

    say_rc("send", send(fd, &q, sizeof(q), 0));
    say_reply(fd);
    q.h.nlmsg_type = RTM_MAX + 1;
    q.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    say_rc("send", send(fd, &q, sizeof(q), 0));
    say_reply(fd);
    q.h.nlmsg_type = RTM_GETLINK;
    q.h.nlmsg_flags = NLM_F_REQUEST;
    q.a = (struct ifaddrmsg){0};
    q.h.nlmsg_len = sizeof(q.h) + 4;
    say_rc("send", send(fd, &q, sizeof(q), 0));
    say_reply(fd);
    q.h.nlmsg_type = NLMSG_NOOP;
    q.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    say_rc("send", send(fd, &q, sizeof(q), 0));
    say_reply(fd);
    say_rc("none", recv(fd, &q, sizeof(q), MSG_DONTWAIT));
}

static void netlink_dump(void)
{
    struct ask q = {{.nlmsg_len = sizeof(q),
                     .nlmsg_type = RTM_GETADDR,
                     .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                     .nlmsg_seq = 8},
                    {.ifa_family = (unsigned char)conf.family, .ifa_index = 1}};
    char peeked[4];
    int fd = route_socket();

    say_rc("send", send(fd, &q, sizeof(q), 0));
    say("peek=%d", recv(fd, peeked, sizeof(peeked), MSG_PEEK | MSG_TRUNC) > 16);
    say_reply(fd);
}

const struct behaviour interface_table[] = {
    {"interface_addresses", addresses},
    {"interface_names", names},
    {"interface_ioctls", ioctls},
    {"netlink_identity", netlink_identity},
    {"netlink_refusals", netlink_refusals},
    {"netlink_dump", netlink_dump},
    {NULL, NULL},
};
