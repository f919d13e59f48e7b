/* The services as a program on the library: one thread turns the library's loop and acts on its
 * events. No descriptor, no system call stands between it and the stack.
 *
 * usage: sink LINK CIDR */
#include "service.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/loop.h"
#include "run/stack.h"
#include "tarn/sock.h"
#include "tarn/tarn.h"

enum { CHUNK = 256 * 1024, LISTENER = 1 << 16 };

static char buf[CHUNK];

/* Takes what has come, through one copy into a buffer as a program would; false at the end. */
static bool discard(struct tarn *st, tarn_sock s, tarn_ns now)
{
    long n;

    while ((n = tarn_recv(st, s, buf, sizeof buf, now)) > 0)
        ;
    return n == -TARN_EAGAIN;
}

static bool echo(struct tarn *st, tarn_sock s, tarn_ns now)
{
    long n;

    while ((n = tarn_recv(st, s, buf, sizeof buf, now)) > 0)
        if (tarn_send(st, s, buf, (size_t)n, now) != n)
            return false;
    return n == -TARN_EAGAIN;
}

/* Sends until the queue is full. */
static bool source(struct tarn *st, tarn_sock s, unsigned ready, tarn_ns now)
{
    long n = 1;

    while (ready & TARN_OUT && n > 0)
        n = tarn_send(st, s, buf, sizeof buf, now);
    return (n > 0 || n == -TARN_EAGAIN) && (!(ready & TARN_IN) || discard(st, s, now));
}

static void accept_all(struct tarn *st, tarn_sock listener, uint64_t service, tarn_ns now)
{
    struct tarn_addr peer;
    tarn_sock s;

    while (tarn_accept(st, listener, &s, &peer) == 0) {
        tarn_set_user(st, s, service);
        tarn_setopt(st, s, TARN_SO_TCP_NODELAY, 1, now);
        if (service == SERVICE_SOURCE && !source(st, s, TARN_OUT, now))
            tarn_close(st, s, now);
    }
}

static void on_event(void *ctx, struct tarn *st, const struct tarn_event *ev, tarn_ns now)
{
    bool going_on;

    (void)ctx;
    if (ev->kind != TARN_EVENT_SOCKET)
        return;
    if (ev->user & LISTENER) {
        accept_all(st, ev->sock, ev->user & ~(uint64_t)LISTENER, now);
        return;
    }
    if (ev->user == SERVICE_SOURCE)
        going_on = source(st, ev->sock, ev->ready, now);
    else
        going_on = ev->user == SERVICE_ECHO ? echo(st, ev->sock, now) : discard(st, ev->sock, now);
    if (!going_on || ev->ready & TARN_ERR)
        tarn_close(st, ev->sock, now);
}

/* By both families. */
static int listen_at(struct tarn *st, uint16_t service)
{
    struct tarn_addr at = {.port = service};
    tarn_sock s;
    int err = tarn_open(st, TARN_INET6, TARN_STREAM, 0, LISTENER | service, &s);

    if (err == 0)
        err = tarn_bind(st, s, &at);
    return err ? err : tarn_listen(st, s, 1024);
}

/* "10.0.0.2/24" or "fd00::2/64" */
static bool read_prefix(const char *text, struct tarn_prefix *out)
{
    char ip[INET6_ADDRSTRLEN];
    struct in_addr four;
    unsigned len;

    if (sscanf(text, "%45[^/]/%u", ip, &len) != 2 || len > 128)
        return false;
    out->len = (uint8_t)len;
    if (inet_pton(AF_INET, ip, &four) != 1)
        return inet_pton(AF_INET6, ip, out->ip.b) == 1;
    *out = (struct tarn_prefix){.ip = tarn_ip4(ntohl(four.s_addr)), .len = (uint8_t)(96 + len)};
    return len <= 32;
}

int main(int argc, char **argv)
{
    struct run_stack_config config = {.event = on_event};
    struct tarn_address address = {.flags = TARN_ADDRESS_NODAD};
    struct run_link link = {.addresses = &address, .n_addresses = 1};
    struct run_stack stack;
    char error[256] = "";

    if (argc != 3 || !read_prefix(argv[2], &address.prefix)) {
        fputs("usage: sink LINK CIDR\n", stderr);
        return 2;
    }
    link.uri = argv[1];
    if (run_stack_open(&stack, &config, error, sizeof error) != 0 ||
        run_stack_link(&stack, &link, error, sizeof error) != 0 ||
        listen_at(stack.st, SERVICE_ECHO) || listen_at(stack.st, SERVICE_DISCARD) ||
        listen_at(stack.st, SERVICE_SOURCE)) {
        fprintf(stderr, "sink: %s\n", error);
        return 1;
    }
    while (run_loop_turn(stack.loop, TARN_NEVER) >= -TARN_EINTR)
        ;
    return 0;
}
