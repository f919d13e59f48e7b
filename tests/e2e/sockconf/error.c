/* Behaviours of extended errors: IP_RECVERR, IPV6_RECVERR and the queue they fill. */
#include "conf.h"

#include <linux/errqueue.h>

static int listening_for_errors(void)
{
    int fd = udp_socket();

    if (conf.family == AF_INET)
        set_int(fd, IPPROTO_IP, IP_RECVERR, 1);
    else
        set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
    return fd;
}

static struct name closed_port(void)
{
    return at(conf.peer, (uint16_t)(port_of(&conf.peer) + 2));
}

static void say_offender(const struct sock_extended_err *see)
{
    struct name who = any_host();

    memcpy(&who.any, see + 1, who.len); /* SO_EE_OFFENDER() drops the const */
    say("offender=%d", same_host(&who, &conf.peer));
}

static void say_error(struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        struct {
            struct sock_extended_err see;
            struct sockaddr_in6 room;
        } value = {0};
        size_t n = c->cmsg_len - CMSG_LEN(0);

        memcpy(&value, CMSG_DATA(c), n < sizeof(value) ? n : sizeof(value));
        say("cmsg=%d.%d/%zu", c->cmsg_level, c->cmsg_type, n);
        say("%s origin=%d type=%d code=%d", strerrorname_np((int)value.see.ee_errno),
            value.see.ee_origin, value.see.ee_type, value.see.ee_code);
        say_offender(&value.see);
    }
}

static void take_error(int fd, size_t room)
{
    char buf[64], control[512];
    struct name to = {.len = 0};
    struct iovec iov = {buf, room};
    struct msghdr m = {.msg_name = &to.six,
                       .msg_namelen = sizeof(to.six),
                       .msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    long n = recvmsg(fd, &m, MSG_ERRQUEUE);

    say_rc("errqueue", n);
    if (n < 0)
        return;
    say("flags=%#x to=%d port=%d '%.*s'", (unsigned)m.msg_flags, same_host(&to, &conf.peer),
        port_of(&to) == port_of(&conf.peer) + 2, (int)n, buf);
    say_error(&m);
}

static void refused(void)
{
    char c;
    int fd = listening_for_errors();

    say_rc("connect", join(fd, closed_port()));
    say_rc("send", send(fd, "hello", 5, 0));
    say_bits("poll", wait_for(fd, POLLIN) & ~POLLOUT);
    say_rc("recvfrom", recvfrom(fd, &c, 1, MSG_DONTWAIT, &(struct sockaddr){0}, &(socklen_t){16}));
    take_error(fd, 64);
    take_error(fd, 64);
    say_bits("after", bits_of(fd));
    say_so_error(fd);
}

static void unconnected(void)
{
    struct name to = closed_port();
    int fd = listening_for_errors();

    say_rc("sendto", sendto(fd, "hello", 5, 0, &to.any, to.len));
    say_bits("poll", wait_for(fd, POLLIN) & ~POLLOUT);
    take_error(fd, 2);
    say_bits("after", bits_of(fd));
    say_so_error(fd);
}

static void two(void)
{
    struct name to = closed_port();
    int fd = listening_for_errors();

    for (int i = 0; i < 2; i++) {
        sendto(fd, i ? "second" : "first", i ? 6 : 5, 0, &to.any, to.len);
        bits_with(fd, POLLERR);
        pause_ms(50);
        so_error(fd);
    }
    take_error(fd, 64);
    say_bits("poll", bits_of(fd));
    take_error(fd, 64);
    say_so_error(fd);
    say_bits("after", bits_of(fd));
}

static void then_used(void)
{
    struct name to = closed_port();
    char c;
    int fd = listening_for_errors();

    sendto(fd, "x", 1, 0, &to.any, to.len);
    wait_for(fd, POLLERR);
    take_error(fd, 64);
    say_rc("sendto", sendto(fd, "E", 1, 0, &conf.peer.any, conf.peer.len));
    say_bits("poll", wait_for(fd, POLLIN) & ~POLLOUT);
    say_rc("recv", recv(fd, &c, 1, MSG_DONTWAIT));
}

static void empty(void)
{
    take_error(listening_for_errors(), 64);
    take_error(udp_socket(), 64);
}

/* What waits when the option is set, and the descriptor's flags, stay. */
static void set_late(void)
{
    char buf[8];
    int fd = udp_socket();

    join(fd, conf.peer);
    send(fd, "Ekept", 5, 0);
    wait_for(fd, POLLIN);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (conf.family == AF_INET)
        set_int(fd, IPPROTO_IP, IP_RECVERR, 1);
    else
        set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
    say_rc("recv", recv(fd, buf, sizeof(buf), 0));
    say_rc("recv", recv(fd, buf, sizeof(buf), 0));
    say_rc("send", send(fd, "E", 1, 0));
    say_bits("poll", wait_for(fd, POLLIN) & ~POLLOUT);
}

/* The port is free again at once. */
static void closed(void)
{
    struct name own;
    int fd = listening_for_errors();

    bind_at(fd, conf.self, 0);
    own = own_name(fd);
    close(fd);
    say_rc("bind", bind_at(udp_socket(), conf.self, port_of(&own)));
}

const struct behaviour error_table[] = {
    {"error_refused", refused}, {"error_unconnected", unconnected},
    {"error_two", two},         {"error_then_used", then_used},
    {"error_empty", empty},     {"error_set_late", set_late},
    {"error_closed", closed},   {NULL, NULL},
};
