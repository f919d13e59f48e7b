/* Behaviours of a connect to a closed port, and of the descriptor afterwards. */
#include "conf.h"

static struct name closed_port(void)
{
    struct name to = conf.peer;

    to = at(to, (uint16_t)(port_of(&to) + 2));
    return to;
}

static void blocking(void)
{
    int fd = tcp_socket();

    say_rc("connect", join(fd, closed_port()));
    say_so_error(fd);
    say_bits("poll", bits_of(fd));
}

static int refused_pending(void)
{
    int fd = socket(conf.family, SOCK_STREAM | SOCK_NONBLOCK, 0);

    say_rc("connect", join(fd, closed_port()));
    say_bits("poll", wait_for(fd, POLLIN | POLLOUT | POLLRDHUP));
    return fd;
}

static void nonblocking(void)
{
    int fd = refused_pending();

    say_so_error(fd);
    say_so_error(fd);
    say_bits("after", bits_of(fd));
}

static void then_connect(void)
{
    int fd = refused_pending();

    say_rc("again", join(fd, closed_port()));
}

static void then_read(void)
{
    int fd = refused_pending();
    char c;

    say_rc("read", read(fd, &c, 1));
    say_rc("read", read(fd, &c, 1));
    say_so_error(fd);
}

static void then_send(void)
{
    int fd = refused_pending();

    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
}

static void blocking_then_use(void)
{
    int fd = tcp_socket();
    char c;

    say_rc("connect", join(fd, closed_port()));
    say_rc("recv", recv(fd, &c, 1, MSG_DONTWAIT));
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
}

static void three_times(void)
{
    int fd = tcp_socket();

    for (int i = 0; i < 3; i++)
        say_rc("connect", join(fd, closed_port()));
}

static void say_echo(int fd)
{
    char buf[16] = "";

    say_rc("write", write(fd, "echo\nhello", 10));
    wait_bytes(fd, 5);
    say_rc("read", read(fd, buf, 5));
    say("'%s'", buf);
}

static void then_accepted(void)
{
    int fd = tcp_socket();

    say_rc("refused", join(fd, closed_port()));
    say_rc("connect", join(fd, conf.peer));
    say_so_error(fd);
    say_echo(fd);
}

static void nonblocking_then_accepted(void)
{
    int fd = refused_pending();

    say_so_error(fd);
    say_rc("connect", join(fd, conf.peer));
    say_rc("connect", join(fd, conf.peer));
    say_bits("poll", wait_for(fd, POLLOUT));
    say_so_error(fd);
    say_echo(fd);
}

static void epoll_kept(void)
{
    struct epoll_event ev = {.events = EPOLLOUT | EPOLLIN};
    int ep = epoll_create1(0);
    int fd = tcp_socket();

    say_rc("refused", join(fd, closed_port()));
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
    say_rc("connect", join(fd, conf.peer));
    say_rc("epoll_wait", epoll_wait(ep, &ev, 1, 1000));
    say_bits("bits", (int)ev.events);
}

static void dup_kept(void)
{
    int fd = tcp_socket();
    int copy = dup(fd);

    say_rc("refused", join(fd, closed_port()));
    say_rc("connect", join(copy, conf.peer));
    say_echo(fd);
}

static void port_zero(void)
{
    say_rc("connect", join(tcp_socket(), at(conf.peer, 0)));
}

static void own_closed_port(void)
{
    say_rc("self", join(tcp_socket(), at(conf.self, 9)));
    say_rc("loopback", join(tcp_socket(), at(loopback(), 9)));
}

const struct behaviour refuse_table[] = {
    {"refused_blocking", blocking},
    {"refused_nonblocking", nonblocking},
    {"refused_then_connect", then_connect},
    {"refused_then_read", then_read},
    {"refused_then_send", then_send},
    {"refused_blocking_then_use", blocking_then_use},
    {"refused_three_times", three_times},
    {"refused_then_accepted", then_accepted},
    {"refused_nonblocking_then_accepted", nonblocking_then_accepted},
    {"refused_epoll_kept", epoll_kept},
    {"refused_dup_kept", dup_kept},
    {"refused_port_zero", port_zero},
    {"refused_own_port", own_closed_port},
    {NULL, NULL},
};
