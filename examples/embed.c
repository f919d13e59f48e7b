/* examples/embed.c - a stack inside a program of your own, with its own loop: an echo server.
 *
 *      embed tap:t0 &
 *      ip addr add 10.9.0.1/24 dev t0; ip link set t0 up; nc 10.9.0.2 7 */
#include "tarn/tarn.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static _Alignas(64) char arena[64 << 20];  /* all that the stack will ever use */
static const uint8_t seed[32] = {1, 2, 3}; /* draw it from getrandom() in earnest */

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "embed: %s\n", what);
        exit(1);
    }
}

static tarn_ns clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (tarn_ns)t.tv_sec * 1000000000 + (tarn_ns)t.tv_nsec;
}

/* What is received is sent as it lies; what cannot be sent yet stays received. */
static void echo(struct tarn *st, tarn_sock s, tarn_ns now)
{
    const void *data;
    long n, sent = 1;

    while (sent > 0 && (n = tarn_recv_loan(st, s, &data)) > 0) {
        sent = tarn_send(st, s, data, (size_t)n, now);
        tarn_recv_return(st, s, sent > 0 ? (size_t)sent : 0, now);
    }
    if (sent > 0 && n != -TARN_EAGAIN)
        tarn_close(st, s, now); /* the peer has ended, or is gone */
}

/* Events carry what tarn_set_user() said: 0 the listener's, 1 a connection's. */
static void on_event(struct tarn *st, const struct tarn_event *ev, tarn_ns now)
{
    struct tarn_addr peer;
    tarn_sock s;

    if (ev->user == 1)
        echo(st, ev->sock, now);
    else
        while (tarn_accept(st, ev->sock, &s, &peer) == 0)
            tarn_set_user(st, s, 1);
}

static void turn(struct tarn *st, struct link *l, tarn_ns now)
{
    struct tarn_event ev;
    struct pkt *p;

    while (l->ops->rx(l, &p, 1, now) == 1)
        tarn_input(st, 1, p, now);
    tarn_tick(st, now);
    while (tarn_event(st, &ev))
        on_event(st, &ev, now);
    while ((p = tarn_output(st, 1, now)) != NULL)
        if (l->ops->tx(l, &p, 1, now) != 1)
            pkt_drop(st, p, DROP_QUEUE_LIMIT); /* the link is full: TCP sends it again */
}

int main(int argc, char **argv)
{
    struct tarn_address address = {.port = 1, .prefix = {tarn_ip4(0x0a090002), 96 + 24}};
    struct tarn_port_info info = {.name = "tarn0", .up = true, .carrier = true};
    struct tarn_addr echo_port = {.ip = tarn_ip4(0), .port = 7};
    char why[200] = "";
    struct link_request request = {.error = why, .error_bytes = sizeof why};
    struct tarn *st;
    struct link *l;
    tarn_sock s;

    request.uri = argc > 1 ? argv[1] : "tap:t0";
    must(tarn_init(&st, arena, sizeof arena, NULL, seed, clock_ns()) == 0, "no stack");
    must(link_open_uri(&l, st, &request) == 0, why);
    info.mtu = l->caps.mtu;
    info.offload = l->caps.offload;
    memcpy(info.mac, l->caps.mac, sizeof info.mac);
    must(tarn_port_add(st, &info, NULL) == 1 &&
             tarn_port_set(st, 1, &info, clock_ns(), NULL) == 0 &&
             tarn_address_add(st, &address, clock_ns(), NULL) == 0,
         "no interface");
    must(tarn_open(st, TARN_INET, TARN_STREAM, 0, 0, &s) == 0 &&
             tarn_bind(st, s, &echo_port) == 0 && tarn_listen(st, s, 16) == 0,
         "no listener");
    for (;;) {
        struct pollfd fd = {.fd = l->ops->pollfd(l), .events = POLLIN};

        poll(&fd, 1, tarn_deadline(st) <= clock_ns() ? 0 : 10); /* too early is no harm */
        turn(st, l, clock_ns());
    }
}
