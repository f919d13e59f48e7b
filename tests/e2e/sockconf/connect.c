/* Behaviours of a connect that succeeds, waits or is asked for wrongly. */
#include "conf.h"

static void say_names(int fd)
{
    struct name sa;
    socklen_t len = sizeof(sa.six);

    say_rc("getsockname", getsockname(fd, &sa.any, &len));
    say("len=%u self=%d port=%d", len, same_host(&sa, &conf.self), port_of(&sa) != 0);
    len = sizeof(sa);
    say_rc("getpeername", getpeername(fd, &sa.any, &len));
    say("len=%u peer=%d port=%d", len, same_host(&sa, &conf.peer),
        port_of(&sa) == port_of(&conf.peer));
}

static void names(void)
{
    int fd = tcp_socket();

    say_rc("connect", join(fd, conf.peer));
    say_names(fd);
}

static void fresh_names(void)
{
    struct name sa = at(conf.self, 1);
    socklen_t len = sizeof(sa.six);
    int fd = tcp_socket();

    say_rc("getsockname", getsockname(fd, &sa.any, &len));
    say("len=%u family=%d any=%d port=%d", len, sa.any.sa_family, is_any(&sa), port_of(&sa));
    say_rc("getpeername", getpeername(fd, &sa.any, &len));
}

static void nonblocking(void)
{
    int fd = socket(conf.family, SOCK_STREAM | SOCK_NONBLOCK, 0);

    say_rc("connect", join(fd, conf.peer));
    say_bits("poll", wait_for(fd, POLLOUT));
    say_so_error(fd);
    say_rc("again", join(fd, conf.peer));
    say_rc("third", join(fd, conf.peer));
    say_names(fd);
}

static void bound_first(void)
{
    struct name before, after;
    socklen_t len = sizeof(before.six);
    int fd = tcp_socket();

    say_rc("bind", bind_at(fd, conf.self, 0));
    getsockname(fd, &before.any, &len);
    say_rc("connect", join(fd, conf.peer));
    len = sizeof(after);
    getsockname(fd, &after.any, &len);
    say("same=%d", port_of(&before) == port_of(&after));
}

static void bound_any_first(void)
{
    struct name sa;
    socklen_t len = sizeof(sa.six);
    int fd = tcp_socket();

    say_rc("bind", bind_at(fd, any_host(), 0));
    say_rc("connect", join(fd, conf.peer));
    say_rc("getsockname", getsockname(fd, &sa.any, &len));
    say("self=%d", same_host(&sa, &conf.self));
}

static void twice(void)
{
    int fd = tcp_socket();

    say_rc("connect", join(fd, conf.peer));
    say_rc("again", join(fd, conf.peer));
    say_rc("elsewhere", join(fd, at(conf.self, 9)));
}

static void pending(void)
{
    struct name sa;
    socklen_t len = sizeof(sa.six);
    int fd = socket(conf.family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    char c = 'x';

    say_rc("connect", join(fd, at(conf.black_hole, 9)));
    say_rc("again", join(fd, at(conf.black_hole, 9)));
    say_bits("poll", bits_of(fd));
    say_rc("write", write(fd, &c, 1));
    say_rc("read", read(fd, &c, 1));
    say_rc("getpeername", getpeername(fd, &sa.any, &len));
    say_rc("getsockname", getsockname(fd, &sa.any, &len));
    say("port=%d", port_of(&sa) != 0);
    say_so_error(fd);
    say_rc("close", close(fd));
}

static void pending_shutdown(void)
{
    int fd = socket(conf.family, SOCK_STREAM | SOCK_NONBLOCK, 0);

    say_rc("connect", join(fd, at(conf.black_hole, 9)));
    say_rc("shutdown", shutdown(fd, SHUT_RDWR));
}

static void timed_out(void)
{
    int fd = tcp_socket();

    set_int(fd, IPPROTO_TCP, TCP_SYNCNT, 1);
    say_rc("connect", join(fd, at(conf.black_hole, 9)));
    say_so_error(fd);
    say_rc("recv", recv(fd, &fd, 1, MSG_DONTWAIT));
}

static void timed_out_nonblocking(void)
{
    int fd = socket(conf.family, SOCK_STREAM | SOCK_NONBLOCK, 0);

    set_int(fd, IPPROTO_TCP, TCP_SYNCNT, 1);
    say_rc("connect", join(fd, at(conf.black_hole, 9)));
    say_bits("poll", wait_for(fd, POLLOUT | POLLIN | POLLRDHUP));
    say_so_error(fd);
    say_so_error(fd);
    say_bits("after", bits_of(fd));
}

static void user_timeout(void)
{
    int fd = tcp_socket();

    set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 1500);
    say_rc("connect", join(fd, at(conf.black_hole, 9)));
}

