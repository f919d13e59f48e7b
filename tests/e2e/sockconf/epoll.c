/* Behaviours of epoll: the order of events, level and edge triggered, nested; RDHUP and HUP at the
 * peer's close (T45 of tests/script/known.txt). */
#include "conf.h"

enum { QUIET_MS = 150, LONG_MS = 5000 };

static int watch(int fd, unsigned events)
{
    struct epoll_event ev = {.events = events, .data.fd = fd};
    int ep = epoll_create1(EPOLL_CLOEXEC);

    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0)
        give_up("epoll_ctl");
    return ep;
}

static const unsigned edges = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

/* Says the bits of the next event, or `none` when all stays quiet. */
static void next(int ep, int ms)
{
    struct epoll_event ev;
    int n = epoll_wait(ep, &ev, 1, ms);

    say_bits("ev", n == 1 ? (int)ev.events : 0);
}

/* Collects what all events until the line is quiet said, joined: several edges that the system
 * may or may not join count as one. */
static void gather(int ep)
{
    struct epoll_event ev;
    int all = 0;
    int ms = LONG_MS;

    while (epoll_wait(ep, &ev, 1, ms) == 1) {
        all |= (int)ev.events;
        ms = QUIET_MS;
    }
    say_bits("ev", all);
}

static void edge_order(void)
{
    int fd = socket(conf.family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int ep = watch(fd, edges);
    char buf[16];

    gather(ep);
    say_rc("connect", join(fd, conf.peer));
    gather(ep);
    say_rc("write", write(fd, "recv 1; send 5; recv 1; fin; drain\n\0", 36));
    gather(ep);
    say_rc("read", read(fd, buf, sizeof(buf)));
    next(ep, QUIET_MS);
    say_rc("write", write(fd, "", 1));
    gather(ep);
    say_rc("read", read(fd, buf, sizeof(buf)));
    say_rc("shutdown", shutdown(fd, SHUT_WR));
    gather(ep);
}

static void edge_refused(void)
{
    int fd = socket(conf.family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int ep;

    say_rc("connect", join(fd, at(conf.black_hole, 9)));
    close(fd);
    fd = socket(conf.family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    say_rc("connect", join(fd, at(conf.peer, (uint16_t)(port_of(&conf.peer) + 2))));
    ep = watch(fd, edges);
    gather(ep);
    say_so_error(fd);
    next(ep, QUIET_MS);
}

static void edge_pending(void)
{
    int fd = socket(conf.family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int ep;

    say_rc("connect", join(fd, at(conf.black_hole, 9)));
    ep = watch(fd, edges);
    next(ep, QUIET_MS);
}

static void edge_reset(void)
{
    int fd = peer_open("recv 1; reset");
    int ep = watch(fd, edges);
    char c;

    gather(ep);
    say_rc("write", write(fd, "", 1));
    gather(ep);
    say_rc("read", read(fd, &c, 1));
    next(ep, QUIET_MS);
}

static void edge_unread(void)
{
    int fd = peer_open("send 5; recv 1; send 5; drain");
    int ep = watch(fd, EPOLLIN | EPOLLET);
    char c;

    next(ep, LONG_MS);
    next(ep, QUIET_MS);
    say_rc("read", read(fd, &c, 1));
    next(ep, QUIET_MS);
    say_rc("write", write(fd, "", 1));
    next(ep, LONG_MS);
    next(ep, QUIET_MS);
}

static void edge_writable(void)
{
    const char *tag = unique("edge");
    int fd = peer_open("wait %s; drain", tag);
    int ep = watch(fd, EPOLLOUT | EPOLLET);

    next(ep, LONG_MS);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (int quiet = 0; quiet < 8; quiet++) {
        while (send_pattern(fd, 1 << 20, 0) > 0)
            quiet = 0;
        pause_ms(50);
    }
    while (epoll_wait(ep, &(struct epoll_event){0}, 1, 0) == 1)
        ;
    next(ep, QUIET_MS);
    peer_set(tag);
    next(ep, LONG_MS);
}

static void level(void)
{
    int fd = peer_open("send 5; drain");
    int ep = watch(fd, EPOLLIN);
    char buf[8];

    next(ep, LONG_MS);
    next(ep, LONG_MS);
    say_rc("read", read(fd, buf, 8));
    next(ep, QUIET_MS);
}

static void one_shot(void)
{
    struct epoll_event ev = {.events = EPOLLIN | EPOLLONESHOT};
    int fd = peer_open("send 5; drain");
    int ep = watch(fd, EPOLLIN | EPOLLONESHOT);

    next(ep, LONG_MS);
    next(ep, QUIET_MS);
    say_rc("mod", epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev));
    next(ep, LONG_MS);
    say_rc("del", epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL));
    say_rc("del", epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL));
}

static void nested(void)
{
    int fd = peer_open("send 5; drain");
    int inner = watch(fd, EPOLLIN);
    int outer = watch(inner, EPOLLIN);

    next(outer, LONG_MS);
    next(inner, LONG_MS);
}

static void listener_edges(void)
{
    uint16_t port;
    int fd = listener(SOCK_NONBLOCK, &port);
    int ep = watch(fd, EPOLLIN | EPOLLET);
    int count = 0;

    next(ep, QUIET_MS);
    for (int i = 0; i < 3; i++)
        peer_dial(port, "drain");
    gather(ep);
    while (accept(fd, NULL, NULL) >= 0)
        count++;
    say("accepted=%d", count);
    say_rc("accept", accept(fd, NULL, NULL));
    peer_dial(port, "drain");
    next(ep, LONG_MS);
}

static void end_level(void)
{
    int fd = peer_open("fin; drain");
    int ep = watch(fd, EPOLLIN | EPOLLRDHUP);

    next(ep, LONG_MS);
    next(ep, LONG_MS);
}

static void closed_gone(void)
{
    int fd = peer_open("send 5; drain");
    int ep = watch(fd, EPOLLIN);

    next(ep, LONG_MS);
    close(fd);
    next(ep, QUIET_MS);
}

static void datagram_edges(void)
{
    int fd = udp_socket();
    int ep = watch(fd, EPOLLIN | EPOLLOUT | EPOLLET);
    char buf[8];

    join(fd, conf.peer);
    gather(ep);
    send(fd, "E", 1, 0);
    gather(ep);
    say_rc("recv", recv(fd, buf, 8, 0));
    send(fd, "E", 1, 0);
    gather(ep);
}

const struct behaviour epoll_table[] = {
    {"epoll_edge_order", edge_order},
    {"epoll_edge_refused", edge_refused},
    {"epoll_edge_pending", edge_pending},
    {"epoll_edge_reset", edge_reset},
    {"epoll_edge_unread", edge_unread},
    {"epoll_edge_writable", edge_writable},
    {"epoll_level", level},
    {"epoll_one_shot", one_shot},
    {"epoll_nested", nested},
    {"epoll_listener_edges", listener_edges},
    {"epoll_end_level", end_level},
    {"epoll_closed_gone", closed_gone},
    {"epoll_datagram_edges", datagram_edges},
    {NULL, NULL},
};
