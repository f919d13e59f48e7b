/* Behaviours of listening and accepting. */
#include "conf.h"

#include <sys/wait.h>

static void names(void)
{
    struct name from, self, peer;
    socklen_t len = sizeof(from.six);
    uint16_t port;
    int fd = listener(0, &port);
    int conn;

    peer_dial(port, "drain");
    conn = accept(fd, &from.any, &len);
    say("accepted=%d len=%u", conn >= 0, len);
    len = sizeof(self);
    say_rc("getsockname", getsockname(conn, &self.any, &len));
    say("self=%d port=%d", same_host(&self, &conf.self), port_of(&self) == port);
    len = sizeof(peer);
    say_rc("getpeername", getpeername(conn, &peer.any, &len));
    say("same=%d", memcmp(&peer, &from, 8) == 0);
}

static void flags(void)
{
    uint16_t port;
    int fd = listener(0, &port);
    int a, b;

    peer_dial(port, "drain");
    peer_dial(port, "drain");
    a = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    b = accept4(fd, NULL, NULL, 0);
    say("nonblock=%d cloexec=%d", (fcntl(a, F_GETFL) & O_NONBLOCK) != 0, fcntl(a, F_GETFD));
    say("nonblock=%d cloexec=%d", (fcntl(b, F_GETFL) & O_NONBLOCK) != 0, fcntl(b, F_GETFD));
    say_rc("bad", accept4(fd, NULL, NULL, 0x40));
}

static void socket_flags(void)
{
    int a = socket(conf.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int b = socket(conf.family, SOCK_STREAM, 0);

    say("flags=%o cloexec=%d", (unsigned)fcntl(a, F_GETFL), fcntl(a, F_GETFD));
    say("flags=%o cloexec=%d", (unsigned)fcntl(b, F_GETFL), fcntl(b, F_GETFD));
}

static void nonblocking(void)
{
    uint16_t port;
    int fd = listener(SOCK_NONBLOCK, &port);
    int conn;

    say_rc("accept", accept(fd, NULL, NULL));
    peer_dial(port, "drain");
    wait_for(fd, POLLIN);
    conn = accept(fd, NULL, NULL);
    say("accepted=%d nonblock=%d", conn >= 0, (fcntl(conn, F_GETFL) & O_NONBLOCK) != 0);
    say_rc("accept", accept(fd, NULL, NULL));
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof(value);

    getsockopt(fd, level, name, &value, &len);
    return value;
}

static void inherited(void)
{
    uint16_t port;
    int fd = listener(0, &port);
    int conn;

    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, 77);
    peer_dial(port, "drain");
    conn = accept(fd, NULL, NULL);
    say("nodelay=%d keepalive=%d idle=%d accepting=%d", option(conn, IPPROTO_TCP, TCP_NODELAY) != 0,
        option(conn, SOL_SOCKET, SO_KEEPALIVE), option(conn, IPPROTO_TCP, TCP_KEEPIDLE),
        option(conn, SOL_SOCKET, SO_ACCEPTCONN));
}

static void short_name(void)
{
    unsigned char name[16];
    socklen_t len = 4;
    uint16_t port;
    int fd = listener(0, &port);

    memset(name, 0x5a, sizeof(name));
    peer_dial(port, "drain");
    say("accepted=%d", accept(fd, (struct sockaddr *)(void *)name, &len) >= 0);
    say("len=%u untouched=%d", len, name[4] == 0x5a);
}

static void bad_name(void)
{
    socklen_t len = 16;
    uint16_t port;
    int fd = listener(0, &port);

    peer_dial(port, "drain");
    say_rc("bad_addr", accept(fd, (struct sockaddr *)16, &len));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    say_rc("accept", accept(fd, NULL, NULL));
}

static void wrong_sockets(void)
{
    int fd = tcp_socket();

    say_rc("fresh", accept(fd, NULL, NULL));
    say_rc("connected", accept(peer_open("drain"), NULL, NULL));
    say_rc("udp", accept(udp_socket(), NULL, NULL));
    say_rc("not_socket", accept(0, NULL, NULL));
    say_rc("bad_fd", accept(9999, NULL, NULL));
}

