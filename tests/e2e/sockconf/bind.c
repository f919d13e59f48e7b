/* Behaviours of bind() and the names of sockets. */
#include "conf.h"

#include <stdio.h>

#define any_host() (any_host())

static uint16_t bound(int fd)
{
    struct name sa = own_name(fd);

    return port_of(&sa);
}

static void zero(void)
{
    int fd = tcp_socket();

    say_rc("bind", bind_at(fd, any_host(), 0));
    say("port=%d", bound(fd) >= 1024);
    say_rc("again", bind_at(fd, any_host(), 0));
}

static void in_use(void)
{
    int a = tcp_socket();
    int b = tcp_socket();

    say_rc("bind", bind_at(a, conf.self, 0));
    say_rc("bind", bind_at(b, conf.self, bound(a)));
    say_rc("any", bind_at(b, any_host(), bound(a)));
    say_rc("udp", bind_at(udp_socket(), conf.self, bound(a)));
    say_rc("listen", listen(a, 1));
    say_rc("bind", bind_at(b, conf.self, bound(a)));
    close(a);
    say_rc("freed", bind_at(b, conf.self, 0));
}

static void reuse_address(void)
{
    int a = tcp_socket();
    int b = tcp_socket();

    set_int(a, SOL_SOCKET, SO_REUSEADDR, 1);
    set_int(b, SOL_SOCKET, SO_REUSEADDR, 1);
    say_rc("bind", bind_at(a, conf.self, 0));
    say_rc("bind", bind_at(b, conf.self, bound(a)));
    say_rc("listen", listen(a, 1));
    say_rc("listen", listen(b, 1));
}

static void reuse_listening(void)
{
    uint16_t port;
    int b = tcp_socket();
    int a = listener(0, &port);

    set_int(a, SOL_SOCKET, SO_REUSEADDR, 1);
    set_int(b, SOL_SOCKET, SO_REUSEADDR, 1);
    say_rc("bind", bind_at(b, conf.self, port));
}

/* The server closes first: its side of the connection waits in TIME-WAIT. */
static void after_time_wait(void)
{
    uint16_t port;
    int fd = listener(0, &port);
    const char *tag = unique("time-wait");
    int conn;

    set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    peer_dial(port, "tag %s; drain", tag);
    conn = accept(fd, NULL, NULL);
    close(conn);
    close(fd);
    peer_ask(tag);
    pause_ms(100);
    fd = tcp_socket();
    say_rc("plain", bind_at(fd, conf.self, port));
    set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    say_rc("reuse", bind_at(fd, conf.self, port));
    say_rc("listen", listen(fd, 1));
}

static void reuse_port(void)
{
    int a = tcp_socket();
    int b = tcp_socket();

    set_int(a, SOL_SOCKET, SO_REUSEPORT, 1);
    set_int(b, SOL_SOCKET, SO_REUSEPORT, 1);
    say_rc("bind", bind_at(a, conf.self, 0));
    say_rc("listen", listen(a, 1));
    say_rc("bind", bind_at(b, conf.self, bound(a)));
    say_rc("listen", listen(b, 1));
    say_rc("third", bind_at(tcp_socket(), conf.self, bound(a)));
}

static void foreign(void)
{
    say_rc("tcp", bind_at(tcp_socket(), conf.peer, 0));
    say_rc("udp", bind_at(udp_socket(), conf.peer, 0));
    say_rc("multicast", bind_at(tcp_socket(), group(), 0));
    say_rc("udp_multicast", bind_at(udp_socket(), group(), 0));
    say_rc("broadcast", bind_at(tcp_socket(), broadcast(), 0));
}

static void twice(void)
{
    int tcp = tcp_socket();
    int udp = udp_socket();

    bind_at(tcp, conf.self, 0);
    bind_at(udp, conf.self, 0);
    say_rc("tcp", bind_at(tcp, conf.self, 0));
    say_rc("udp", bind_at(udp, conf.self, 0));
    say_rc("connected", bind_at(peer_open("drain"), conf.self, 0));
}

