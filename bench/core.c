/* What the core itself costs: two stacks joined in memory move bytes, in virtual time, with no
 * system call between. Run under a tool that counts instructions, and divided by what it prints.
 *
 * usage: core bulk|requests COUNT [OFFLOAD]
 *
 *   bulk      COUNT MB from one stack to the other
 *   requests  COUNT bytes there and back, one at a time
 *   OFFLOAD   off: segments of one MSS with checksums, as on a plain Ethernet
 *
 * Prints one JSON object: segments and packets of both stacks, bytes, and bytes copied. Only what
 * happens in work() is meant to be counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tarn/control.h"
#include "tarn/link.h"
#include "tarn/sock.h"
#include "tarn/tarn.h"
#include "tarn/trace.h"

enum { ARENA = 64 << 20, CHUNK = 64 * 1024, MTU = 1500, PORT = 80, PASSES = 64 };

struct host {
    struct tarn *st;
    struct link *link;
    unsigned port;
    tarn_sock sock;
};

static struct host client, server;
static tarn_ns now = 1000000000;
static char buf[CHUNK];

_Noreturn static void fail(const char *what, int err)
{
    fprintf(stderr, "core: %s: %d\n", what, err);
    exit(1);
}

static void host_init(struct host *h, uint8_t seed)
{
    uint8_t seeds[32] = {seed};
    struct tarn_config config = {0};
    void *arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int err = arena == MAP_FAILED ? -1 : tarn_init(&h->st, arena, ARENA, &config, seeds, now);

    if (err < 0)
        fail("tarn_init", err);
}

static void host_up(struct host *h, uint32_t address, bool offload)
{
    struct tarn_port_info info = {.name = "tarn0", .mtu = MTU, .up = true, .carrier = true};
    struct tarn_address a = {.prefix = {.ip = tarn_ip4(address), .len = 96 + 24}};
    struct tarn_control_error e = {0};
    int port;

    info.medium = h->link->caps.medium;
    info.offload = offload ? h->link->caps.offload : 0;
    memcpy(info.mac, h->link->caps.mac, sizeof info.mac);
    port = tarn_port_add(h->st, &info, &e);
    if (port < 0 || tarn_port_set(h->st, (unsigned)port, &info, now, &e) < 0)
        fail(e.text, port);
    a.port = h->port = (unsigned)port;
    if (tarn_address_add(h->st, &a, now, &e) < 0)
        fail(e.text, -1);
}

/* Packets of `from` go to `to`; returns how many. */
static unsigned pass(struct host *from, struct host *to)
{
    struct pkt *p;
    unsigned n = 0;

    while (n < PASSES && (p = tarn_output(from->st, from->port, now))) {
        if (from->link->ops->tx(from->link, &p, 1, now) != 1)
            fail("pair is full", 0);
        n++;
    }
    while (to->link->ops->rx(to->link, &p, 1, now) == 1)
        tarn_input(to->st, to->port, p, now);
    return n;
}

/* Lets the packets cross until none moves, then the time jumps to the next deadline if it is near.
 */
static void turn(void)
{
    struct tarn_event ev;

    now += 1000;
    while (pass(&client, &server) + pass(&server, &client))
        ;
    while (tarn_event(client.st, &ev) || tarn_event(server.st, &ev))
        ;
    tarn_tick(client.st, now);
    tarn_tick(server.st, now);
}

static void meet(void)
{
    struct tarn_addr at = {.ip = tarn_ip4(0x0a000002), .port = PORT};
    tarn_sock listener;
    int err;

    if (tarn_open(server.st, TARN_INET, TARN_STREAM, 0, 0, &listener) ||
        tarn_bind(server.st, listener, &at) || tarn_listen(server.st, listener, 8) ||
        tarn_open(client.st, TARN_INET, TARN_STREAM, 0, 0, &client.sock))
        fail("sockets", 0);
    err = tarn_connect(client.st, client.sock, &at, now);
    if (err != -TARN_EINPROGRESS)
        fail("connect", err);
    for (int i = 0; i < 100; i++) {
        turn();
        if (tarn_accept(server.st, listener, &server.sock, &at) == 0)
            return;
    }
    fail("accept", 0);
}

static void bulk(long bytes)
{
    long sent = 0, got = 0, n;

    for (long stalled = 0; got < bytes && stalled < 100000; stalled++) {
        n = sent < bytes ? tarn_send(client.st, client.sock, buf, CHUNK, now) : 0;
        sent += n > 0 ? n : 0;
        turn();
        while ((n = tarn_recv(server.st, server.sock, buf, CHUNK, now)) > 0) {
            got += n;
            stalled = 0;
        }
    }
    if (got < bytes)
        fail("bulk stalls", (int)(got >> 10));
}

static void requests(long count)
{
    for (long i = 0; i < count; i++) {
        tarn_send(client.st, client.sock, buf, 1, now);
        turn();
        if (tarn_recv(server.st, server.sock, buf, CHUNK, now) != 1)
            fail("request", (int)i);
        tarn_send(server.st, server.sock, buf, 1, now);
        turn();
        if (tarn_recv(client.st, client.sock, buf, CHUNK, now) != 1)
            fail("reply", (int)i);
    }
}

/* The part that is counted. */
__attribute__((noinline)) static void work(bool is_bulk, long count)
{
    if (is_bulk)
        bulk(count * 1000000);
    else
        requests(count);
}

static unsigned long long both(enum tarn_stat stat)
{
    return tarn_stat(client.st, stat) + tarn_stat(server.st, stat);
}

int main(int argc, char **argv)
{
    bool offload = argc < 4 || strcmp(argv[3], "off") != 0;
    int err;

    if (argc < 3) {
        fputs("usage: core bulk|requests COUNT [off]\n", stderr);
        return 2;
    }
    host_init(&client, 1);
    host_init(&server, 2);
    err = link_open_pair(&client.link, client.st, &server.link, server.st, MTU);
    if (err < 0)
        fail("pair", err);
    host_up(&client, 0x0a000001, offload);
    host_up(&server, 0x0a000002, offload);
    meet();
    work(strcmp(argv[1], "bulk") == 0, atol(argv[2]));
    printf("{\"segments\":%llu,\"packets\":%llu,\"bytes\":%llu,\"copied\":%llu}\n",
           both(TARN_STAT_TCP_SEGS_OUT),
           (unsigned long long)client.link->tx_packets + server.link->tx_packets,
           both(TARN_STAT_TCP_BYTES_IN),
           both(TARN_STAT_TCP_COPIES_IN) + both(TARN_STAT_TCP_COPIES_OUT));
    return 0;
}
