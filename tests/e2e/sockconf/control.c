/* Behaviours of ancillary data: what a datagram came with, and what one is sent with. */
#include "conf.h"

#include <stdio.h>
#include <time.h>

/* The same wishes in both families. */
struct wish {
    const char *name;
    int four, six; /* options; their level is the family's */
};

static const struct wish wishes[] = {
    {"pktinfo", IP_PKTINFO, IPV6_RECVPKTINFO},
    {"ttl", IP_RECVTTL, IPV6_RECVHOPLIMIT},
    {"tos", IP_RECVTOS, IPV6_RECVTCLASS},
};

static int level(void)
{
    return conf.family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
}

static int by_family(int four, int six)
{
    return conf.family == AF_INET ? four : six;
}

static void wish_for(int fd, const char *name)
{
    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
        if (!name || strcmp(wishes[i].name, name) == 0)
            set_int(fd, level(), by_family(wishes[i].four, wishes[i].six), 1);
}

static void say_pktinfo(const struct cmsghdr *c)
{
    struct name to = any_host();
    struct in6_pktinfo six;
    struct in_pktinfo four;
    unsigned index;

    if (conf.family == AF_INET) {
        memcpy(&four, CMSG_DATA(c), sizeof(four));
        to.four.sin_addr = four.ipi_addr;
        index = (unsigned)four.ipi_ifindex;
        say("spec=%d", four.ipi_spec_dst.s_addr == conf.self.four.sin_addr.s_addr);
    } else {
        memcpy(&six, CMSG_DATA(c), sizeof(six));
        to.six.sin6_addr = six.ipi6_addr;
        index = six.ipi6_ifindex;
    }
    say("self=%d index=%d", same_host(&to, &conf.self), index > 0);
}

static void say_number(const struct cmsghdr *c)
{
    int value = 0;

    memcpy(&value, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0) == 1 ? 1 : sizeof(value));
    say("%d/%zu", value, c->cmsg_len - CMSG_LEN(0));
}

static void say_control(struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        say("cmsg=%d.%d", c->cmsg_level, c->cmsg_type);
        if (c->cmsg_type == by_family(IP_PKTINFO, IPV6_PKTINFO) && c->cmsg_level == level())
            say_pktinfo(c);
        else if (c->cmsg_level == level())
            say_number(c);
    }
}

static long receive(int fd, struct msghdr *m, size_t control_room)
{
    static char buf[64], control[512];
    static struct iovec iov = {buf, sizeof(buf)};

    *m = (struct msghdr){
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = control_room};
    wait_for(fd, POLLIN);
    return recvmsg(fd, m, MSG_DONTWAIT);
}

static void asked_by(const char *name)
{
    struct msghdr m;
    int fd = udp_socket();

    wish_for(fd, name);
    join(fd, conf.peer);
    send(fd, "E", 1, 0);
    say_rc("recvmsg", receive(fd, &m, 512));
    say_control(&m);
}

static void pktinfo(void)
{
    asked_by("pktinfo");
}

static void all(void)
{
    asked_by(NULL);
}

/* The wish comes after the datagram. */
static void late(void)
{
    struct msghdr m;
    int fd = udp_socket();

    join(fd, conf.peer);
    send(fd, "E", 1, 0);
    wait_for(fd, POLLIN);
    wish_for(fd, "ttl");
    say_rc("recvmsg", receive(fd, &m, 512));
    say_control(&m);
}

static void no_wish(void)
{
    struct msghdr m;
    int fd = udp_socket();

    join(fd, conf.peer);
    send(fd, "E", 1, 0);
    say_rc("recvmsg", receive(fd, &m, 512));
    say("control=%zu flags=%d", m.msg_controllen, m.msg_flags);
}

static void cut(void)
{
    static const size_t rooms[] = {0, 8, CMSG_LEN(0), CMSG_LEN(2), CMSG_LEN(12), CMSG_SPACE(20)};

    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        struct msghdr m;
        int fd = udp_socket();

        wish_for(fd, "pktinfo");
        wish_for(fd, "ttl");
        join(fd, conf.peer);
        send(fd, "E", 1, 0);
        receive(fd, &m, rooms[i]);
        say("%zu:%zu%s", rooms[i], m.msg_controllen, m.msg_flags & MSG_CTRUNC ? "cut" : "");
        close(fd);
    }
}

