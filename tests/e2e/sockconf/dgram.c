/* Behaviours of UDP sockets: names, boundaries, errors. */
#include "conf.h"

#include <sys/ioctl.h>

static void receive_timeout(int fd, int ms)
{
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) < 0)
        give_up("SO_RCVTIMEO");
}

static int connected(void)
{
    int fd = udp_socket();

    receive_timeout(fd, 5000);
    if (join(fd, conf.peer) < 0)
        give_up("connect");
    return fd;
}

static long send_to(int fd, const void *data, size_t n, struct name to)
{
    return sendto(fd, data, n, 0, &to.any, to.len);
}

static struct name closed_port(void)
{
    return at(conf.peer, (uint16_t)(port_of(&conf.peer) + 2));
}

static void echo(void)
{
    char buf[16] = "";
    int fd = connected();

    say_rc("send", send(fd, "Ehello", 6, 0));
    say_rc("recv", recv(fd, buf, sizeof(buf), 0));
    say("'%s'", buf);
}

static void addressed(void)
{
    struct name from = {0};
    socklen_t len = sizeof(from.six);
    char buf[16] = "";
    int fd = udp_socket();

    receive_timeout(fd, 5000);
    say_rc("sendto", send_to(fd, "Ehello", 6, conf.peer));
    say_rc("recvfrom", recvfrom(fd, buf, sizeof(buf), 0, &from.any, &len));
    say("'%s' len=%u peer=%d", buf, len, memcmp(&from, &conf.peer, 8) == 0);
}

static void names(void)
{
    struct name sa;
    socklen_t len = sizeof(sa.six);
    int fd = udp_socket();

    say_rc("getpeername", getpeername(fd, &sa.any, &len));
    send_to(fd, "Ehello", 6, conf.peer);
    getsockname(fd, &sa.any, &len);
    say("any=%d port=%d", is_any(&sa), port_of(&sa) != 0);
    say_rc("connect", join(fd, conf.peer));
    getsockname(fd, &sa.any, &len);
    say("self=%d", same_host(&sa, &conf.self));
    say_rc("getpeername", getpeername(fd, &sa.any, &len));
    say("peer=%d", memcmp(&sa, &conf.peer, 8) == 0);
}

/* How C libraries ask for the source address of 0.0.0.0 and of ::. */
static void this_host(void)
{
    struct name self = loopback();
    struct name sa;
    socklen_t len = sizeof(sa.six);
    int fd = udp_socket();

    say_rc("connect", join(fd, at(any_host(), 0)));
    getsockname(fd, &sa.any, &len);
    say("loopback=%d port=%d", same_host(&sa, &self), port_of(&sa) != 0);
    say_rc("getpeername", getpeername(fd, &sa.any, &len));
    say_rc("undo", join(fd, (struct name){.any.sa_family = AF_UNSPEC, .len = sizeof(sa.any)}));
    getsockname(fd, &sa.any, &len);
    say("any=%d", is_any(&sa));
}

static void refused(void)
{
    int fd = udp_socket();
    char c;

    receive_timeout(fd, 5000);
    join(fd, closed_port());
    say_rc("send", send(fd, "x", 1, 0));
    say_rc("recv", recv(fd, &c, 1, 0));
    say_so_error(fd);
    say_rc("recv", recv(fd, &c, 1, MSG_DONTWAIT));
}

static void refused_polled(void)
{
    int fd = udp_socket();

    join(fd, closed_port());
    say_rc("send", send(fd, "x", 1, 0));
    say_bits("poll", bits_with(fd, POLLERR));
    say_so_error(fd);
    say_bits("poll", bits_of(fd));
}

static void refused_on_send(void)
{
    int fd = udp_socket();

    join(fd, closed_port());
    say_rc("send", send(fd, "x", 1, 0));
    bits_with(fd, POLLERR);
    say_rc("send", send(fd, "x", 1, 0));
}

static void refused_unconnected(void)
{
    char c;
    int fd = udp_socket();

    receive_timeout(fd, 300);
    say_rc("sendto", send_to(fd, "x", 1, closed_port()));
    say_rc("recv", recv(fd, &c, 1, 0));
    say_so_error(fd);
}

