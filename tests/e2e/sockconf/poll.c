/* Behaviours of poll() and select() in every condition a stream can be in. */
#include "conf.h"

#include <sys/select.h>

static void connected(void)
{
    say_bits("poll", bits_of(peer_open("drain")));
}

static void fresh(void)
{
    say_bits("tcp", bits_of(tcp_socket()));
    say_bits("udp", bits_of(udp_socket()));
}

static void bound(void)
{
    int fd = tcp_socket();

    bind_at(fd, conf.self, 0);
    say_bits("poll", bits_of(fd));
}

static void data(void)
{
    int fd = peer_open("send 5; drain");
    char buf[8];

    say_bits("poll", bits_with(fd, POLLIN));
    say_rc("read", read(fd, buf, 2));
    say_bits("poll", bits_of(fd));
    say_rc("read", read(fd, buf, 8));
    say_bits("poll", bits_of(fd));
}

static void end(void)
{
    int fd = peer_open("send 5; fin; drain");
    char buf[8];

    say_bits("poll", bits_with(fd, POLLIN | POLLRDHUP));
    say_rc("read", read(fd, buf, 8));
    say_bits("poll", bits_of(fd));
    say_rc("read", read(fd, buf, 8));
    say_bits("poll", bits_of(fd));
}

static void listening(void)
{
    uint16_t port;
    int fd = listener(0, &port);

    say_bits("poll", bits_of(fd));
    peer_dial(port, "drain");
    say_bits("poll", bits_with(fd, POLLIN));
    say("accepted=%d", accept(fd, NULL, NULL) >= 0);
    say_bits("poll", bits_of(fd));
}

static void listening_two(void)
{
    uint16_t port;
    int fd = listener(0, &port);

    peer_dial(port, "drain");
    peer_dial(port, "drain");
    say_bits("poll", bits_with(fd, POLLIN));
    say("accepted=%d", accept(fd, NULL, NULL) >= 0);
    say_bits("poll", bits_with(fd, POLLIN));
    say("accepted=%d", accept(fd, NULL, NULL) >= 0);
    say_bits("poll", bits_of(fd));
}

static void only_asked(void)
{
    int fd = peer_open("send 5; fin; drain");

    bits_with(fd, POLLIN | POLLRDHUP);
    say_bits("nothing", wait_for(fd, POLLPRI | POLLHUP | POLLIN) & ~POLLIN);
    say_bits("rdhup", wait_for(fd, POLLRDHUP));
    say_bits("out", wait_for(fd, POLLOUT));
}

static void selected(void)
{
    struct timeval tv = {.tv_sec = 5};
    int fd = peer_open("send 5; drain");
    fd_set in, out, err;

    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&err);
    FD_SET(fd, &in);
    FD_SET(fd, &err);
    say_rc("select", select(fd + 1, &in, NULL, &err, &tv));
    FD_SET(fd, &out);
    say_rc("select", select(fd + 1, &in, &out, &err, &tv));
    say("in=%d out=%d err=%d", FD_ISSET(fd, &in) != 0, FD_ISSET(fd, &out) != 0,
        FD_ISSET(fd, &err) != 0);
}

static void select_refused(void)
{
    struct timeval tv = {.tv_sec = 5};
    int fd = socket(conf.family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    fd_set in, out;

    join(fd, at(conf.peer, (uint16_t)(port_of(&conf.peer) + 2)));
    wait_for(fd, POLLOUT);
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(fd, &in);
    FD_SET(fd, &out);
    say_rc("select", select(fd + 1, &in, &out, NULL, &tv));
    say("in=%d out=%d", FD_ISSET(fd, &in) != 0, FD_ISSET(fd, &out) != 0);
}

static void timeout(void)
{
    struct pollfd p = {.fd = peer_open("drain"), .events = POLLIN};
    long start = now_ms();

    say_rc("poll", poll(&p, 1, 200));
    say("waited=%d", now_ms() - start >= 190);
}

static void low_water(void)
{
    int fd = peer_open("send 5; recv 1; send 5; drain");

    set_int(fd, SOL_SOCKET, SO_RCVLOWAT, 10);
    wait_bytes(fd, 5);
    say_bits("five", bits_of(fd));
    say_rc("go", write(fd, "", 1));
    wait_bytes(fd, 10);
    say_bits("ten", bits_with(fd, POLLIN));
}

static void urgent(void)
{
    int fd = peer_open("oob; drain");

    say_bits("poll", bits_with(fd, POLLPRI) & ~POLLIN);
}

const struct behaviour poll_table[] = {
    {"poll_connected", connected},
    {"poll_fresh", fresh},
    {"poll_bound", bound},
    {"poll_data", data},
    {"poll_end", end},
    {"poll_listener", listening},
    {"poll_listener_two", listening_two},
    {"poll_only_asked", only_asked},
    {"poll_select", selected},
    {"poll_select_refused", select_refused},
    {"poll_timeout", timeout},
    {"poll_low_water", low_water},
    {"poll_urgent", urgent},
    {NULL, NULL},
};