static void time_stamp(void)
{
    struct msghdr m;
    struct timespec ts;
    struct cmsghdr *c;
    int fd = udp_socket();

    set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    join(fd, conf.peer);
    send(fd, "E", 1, 0);
    say_rc("recvmsg", receive(fd, &m, 512));
    c = CMSG_FIRSTHDR(&m);
    if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
        give_up("no time");
    memcpy(&ts, CMSG_DATA(c), sizeof(ts));
    say("near=%d", labs((long)(time(NULL) - ts.tv_sec)) < 5);
}

/* One control message with an int. */
static long send_with(int fd, int lvl, int type, int value, size_t len)
{
    union {
        struct cmsghdr c;
        char room[CMSG_SPACE(sizeof(int))];
    } u = {.c = {.cmsg_len = CMSG_LEN(len), .cmsg_level = lvl, .cmsg_type = type}};
    struct iovec iov = part("x", 1);
    struct msghdr m = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof(u)};

    memcpy(CMSG_DATA(&u.c), &value, sizeof(value));
    return sendmsg(fd, &m, 0);
}

static void sent_with(void)
{
    struct msghdr m;
    int to = udp_socket(), fd = udp_socket();

    bind_at(to, conf.self, 0);
    wish_for(to, "ttl");
    wish_for(to, "tos");
    join(fd, own_name(to));
    say_rc("ttl", send_with(fd, level(), by_family(IP_TTL, IPV6_HOPLIMIT), 7, 4));
    say_rc("recvmsg", receive(to, &m, 512));
    say_control(&m);
    say_rc("tos", send_with(fd, level(), by_family(IP_TOS, IPV6_TCLASS), 16, 4));
    say_rc("recvmsg", receive(to, &m, 512));
    say_control(&m);
}

static void sent_wrongly(void)
{
    int fd = udp_socket();
    int ttl = by_family(IP_TTL, IPV6_HOPLIMIT);

    join(fd, conf.peer);
    say_rc("range", send_with(fd, level(), ttl, 256, 4));
    say_rc("short", send_with(fd, level(), ttl, 1, 2));
    say_rc("unknown", send_with(fd, level(), 250, 1, 4));
    say_rc("level", send_with(fd, 77, 1, 1, 4));
    say_rc("socket", send_with(fd, SOL_SOCKET, 250, 1, 4));
    say_rc("long", send_with(fd, level(), ttl, 1, 4000));
}

/* The source address of one datagram; a foreign one is refused. */
static long send_from(int fd, const struct name *from)
{
    union {
        struct cmsghdr c;
        char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } u = {.c = {.cmsg_level = level(), .cmsg_type = by_family(IP_PKTINFO, IPV6_PKTINFO)}};
    struct in_pktinfo four = {.ipi_spec_dst = from->four.sin_addr};
    struct in6_pktinfo six = {.ipi6_addr = from->six.sin6_addr};
    size_t len = (size_t)by_family(sizeof(four), sizeof(six));
    struct iovec iov = part("x", 1);
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u};

    u.c.cmsg_len = CMSG_LEN(len);
    m.msg_controllen = CMSG_SPACE(len);
    memcpy(CMSG_DATA(&u.c), conf.family == AF_INET ? (void *)&four : (void *)&six, len);
    return sendmsg(fd, &m, 0);
}

static void sent_from(void)
{
    struct name from = {.len = sizeof(from.six)};
    char c;
    int to = udp_socket(), fd = udp_socket();

    bind_at(to, any_host(), 0);
    join(fd, at(conf.self, port_of(&(struct name){.four = own_name(to).four})));
    say_rc("self", send_from(fd, &conf.self));
    wait_for(to, POLLIN);
    say_rc("recvfrom", recvfrom(to, &c, 1, 0, &from.any, &from.len));
    say("from=%d", same_host(&from, &conf.self));
}

const struct behaviour control_table[] = {
    {"control_pktinfo", pktinfo},
    {"control_all", all},
    {"control_late_wish", late},
    {"control_no_wish", no_wish},
    {"control_cut", cut},
    {"control_time", time_stamp},
    {"control_sent", sent_with},
    {"control_sent_wrongly", sent_wrongly},
    {"control_sent_from", sent_from},
    {NULL, NULL},
};