static void boundaries(void)
{
    char buf[100];
    int fd = connected();

    say_rc("send", send(fd, "C5", 2, 0));
    for (int i = 0; i < 5; i++)
        say_rc("recv", recv(fd, buf, sizeof(buf), 0));
    say_rc("recv", recv(fd, buf, sizeof(buf), MSG_DONTWAIT));
}

static void truncation(void)
{
    char buf[4];
    struct iovec iov = {buf, 4};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    int fd = connected();

    for (int i = 0; i < 4; i++)
        send(fd, "Ehello there", 12, 0);
    say_rc("recv", recv(fd, buf, 4, 0));
    say_rc("trunc", recv(fd, buf, 4, MSG_TRUNC));
    say_rc("recvmsg", recvmsg(fd, &m, 0));
    say("TRUNC=%d", (m.msg_flags & MSG_TRUNC) != 0);
    say_rc("read", read(fd, buf, 4));
}

static void empty(void)
{
    char buf[16];
    int fd = connected();

    say_rc("send", send(fd, "Z", 1, 0));
    say_bits("poll", wait_for(fd, POLLIN));
    say_rc("recv", recv(fd, buf, sizeof(buf), 0));
    say_rc("send", send(fd, buf, 0, 0));
    say_rc("recv", recv(fd, buf, sizeof(buf), 0));
    say("length=%c", buf[0]);
}

static void large(void)
{
    static const size_t sizes[] = {1472, 1473, 8000, 60000, 65507};
    static char buf[65536];
    int fd = connected();

    memset(buf, 'E', sizeof(buf));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        say_rc("send", send(fd, buf, sizes[i], 0));
        say_rc("recv", recv(fd, buf, sizeof(buf), 0));
    }
    say_rc("65508", send(fd, buf, 65508, 0));
    say_rc("65536", send(fd, buf, 65536, 0));
}

static void peek(void)
{
    char buf[16];
    int fd = connected();
    int left = 0;

    send(fd, "Ehello", 6, 0);
    say_rc("peek", recv(fd, buf, sizeof(buf), MSG_PEEK));
    say_rc("ioctl", ioctl(fd, FIONREAD, &left));
    say("FIONREAD=%d", left);
    say_rc("recv", recv(fd, buf, sizeof(buf), 0));
    ioctl(fd, FIONREAD, &left);
    say("FIONREAD=%d", left);
}

static void next_size(void)
{
    char buf[16];
    int fd = connected();
    int left = 0;

    send(fd, "C3", 2, 0);
    send(fd, "Elast", 5, 0);
    wait_for(fd, POLLIN);
    pause_ms(100);
    for (int i = 0; i < 4; i++) {
        ioctl(fd, FIONREAD, &left);
        say("FIONREAD=%d", left);
        say_rc("recv", recv(fd, buf, sizeof(buf), 0));
    }
}

static void polled(void)
{
    int fd = connected();
    char c;

    say_bits("poll", bits_of(fd));
    send(fd, "E", 1, 0);
    say_bits("poll", bits_with(fd, POLLIN));
    say_rc("recv", recv(fd, &c, 1, 0));
    say_bits("poll", bits_of(fd));
}

static void no_destination(void)
{
    struct name other = at(other_family(), 9);
    int fd = udp_socket();

    say_rc("send", send(fd, "x", 1, 0));
    say_rc("write", write(fd, "x", 1));
    say_rc("port_0", send_to(fd, "x", 1, at(conf.peer, 0)));
    if (conf.family == AF_INET) /* the other way round it is a peer like any other */
        say_rc("other", send_to(fd, "x", 1, other));
    say_rc("short", sendto(fd, "x", 1, 0, &conf.peer.any, 8));
    if (conf.family == AF_INET)
        say_rc("broadcast", send_to(fd, "x", 1, at(broadcast(), 9)));
}

static void disconnect(void)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    struct name sa;
    socklen_t len = sizeof(sa.six);
    int fd = connected();

    say_rc("unspec", connect(fd, &none, sizeof(none)));
    say_rc("getpeername", getpeername(fd, &sa.any, &len));
    say_rc("send", send(fd, "x", 1, 0));
    say_rc("sendto", send_to(fd, "E", 1, conf.peer));
    say_rc("recv", recv(fd, &none, 1, 0));
    say_rc("connect", join(fd, conf.peer));
}