static void send_timeout(void)
{
    struct timeval tv = {.tv_usec = 200000};
    int fd = tcp_socket();

    say_rc("set", setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
    say_rc("connect", join(fd, at(conf.black_hole, 9)));
    say_rc("again", join(fd, at(conf.black_hole, 9)));
}

static void no_neighbour(void)
{
    int fd = tcp_socket();

    say_rc("connect", join(fd, at(conf.no_neighbour, 9)));
}

static void wrong_family(void)
{
    struct name other = at(other_family(), 9);
    int fd = tcp_socket();

    say_rc("other", join(fd, other));
    other.any.sa_family = AF_UNIX;
    other.len = sizeof(other.six);
    say_rc("unix", join(fd, other));
    say_rc("then", join(fd, conf.peer));
}

static void bad_address(void)
{
    int fd = tcp_socket();

    say_rc("short", connect(fd, &conf.peer.any, 8));
    say_rc("zero", connect(fd, &conf.peer.any, 0));
    say_rc("null", connect(fd, NULL, sizeof(conf.peer)));
    say_rc("huge", connect(fd, &conf.peer.any, 4096));
    say_rc("bad_fd", connect(9999, &conf.peer.any, conf.peer.len));
    say_rc("not_socket", connect(0, &conf.peer.any, conf.peer.len));
}

static void to_broadcast(void)
{
    int fd = tcp_socket();

    say_rc("broadcast", join(fd, at(broadcast(), 9)));
    say_rc("multicast", join(tcp_socket(), at(group(), 9)));
}

static void disconnect(void)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    struct name sa;
    socklen_t len = sizeof(sa.six);
    const char *tag = unique("disconnect");
    int fd = peer_open("tag %s; drain", tag);

    say_rc("unspec", connect(fd, &none, sizeof(none)));
    say_rc("getpeername", getpeername(fd, &sa.any, &len));
    say_peer(tag, 0);
    say_rc("connect", join(fd, conf.peer));
}

static void to_any(void)
{
    uint16_t port;
    int fd = tcp_socket();
    int lfd = listener(0, &port);

    close(lfd);
    lfd = tcp_socket();
    say_rc("bind", bind_at(lfd, any_host(), port));
    say_rc("listen", listen(lfd, 1));
    say_rc("connect", join(fd, at(any_host(), port)));
    say("accepted=%d", accept(lfd, NULL, NULL) >= 0);
}

static void to_loopback(void)
{
    struct name lo = loopback();
    struct name sa;
    int lfd = tcp_socket();
    int fd = tcp_socket();
    int conn;

    say_rc("bind", bind_at(lfd, lo, 0));
    listen(lfd, 1);
    sa = own_name(lfd);
    say_rc("connect", join(fd, sa));
    conn = accept(lfd, NULL, NULL);
    say("accepted=%d sent=%zu", conn >= 0, send_pattern(fd, 1000, 0));
    close(fd);
    say_stream(conn, 2000, 1);
}

static void on_listener(void)
{
    uint16_t port;

    say_rc("connect", join(listener(0, &port), conf.peer));
}

static void to_own_address(void)
{
    uint16_t port;
    int lfd = listener(0, &port);
    int fd = tcp_socket();
    int conn;

    say_rc("connect", join(fd, at(conf.self, port)));
    conn = accept(lfd, NULL, NULL);
    say("accepted=%d sent=%zu", conn >= 0, send_pattern(conn, 5000, 0));
    close(conn);
    say_stream(fd, 9000, 1);
}

static void to_itself(void)
{
    int fd = tcp_socket();

    bind_at(fd, conf.self, 0);
    say_rc("connect", join(fd, own_name(fd)));
    say("sent=%zu", send_pattern(fd, 100, 0));
    say_stream(fd, 100, 1);
}

static void unread_accept(void)
{
    struct name to = conf.peer;
    int fd = tcp_socket();

    to = at(to, (uint16_t)(port_of(&to) + 1));
    say_rc("connect", join(fd, to));
    say("sent=%zu", send_pattern(fd, 2000, 0));
    say_bits("poll", bits_of(fd));
}

static void bad_sockets(void)
{
    say_rc("stream_udp", socket(conf.family, SOCK_STREAM, IPPROTO_UDP));
    say_rc("dgram_tcp", socket(conf.family, SOCK_DGRAM, IPPROTO_TCP));
    say_rc("type_77", socket(conf.family, 13, 0));
    say_rc("seqpacket", socket(conf.family, SOCK_SEQPACKET, 0));
    say_rc("family_99", socket(99, SOCK_STREAM, 0));
    say_rc("bad_flags", socket(conf.family, SOCK_STREAM | 0x40000, 0));
    say_rc("stream_0x7fff", socket(conf.family, SOCK_STREAM, 0x7fff));
    say("stream_tcp=%d", socket(conf.family, SOCK_STREAM, IPPROTO_TCP) >= 0);
    say("dgram_udp=%d", socket(conf.family, SOCK_DGRAM, IPPROTO_UDP) >= 0);
}

const struct behaviour connect_table[] = {
    {"connect_names", names},
    {"connect_fresh_names", fresh_names},
    {"connect_nonblocking", nonblocking},
    {"connect_bound_first", bound_first},
    {"connect_bound_any_first", bound_any_first},
    {"connect_twice", twice},
    {"connect_pending", pending},
    {"connect_pending_shutdown", pending_shutdown},
    {"connect_timed_out", timed_out},
    {"connect_timed_out_nonblocking", timed_out_nonblocking},
    {"connect_user_timeout", user_timeout},
    {"connect_send_timeout", send_timeout},
    {"connect_no_neighbour", no_neighbour},
    {"connect_wrong_family", wrong_family},
    {"connect_bad_address", bad_address},
    {"connect_to_broadcast", to_broadcast},
    {"connect_disconnect", disconnect},
    {"connect_to_any", to_any},
    {"connect_loopback", to_loopback},
    {"connect_on_listener", on_listener},
    {"connect_to_own_address", to_own_address},
    {"connect_to_itself", to_itself},
    {"connect_unread_accept", unread_accept},
    {"socket_bad_arguments", bad_sockets},
    {NULL, NULL},
};
