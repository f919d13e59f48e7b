/* The client of every measurement: an ordinary program on the kernel's sockets.
 *
 * usage: load send|receive|trip|requests ADDRESS MILLISECONDS [CONNECTIONS]
 *
 *   send      writes to the discard service      bits per second
 *   receive   reads from the source service      bits per second
 *   trip      1 byte to the echo service and back, one at a time: median, microseconds
 *   requests  100 bytes there and back on CONNECTIONS at once: round trips per second
 *
 * Prints one number. The first quarter of the time, but at most 400 ms, warms up and is not
 * counted. */
#include "service.h"

#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../tests/e2e/prog/address.h"

enum { CHUNK = 128 * 1024, REQUEST = 100, TRIPS = 1 << 20, EVENTS = 64, MAX_CONNECTIONS = 1024 };

static struct address to;
static char buf[2 * CHUNK];
static double warm_s, length_s;

static double now_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

_Noreturn static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int connected(enum service service)
{
    struct timeval limit = {.tv_sec = 5};
    int fd = address_socket(&to, SOCK_STREAM);
    int on = 1;

    to.name.four.sin_port = htons((uint16_t)service);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(fd, &to.name.any, to.len) < 0)
        fail("load: connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

/* Bits per second of one flow, as this end sees it. */
static double bulk(int sending)
{
    int fd = connected(sending ? SERVICE_DISCARD : SERVICE_SOURCE);
    double start = now_s(), from = 0, now;
    uint64_t bytes = 0;

    do {
        ssize_t n = sending ? send(fd, buf, CHUNK, MSG_NOSIGNAL) : recv(fd, buf, sizeof(buf), 0);

        if (n <= 0)
            fail("load: bulk");
        now = now_s();
        if (from > 0)
            bytes += (uint64_t)n;
        else if (now - start >= warm_s)
            from = now;
    } while (now - start < length_s);
    return (double)bytes * 8 / (now - from);
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

static double trip(void)
{
    static float us[TRIPS];
    int fd = connected(SERVICE_ECHO);
    double start = now_s(), before = start, now = start;
    int count = 0;

    while (now - start < length_s && count < TRIPS) {
        if (send(fd, "x", 1, MSG_NOSIGNAL) != 1 || recv(fd, buf, 1, 0) != 1)
            fail("load: trip");
        now = now_s();
        if (now - start >= warm_s)
            us[count++] = (float)((now - before) * 1e6);
        before = now;
    }
    qsort(us, (size_t)count, sizeof(us[0]), by_size);
    return count ? us[count / 2] : 0;
}

static void ask(int fd)
{
    if (send(fd, buf, REQUEST, MSG_NOSIGNAL) != REQUEST)
        fail("load: request");
}

static double requests(int connections)
{
    struct epoll_event ev[EVENTS];
    int ep = epoll_create1(0);
    double start = now_s(), now = start, from = 0;
    uint64_t count = 0;

    for (int i = 0; i < connections; i++) {
        ev[0] = (struct epoll_event){.events = EPOLLIN, .data.fd = connected(SERVICE_ECHO)};
        epoll_ctl(ep, EPOLL_CTL_ADD, ev[0].data.fd, &ev[0]);
        ask(ev[0].data.fd);
    }
    while (now - start < length_s) {
        int n = epoll_wait(ep, ev, EVENTS, 5000);

        if (n <= 0)
            fail("load: requests");
        for (int i = 0; i < n; i++) {
            if (recv(ev[i].data.fd, buf, REQUEST, MSG_WAITALL) != REQUEST)
                fail("load: reply");
            ask(ev[i].data.fd);
        }
        now = now_s();
        if (from > 0)
            count += (uint64_t)n;
        else if (now - start >= warm_s)
            from = now;
    }
    return (double)count / (now - from);
}

int main(int argc, char **argv)
{
    int connections = argc > 4 ? atoi(argv[4]) : 64;
    double result;

    if (argc < 4 || !address_read(&to, argv[2], "0") || connections > MAX_CONNECTIONS) {
        fputs("usage: load send|receive|trip|requests ADDRESS MILLISECONDS [CONNECTIONS]\n",
              stderr);
        return 2;
    }
    length_s = atof(argv[3]) / 1000;
    warm_s = length_s / 4 < 0.4 ? length_s / 4 : 0.4;
    if (strcmp(argv[1], "send") == 0 || strcmp(argv[1], "receive") == 0)
        result = bulk(argv[1][0] == 's');
    else
        result = strcmp(argv[1], "trip") == 0 ? trip() : requests(connections);
    printf("%.6g\n", result);
    return 0;
}