static void wrongly(void)
{
    struct name sa = at(conf.self, 0);
    int fd = tcp_socket();

    say_rc("short", bind(fd, &sa.any, 8));
    say_rc("null", bind(fd, NULL, sa.len));
    sa.any.sa_family = other_family().any.sa_family;
    say_rc("other", bind(fd, &sa.any, sa.len));
    sa.any.sa_family = AF_UNIX;
    say_rc("unix", bind(fd, &sa.any, sa.len));
    sa.any.sa_family = AF_UNSPEC;
    say_rc("unspec", bind(fd, &sa.any, sa.len));
    sa = any_host();
    sa.any.sa_family = AF_UNSPEC;
    say_rc("unspec_any", bind(fd, &sa.any, sa.len));
    say_rc("bad_fd", bind_at(9999, conf.self, 0));
    say_rc("not_socket", bind_at(0, conf.self, 0));
}

static void low_port(void)
{
    int fd = tcp_socket();

    say_rc("bind", bind_at(fd, conf.self, 80));
    say_rc("udp", bind_at(udp_socket(), conf.self, 53));
}

static void udp_in_use(void)
{
    int a = udp_socket();
    int b = udp_socket();

    say_rc("bind", bind_at(a, any_host(), 0));
    say_rc("bind", bind_at(b, any_host(), bound(a)));
    say_rc("self", bind_at(b, conf.self, bound(a)));
    set_int(a, SOL_SOCKET, SO_REUSEADDR, 1);
    set_int(b, SOL_SOCKET, SO_REUSEADDR, 1);
    say_rc("reuse", bind_at(b, any_host(), bound(a)));
}

static void two_addresses(void)
{
    struct name lo = loopback();
    int a = tcp_socket();
    int b = tcp_socket();

    say_rc("self", bind_at(a, conf.self, 0));
    say_rc("loopback", bind_at(b, lo, bound(a)));
    say_rc("listen", listen(a, 1));
    say_rc("listen", listen(b, 1));
}

static void loopback_range(void)
{
    struct name seventh;

    name_read(&seventh, conf.family == AF_INET ? "127.7.7.7" : "::2", 0);
    say_rc("bind", bind_at(tcp_socket(), seventh, 0));
}

static void short_buffers(void)
{
    unsigned char name[16];
    socklen_t len = 2;
    int fd = peer_open("drain");

    memset(name, 0x5a, sizeof(name));
    say_rc("getsockname", getsockname(fd, (struct sockaddr *)(void *)name, &len));
    say("len=%u untouched=%d", len, name[2] == 0x5a);
    len = (socklen_t)-1;
    say_rc("negative", getpeername(fd, (struct sockaddr *)(void *)name, &len));
    say_rc("null", getpeername(fd, NULL, &len));
    len = 16;
    say_rc("not_socket", getsockname(0, (struct sockaddr *)(void *)name, &len));
}

static void peer_sees(void)
{
    char line[64] = "", want[64];
    struct name sa;
    socklen_t len = sizeof(sa.six);
    int fd = peer_open("name; drain");
    size_t used = 0;

    while (used < sizeof(line) - 1 && read(fd, line + used, 1) == 1 && line[used] != '\n')
        used++;
    line[used] = '\0';
    getsockname(fd, &sa.any, &len);
    snprintf(want, sizeof(want), "%s ", host_text(&sa));
    say("address=%d", strncmp(line, want, strlen(want)) == 0);
    say("port=%d", atoi(line + strcspn(line, " ")) == port_of(&sa));
}

const struct behaviour bind_table[] = {
    {"bind_zero", zero},
    {"bind_in_use", in_use},
    {"bind_reuse_address", reuse_address},
    {"bind_reuse_listening", reuse_listening},
    {"bind_after_time_wait", after_time_wait},
    {"bind_reuse_port", reuse_port},
    {"bind_foreign", foreign},
    {"bind_twice", twice},
    {"bind_wrongly", wrongly},
    {"bind_low_port", low_port},
    {"bind_udp_in_use", udp_in_use},
    {"bind_two_addresses", two_addresses},
    {"bind_loopback_range", loopback_range},
    {"names_short_buffers", short_buffers},
    {"names_peer_sees", peer_sees},
    {NULL, NULL},
};
