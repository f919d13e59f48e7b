/* The services as an ordinary program on the socket interface: one thread, epoll. It runs on the
 * kernel and, unmodified, under tarn.
 *
 * usage: server ADDRESS */
#include "service.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../tests/e2e/prog/address.h"

enum { CHUNK = 256 * 1024, EVENTS = 64 };

static char buf[CHUNK];

/* What epoll gives back: descriptor, service, and whether it is the listener. */
static uint64_t label(int fd, int service, int listening)
{
    return (uint64_t)fd << 32 | (uint64_t)listening << 16 | (uint64_t)service;
}

static void watch(int ep, int op, uint64_t what, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.u64 = what};

    if (epoll_ctl(ep, op, (int)(what >> 32), &ev) < 0)
        perror("server: epoll_ctl");
}

static int listen_at(const char *address, int service)
{
    struct address at;
    char port[8];
    int fd, on = 1;

    snprintf(port, sizeof(port), "%d", service);
    if (!address_read(&at, address, port))
        return -1;
    fd = address_socket(&at, SOCK_STREAM);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, &at.name.any, at.len) < 0 || listen(fd, 1024) < 0) {
        perror("server: listen");
        return -1;
    }
    return fd;
}

static void take(int ep, int listener, int service)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    int on = 1;

    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    watch(ep, EPOLL_CTL_ADD, label(fd, service, 0),
          service == SERVICE_SOURCE ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* One turn of a connection; 0 when it is over. */
static int serve(int fd, int service, uint32_t events)
{
    ssize_t n = 1;

    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        n = recv(fd, buf, sizeof(buf), 0);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        return 0;
    if (service == SERVICE_ECHO && n > 0)
        n = send(fd, buf, (size_t)n, MSG_NOSIGNAL);
    else if (service == SERVICE_SOURCE && events & EPOLLOUT)
        n = send(fd, buf, sizeof(buf), MSG_NOSIGNAL);
    return n > 0 || errno == EAGAIN;
}

int main(int argc, char **argv)
{
    static const int services[] = {SERVICE_ECHO, SERVICE_DISCARD, SERVICE_SOURCE};
    struct epoll_event ev[EVENTS];
    int ep = epoll_create1(0);

    if (argc != 2) {
        fputs("usage: server ADDRESS\n", stderr);
        return 2;
    }
    for (int i = 0; i < 3; i++) {
        int fd = listen_at(argv[1], services[i]);

        if (fd < 0)
            return 1;
        watch(ep, EPOLL_CTL_ADD, label(fd, services[i], 1), EPOLLIN);
    }
    for (;;) {
        int n = epoll_wait(ep, ev, EVENTS, -1);

        for (int i = 0; i < n; i++) {
            int fd = (int)(ev[i].data.u64 >> 32);
            int service = (int)(ev[i].data.u64 & 0xffff);

            if (ev[i].data.u64 >> 16 & 1)
                take(ep, fd, service);
            else if (!serve(fd, service, ev[i].events))
                close(fd);
        }
    }
}