static void listen_wrongly(void)
{
    uint16_t port;
    int fd = listener(0, &port);

    say_rc("again", listen(fd, 5));
    say_rc("udp", listen(udp_socket(), 5));
    say_rc("connected", listen(peer_open("drain"), 5));
    say_rc("negative", listen(tcp_socket(), -1));
    say_rc("zero", listen(tcp_socket(), 0));
}

static void listen_unbound(void)
{
    struct name sa;
    socklen_t len = sizeof(sa.six);
    int fd = tcp_socket();

    say_rc("listen", listen(fd, 5));
    getsockname(fd, &sa.any, &len);
    say("port=%d any=%d", port_of(&sa) != 0, is_any(&sa));
    peer_dial(port_of(&sa), "drain");
    say("accepted=%d", accept(fd, NULL, NULL) >= 0);
}

static void listener_io(void)
{
    struct name sa;
    socklen_t len = sizeof(sa.six);
    uint16_t port;
    int fd = listener(0, &port);
    char c;

    say_rc("recv", recv(fd, &c, 1, MSG_DONTWAIT));
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
    say_rc("getpeername", getpeername(fd, &sa.any, &len));
    say("accepting=%d", option(fd, SOL_SOCKET, SO_ACCEPTCONN));
    say_so_error(fd);
}

static void finished_before(void)
{
    uint16_t port;
    int fd = listener(0, &port);

    peer_dial(port, "send 1000");
    pause_ms(100);
    say_stream(accept(fd, NULL, NULL), 2000, 1);
}

static void reset_before(void)
{
    uint16_t port;
    int fd = listener(0, &port);
    int conn;
    char c;

    peer_dial(port, "reset");
    pause_ms(100);
    say_bits("poll", bits_of(fd));
    conn = accept(fd, NULL, NULL);
    say("accepted=%d", conn >= 0);
    say_rc("read", read(conn, &c, 1));
    say_rc("read", read(conn, &c, 1));
}

static void twenty(void)
{
    uint16_t port;
    int fd = listener(0, &port);
    int intact = 0;

    for (int i = 0; i < 20; i++)
        peer_dial(port, "send 10; drain");
    for (int i = 0; i < 20; i++) {
        char buf[10];
        int conn = accept(fd, NULL, NULL);

        intact += conn >= 0 && recv(conn, buf, 10, MSG_WAITALL) == 10;
    }
    say("intact=%d", intact);
}

static void timeout(void)
{
    struct timeval tv = {.tv_usec = 200000};
    uint16_t port;
    int fd = listener(0, &port);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    say_rc("accept", accept(fd, NULL, NULL));
}

_Noreturn static void serve_for_ever(int fd)
{
    for (;;) {
        int conn = accept(fd, NULL, NULL);

        if (conn < 0 || write(conn, "!", 1) != 1)
            _exit(1);
        close(conn);
    }
}

/* Two children share the listener; four connections are served once each. */
static void shared(void)
{
    uint16_t port;
    int fd = listener(0, &port);
    int served = 0;

    for (int i = 0; i < 2; i++)
        if (fork() == 0)
            serve_for_ever(fd);
    close(fd);
    for (int i = 0; i < 4; i++) {
        const char *tag = unique("shared");

        peer_dial(port, "tag %s; drain", tag);
        served += strstr(peer_ask(tag), "eof 1 ") != NULL;
    }
    say("served=%d", served);
}

static void while_waiting(void)
{
    uint16_t port;
    int fd = listener(0, &port);
    pid_t pid = fork();

    if (pid == 0) {
        pause_ms(150);
        peer_dial(port, "send 3; drain");
        _exit(0);
    }
    say_stream(accept(fd, NULL, NULL), 3, 1);
    waitpid(pid, NULL, 0);
}

const struct behaviour accept_table[] = {
    {"accept_names", names},
    {"accept_flags", flags},
    {"socket_flags", socket_flags},
    {"accept_nonblocking", nonblocking},
    {"accept_inherited", inherited},
    {"accept_short_name", short_name},
    {"accept_bad_name", bad_name},
    {"accept_wrong_sockets", wrong_sockets},
    {"listen_wrongly", listen_wrongly},
    {"listen_unbound", listen_unbound},
    {"listener_io", listener_io},
    {"accept_finished_before", finished_before},
    {"accept_reset_before", reset_before},
    {"accept_twenty", twenty},
    {"accept_timeout", timeout},
    {"accept_shared", shared},
    {"accept_while_waiting", while_waiting},
    {NULL, NULL},
};
