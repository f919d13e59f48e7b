/* Behaviours of multicast: memberships, their sources, and what comes back to the sender. */
#include "conf.h"

#include <net/if.h>

/* The interface that this side's address is on, by its name: both runs have one beside lo. */
static unsigned device(void)
{
    struct if_nameindex *all = if_nameindex();
    unsigned index = 0;

    for (struct if_nameindex *i = all; i && i->if_index; i++)
        if (i->if_name[0] == 't' || i->if_name[0] == 'p')
            index = i->if_index;
    if_freenameindex(all);
    return index;
}

static int level(void)
{
    return conf.family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
}

static struct name channel(void)
{
    struct name n;

    name_read(&n, conf.family == AF_INET ? "239.7.7.7" : "ff15::777", 0);
    return n;
}

static long change(int fd, int name, struct name host)
{
    struct group_req g = {.gr_interface = device()};

    memcpy(&g.gr_group, &host.any, host.len);
    return setsockopt(fd, level(), name, &g, sizeof(g));
}

static long change_source(int fd, int name)
{
    struct group_source_req g = {.gsr_interface = device()};
    struct name host = channel(), source = conf.peer;

    memcpy(&g.gsr_group, &host.any, host.len);
    memcpy(&g.gsr_source, &source.any, source.len);
    return setsockopt(fd, level(), name, &g, sizeof(g));
}

static void join_and_leave(void)
{
    int fd = udp_socket();

    say_rc("join", change(fd, MCAST_JOIN_GROUP, channel()));
    say_rc("again", change(fd, MCAST_JOIN_GROUP, channel()));
    say_rc("no_group", change(fd, MCAST_JOIN_GROUP, conf.peer));
    say_rc("other_family", change(fd, MCAST_JOIN_GROUP, other_family()));
    say_rc("leave", change(fd, MCAST_LEAVE_GROUP, channel()));
    say_rc("again", change(fd, MCAST_LEAVE_GROUP, channel()));
}

static void own_forms(void)
{
    struct name host = channel();
    struct ipv6_mreq six = {host.six.sin6_addr, device()};
    struct ip_mreq four = {host.four.sin_addr, conf.self.four.sin_addr};
    struct ip_mreqn index = {.imr_multiaddr = four.imr_multiaddr, .imr_ifindex = (int)device()};
    int fd = udp_socket();

    if (conf.family == AF_INET) {
        say_rc("join", setsockopt(fd, level(), IP_ADD_MEMBERSHIP, &four, sizeof(four)));
        say_rc("index", setsockopt(fd, level(), IP_ADD_MEMBERSHIP, &index, sizeof(index)));
        say_rc("leave", setsockopt(fd, level(), IP_DROP_MEMBERSHIP, &index, sizeof(index)));
        say_rc("short", setsockopt(fd, level(), IP_ADD_MEMBERSHIP, &four, 4));
        fd = tcp_socket();
        say_rc("tcp", setsockopt(fd, level(), IP_ADD_MEMBERSHIP, &four, sizeof(four)));
        four.imr_interface = conf.peer.four.sin_addr;
        say_rc("foreign", setsockopt(fd, level(), IP_ADD_MEMBERSHIP, &four, sizeof(four)));
        return;
    }
    say_rc("join", setsockopt(fd, level(), IPV6_JOIN_GROUP, &six, sizeof(six)));
    say_rc("leave", setsockopt(fd, level(), IPV6_LEAVE_GROUP, &six, sizeof(six)));
    say_rc("short", setsockopt(fd, level(), IPV6_JOIN_GROUP, &six, 16));
    say_rc("tcp", setsockopt(tcp_socket(), level(), IPV6_JOIN_GROUP, &six, sizeof(six)));
    six.ipv6mr_interface = 99;
    say_rc("foreign", setsockopt(fd, level(), IPV6_JOIN_GROUP, &six, sizeof(six)));
}

static void sources(void)
{
    int fd = udp_socket();

    say_rc("not_member", change_source(fd, MCAST_BLOCK_SOURCE));
    say_rc("join", change(fd, MCAST_JOIN_GROUP, channel()));
    say_rc("block", change_source(fd, MCAST_BLOCK_SOURCE));
    say_rc("again", change_source(fd, MCAST_BLOCK_SOURCE));
    say_rc("mixed", change_source(fd, MCAST_LEAVE_SOURCE_GROUP));
    say_rc("unblock", change_source(fd, MCAST_UNBLOCK_SOURCE));
    say_rc("again", change_source(fd, MCAST_UNBLOCK_SOURCE));
    say_rc("leave", change(fd, MCAST_LEAVE_GROUP, channel()));
    say_rc("join_source", change_source(fd, MCAST_JOIN_SOURCE_GROUP));
    say_rc("again", change_source(fd, MCAST_JOIN_SOURCE_GROUP));
    say_rc("block", change_source(fd, MCAST_BLOCK_SOURCE));
    say_rc("drop", change_source(fd, MCAST_LEAVE_SOURCE_GROUP));
    say_rc("again", change_source(fd, MCAST_LEAVE_SOURCE_GROUP));
}

static int sender(void)
{
    struct ip_mreqn out = {.imr_ifindex = (int)device()};
    int fd = udp_socket();

    if (conf.family == AF_INET)
        setsockopt(fd, level(), IP_MULTICAST_IF, &out, sizeof(out));
    else
        set_int(fd, level(), IPV6_MULTICAST_IF, out.imr_ifindex);
    return fd;
}

static long heard(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char buf[8];

    poll(&p, 1, 300);
    return recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
}

/* A fresh interface of the kernel is not yet on the group's list when its carrier is there. */
static int heard_in_time(int fd, int from, const struct name *to)
{
    for (int turn = 0; turn < 20; turn++) {
        sendto(from, "one", 3, 0, &to->any, to->len);
        if (heard(fd) == 3)
            return 1;
    }
    return 0;
}

static void looped(void)
{
    struct name to = channel(), own;
    int fd = udp_socket(), from = sender();
    int loop = conf.family == AF_INET ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP;

    bind_at(fd, any_host(), 0);
    own = own_name(fd);
    to = at(to, port_of(&own));
    say_rc("join", change(fd, MCAST_JOIN_GROUP, channel()));
    say("heard=%d", heard_in_time(fd, from, &to));
    set_int(from, level(), loop, 0);
    say_rc("sendto", sendto(from, "two", 3, 0, &to.any, to.len));
    say_rc("heard", heard(fd));
    set_int(from, level(), loop, 1);
    say_rc("leave", change(fd, MCAST_LEAVE_GROUP, channel()));
    say_rc("sendto", sendto(from, "three", 5, 0, &to.any, to.len));
    say_rc("heard", heard(fd));
}

const struct behaviour group_table[] = {
    {"group_join_and_leave", join_and_leave},
    {"group_own_forms", own_forms},
    {"group_sources", sources},
    {"group_looped", looped},
    {NULL, NULL},
};
