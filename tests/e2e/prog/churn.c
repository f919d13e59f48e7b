/* Many connections: one after another or all at once, each with its own number sent and echoed.
 *
 * usage: churn serve ADDRESS PORT          echoes until SIGTERM, then prints `served N`
 *        churn serial N ADDRESS PORT       N connections one after another
 *        churn many N ADDRESS PORT         N connections open at once
 *
 * The clients print `good N errors N descriptors N`; the last is how many more are open at the end
 * than at the beginning. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"

enum { BATCH = 256, WAIT_MS = 60000 };

static struct address addr;
static volatile sig_atomic_t stopped;

static void on_term(int sig)
{
    (void)sig;
    stopped = 1;
}

static int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    if (!dir)
        return -1;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void allow_descriptors(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int complain(const char *what)
{
    fprintf(stderr, "churn: %s: %s\n", what, strerror(errno));
    return 0;
}

/* Sends the number and wants it back; 1 when it came. */
static int exchange(int fd, uint64_t number)
{
    uint64_t back = 0;

    if (send(fd, &number, sizeof(number), MSG_NOSIGNAL) != sizeof(number))
        return complain("send");
    if (recv(fd, &back, sizeof(back), MSG_WAITALL) != sizeof(back))
        return complain("receive");
    if (back != number)
        fprintf(stderr, "churn: sent %llu, got %llu\n", (unsigned long long)number,
                (unsigned long long)back);
    return back == number;
}

static int serial(long n)
{
    int good = 0;

    for (long i = 0; i < n; i++) {
        int fd = address_socket(&addr, SOCK_STREAM);

        if (connect(fd, &addr.name.any, addr.len) < 0)
            complain("connect");
        else
            good += exchange(fd, (uint64_t)i);
        close(fd);
    }
    return good;
}

static int begin(void)
{
    int fd = address_socket(&addr, SOCK_STREAM | SOCK_NONBLOCK);

    if (fd < 0)
        complain("socket");
    else if (connect(fd, &addr.name.any, addr.len) < 0 && errno != EINPROGRESS)
        complain("connect");
    return fd;
}

/* Waits for the connection, then makes the descriptor blocking; 1 when it is there. */
static int established(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int err = 0;
    socklen_t len = sizeof(err);

    if (poll(&p, 1, WAIT_MS) != 1)
        return complain("poll");
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
        return complain("SO_ERROR");
    errno = err;
    return err ? complain("connect") : fcntl(fd, F_SETFL, 0) == 0;
}

static int many(long n)
{
    int *fds = calloc((size_t)n, sizeof(*fds));
    int good = 0;

    if (!fds)
        return 0;
    for (long i = 0; i < n; i++)
        fds[i] = begin();
    for (long i = 0; i < n; i++)
        if (!established(fds[i])) {
            close(fds[i]);
            fds[i] = -1;
        }
    for (long i = 0; i < n; i++)
        good += fds[i] >= 0 && exchange(fds[i], (uint64_t)i);
    for (long i = 0; i < n; i++)
        close(fds[i]);
    free(fds);
    return good;
}

static void watch(int ep, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0)
        complain("epoll_ctl");
}

static void echo(int fd)
{
    char buf[4096];
    ssize_t n = recv(fd, buf, sizeof(buf), 0);

    if (n <= 0 || send(fd, buf, (size_t)n, MSG_NOSIGNAL) != n)
        close(fd);
}

/* One more connection to watch, if one waits. Returns how many. */
static int admit(int ep, int listener)
{
    int conn = accept(listener, NULL, NULL);

    if (conn >= 0)
        watch(ep, conn);
    return conn >= 0;
}

static int serve(void)
{
    struct epoll_event ev[BATCH];
    struct sigaction sa = {.sa_handler = on_term};
    int fd = address_socket(&addr, SOCK_STREAM | SOCK_NONBLOCK);
    int ep = epoll_create1(0);
    int on = 1;
    long served = 0;

    sigaction(SIGTERM, &sa, NULL);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, &addr.name.any, addr.len) < 0 || listen(fd, 4096) < 0)
        return complain("listen") + 1;
    watch(ep, fd);
    while (!stopped) {
        int n = epoll_wait(ep, ev, BATCH, -1);

        for (int i = 0; i < n; i++) {
            if (ev[i].data.fd != fd)
                echo(ev[i].data.fd);
            else
                served += admit(ep, fd);
        }
    }
    printf("served %ld\n", served);
    return 0;
}

static int client(const char *how, long n)
{
    int before = open_descriptors();
    int good = strcmp(how, "many") == 0 ? many(n) : serial(n);

    printf("good %d errors %ld descriptors %d\n", good, n - good, open_descriptors() - before);
    return good == n ? 0 : 1;
}

int main(int argc, char **argv)
{
    int is_server = argc == 4 && strcmp(argv[1], "serve") == 0;

    if ((!is_server && argc != 5) || !address_read(&addr, argv[argc - 2], argv[argc - 1])) {
        fputs("usage: churn serve|serial N|many N ADDRESS PORT\n", stderr);
        return 2;
    }
    allow_descriptors();
    return is_server ? serve() : client(argv[1], atol(argv[2]));
}