static void reconnect(void)
{
    char c;
    int fd = connected();

    say_rc("elsewhere", join(fd, closed_port()));
    say_rc("back", join(fd, conf.peer));
    say_rc("send", send(fd, "E", 1, 0));
    say_rc("recv", recv(fd, &c, 1, 0));
    say_rc("sendto", send_to(fd, "E", 1, conf.peer));
    say_rc("recv", recv(fd, &c, 1, 0));
}

static void stranger(void)
{
    char buf[16] = "";
    int fd = connected();

    say_rc("send", send(fd, "Other", 5, 0));
    say_rc("send", send(fd, "E", 1, 0));
    say_rc("recv", recv(fd, buf, sizeof(buf), 0));
    say("'%s'", buf);
}

static void stranger_unconnected(void)
{
    struct name from = {0};
    socklen_t len = sizeof(from.six);
    char buf[16];
    int fd = udp_socket();

    receive_timeout(fd, 5000);
    say_rc("sendto", send_to(fd, "Other", 5, conf.peer));
    say_rc("recvfrom", recvfrom(fd, buf, sizeof(buf), 0, &from.any, &len));
    say("same_port=%d", port_of(&from) == port_of(&conf.peer));
}

static void timeouts(void)
{
    char c;
    int fd = udp_socket();

    receive_timeout(fd, 200);
    say_rc("recv", recv(fd, &c, 1, 0));
    say_rc("dontwait", recv(fd, &c, 1, MSG_DONTWAIT));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    say_rc("nonblock", recvfrom(fd, &c, 1, 0, NULL, NULL));
}

static void to_loopback(void)
{
    char buf[16] = "";
    int a = udp_socket();
    int b = udp_socket();

    say_rc("bind", bind_at(a, loopback(), 0));
    receive_timeout(a, 5000);
    say_rc("sendto", send_to(b, "local", 5, own_name(a)));
    say_rc("recv", recv(a, buf, sizeof(buf), 0));
    say("'%s'", buf);
}

static void shut(void)
{
    char c;
    int fd = connected();

    say_rc("wr", shutdown(fd, SHUT_WR));
    say_rc("send", send(fd, "E", 1, MSG_NOSIGNAL));
    say_rc("rd", shutdown(fd, SHUT_RD));
    say_rc("recv", recv(fd, &c, 1, 0));
}

/* Of IPv6, what name servers set: no packet is larger. */
static void own_mtu(void)
{
    static char bytes[2000] = "E";
    int below = 1279;
    int fd = udp_socket();

    receive_timeout(fd, 5000);
    say_rc("below", setsockopt(fd, IPPROTO_IPV6, IPV6_MTU, &below, sizeof(below)));
    set_int(fd, IPPROTO_IPV6, IPV6_MTU, 1280);
    say_rc("send", send_to(fd, bytes, sizeof(bytes), conf.peer));
    say_rc("recv", recv(fd, bytes, sizeof(bytes), 0));
    set_int(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
    say_rc("whole", send_to(fd, bytes, 1280 - 48, conf.peer));
    say_rc("larger", send_to(fd, bytes, 1280 - 47, conf.peer));
    set_int(fd, IPPROTO_IPV6, IPV6_MTU, 0);
    say_rc("as_the_link", send_to(fd, bytes, 1280 - 47, conf.peer));
    set_int(tcp_socket(), IPPROTO_IPV6, IPV6_MTU, 1280);
}

const struct behaviour dgram_table[] = {
    {"udp_echo", echo},
    {"udp_addressed", addressed},
    {"udp_names", names},
    {"udp_this_host", this_host},
    {"udp_own_mtu", own_mtu},
    {"udp_refused", refused},
    {"udp_refused_polled", refused_polled},
    {"udp_refused_on_send", refused_on_send},
    {"udp_refused_unconnected", refused_unconnected},
    {"udp_boundaries", boundaries},
    {"udp_truncation", truncation},
    {"udp_empty", empty},
    {"udp_large", large},
    {"udp_peek", peek},
    {"udp_next_size", next_size},
    {"udp_polled", polled},
    {"udp_no_destination", no_destination},
    {"udp_disconnect", disconnect},
    {"udp_reconnect", reconnect},
    {"udp_stranger", stranger},
    {"udp_stranger_unconnected", stranger_unconnected},
    {"udp_timeouts", timeouts},
    {"udp_loopback", to_loopback},
    {"udp_shutdown", shut},
    {NULL, NULL},
};
