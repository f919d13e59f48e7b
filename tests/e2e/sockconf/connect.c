/* Behaviours of a connect that succeeds, waits or is asked for wrongly. */
#include "conf.h"

static void say_names(int fd)
{
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);

    say_rc("getsockname", getsockname(fd, (struct sockaddr *)&sa, &len));
    say("len=%u self=%d port=%d", len, sa.sin_addr.s_addr == conf.self.s_addr, sa.sin_port != 0);
    len = sizeof(sa);
    say_rc("getpeername", getpeername(fd, (struct sockaddr *)&sa, &len));
    say("len=%u peer=%d port=%d", len, sa.sin_addr.s_addr == conf.peer.sin_addr.s_addr,
        sa.sin_port == conf.peer.sin_port);
}

static void names(void)
{
    int fd = tcp_socket();

    say_rc("connect", join(fd, conf.peer));
    say_names(fd);
}

static void fresh_names(void)
{
    struct sockaddr_in sa = at(conf.self, 1);
    socklen_t len = sizeof(sa);
    int fd = tcp_socket();

    say_rc("getsockname", getsockname(fd, (struct sockaddr *)&sa, &len));
    say("len=%u family=%d any=%d port=%d", len, sa.sin_family, sa.sin_addr.s_addr == 0,
        ntohs(sa.sin_port));
    say_rc("getpeername", getpeername(fd, (struct sockaddr *)&sa, &len));
}

static void nonblocking(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    say_rc("connect", join(fd, conf.peer));
    say_bits("poll", wait_for(fd, POLLOUT));
    say_so_error(fd);
    say_rc("again", join(fd, conf.peer));
    say_rc("third", join(fd, conf.peer));
    say_names(fd);
}

static void bound_first(void)
{
    struct sockaddr_in before, after;
    socklen_t len = sizeof(before);
    int fd = tcp_socket();

    say_rc("bind", bind_at(fd, conf.self, 0));
    getsockname(fd, (struct sockaddr *)&before, &len);
    say_rc("connect", join(fd, conf.peer));
    len = sizeof(after);
    getsockname(fd, (struct sockaddr *)&after, &len);
    say("same=%d", before.sin_port == after.sin_port);
}

static void bound_any_first(void)
{
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);
    int fd = tcp_socket();

    say_rc("bind", bind_at(fd, (struct in_addr){INADDR_ANY}, 0));
    say_rc("connect", join(fd, conf.peer));
    say_rc("getsockname", getsockname(fd, (struct sockaddr *)&sa, &len));
    say("self=%d", sa.sin_addr.s_addr == conf.self.s_addr);
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
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    char c = 'x';

    say_rc("connect", join(fd, at(conf.black_hole, 9)));
    say_rc("again", join(fd, at(conf.black_hole, 9)));
    say_bits("poll", bits_of(fd));
    say_rc("write", write(fd, &c, 1));
    say_rc("read", read(fd, &c, 1));
    say_rc("getpeername", getpeername(fd, (struct sockaddr *)&sa, &len));
    say_rc("getsockname", getsockname(fd, (struct sockaddr *)&sa, &len));
    say("port=%d", sa.sin_port != 0);
    say_so_error(fd);
    say_rc("close", close(fd));
}

static void pending_shutdown(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

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
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

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
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
    int fd = tcp_socket();

    say_rc("inet6", connect(fd, (struct sockaddr *)&six, sizeof(six)));
    six.sin6_family = AF_UNIX;
    say_rc("unix", connect(fd, (struct sockaddr *)&six, sizeof(six)));
    say_rc("then", join(fd, conf.peer));
}

static void bad_address(void)
{
    int fd = tcp_socket();

    say_rc("short", connect(fd, (struct sockaddr *)&conf.peer, 8));
    say_rc("zero", connect(fd, (struct sockaddr *)&conf.peer, 0));
    say_rc("null", connect(fd, NULL, sizeof(conf.peer)));
    say_rc("huge", connect(fd, (struct sockaddr *)&conf.peer, 4096));
    say_rc("bad_fd", connect(9999, (struct sockaddr *)&conf.peer, sizeof(conf.peer)));
    say_rc("not_socket", connect(0, (struct sockaddr *)&conf.peer, sizeof(conf.peer)));
}

static void to_broadcast(void)
{
    int fd = tcp_socket();

    say_rc("broadcast", join(fd, at((struct in_addr){INADDR_BROADCAST}, 9)));
    say_rc("multicast", join(tcp_socket(), at((struct in_addr){htonl(0xe0000101)}, 9)));
}

static void disconnect(void)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);
    const char *tag = unique("disconnect");
    int fd = peer_open("tag %s; drain", tag);

    say_rc("unspec", connect(fd, &none, sizeof(none)));
    say_rc("getpeername", getpeername(fd, (struct sockaddr *)&sa, &len));
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
    say_rc("bind", bind_at(lfd, (struct in_addr){INADDR_ANY}, port));
    say_rc("listen", listen(lfd, 1));
    say_rc("connect", join(fd, at((struct in_addr){INADDR_ANY}, port)));
    say("accepted=%d", accept(lfd, NULL, NULL) >= 0);
}

static void loopback(void)
{
    struct in_addr lo = {htonl(INADDR_LOOPBACK)};
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);
    int lfd = tcp_socket();
    int fd = tcp_socket();
    int conn;

    say_rc("bind", bind_at(lfd, lo, 0));
    listen(lfd, 1);
    getsockname(lfd, (struct sockaddr *)&sa, &len);
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
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);
    int fd = tcp_socket();

    bind_at(fd, conf.self, 0);
    getsockname(fd, (struct sockaddr *)&sa, &len);
    say_rc("connect", join(fd, sa));
    say("sent=%zu", send_pattern(fd, 100, 0));
    say_stream(fd, 100, 1);
}

static void unread_accept(void)
{
    struct sockaddr_in to = conf.peer;
    int fd = tcp_socket();

    to.sin_port = htons((uint16_t)(ntohs(to.sin_port) + 1));
    say_rc("connect", join(fd, to));
    say("sent=%zu", send_pattern(fd, 2000, 0));
    say_bits("poll", bits_of(fd));
}

static void bad_sockets(void)
{
    say_rc("stream_udp", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    say_rc("dgram_tcp", socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
    say_rc("type_77", socket(AF_INET, 13, 0));
    say_rc("seqpacket", socket(AF_INET, SOCK_SEQPACKET, 0));
    say_rc("family_99", socket(99, SOCK_STREAM, 0));
    say_rc("bad_flags", socket(AF_INET, SOCK_STREAM | 0x40000, 0));
    say_rc("stream_0x7fff", socket(AF_INET, SOCK_STREAM, 0x7fff));
    say("stream_tcp=%d", socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) >= 0);
    say("dgram_udp=%d", socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) >= 0);
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
    {"connect_loopback", loopback},
    {"connect_on_listener", on_listener},
    {"connect_to_own_address", to_own_address},
    {"connect_to_itself", to_itself},
    {"connect_unread_accept", unread_accept},
    {"socket_bad_arguments", bad_sockets},
    {NULL, NULL},
};
