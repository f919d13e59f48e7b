/* tests/sim/buffers.c - buffers grow with need, up to their cap, and not without need, over both
 * families. */
#include "tests/sim/net.h"

#define SECOND UINT64_C(1000000000)

static struct net n;
static const struct net_family *family;
static int failed;

static void check(bool good, const char *what, double got)
{
    static int number;

    printf("%sok %d - %s, %s (%.3f)\n", good ? "" : "not ", ++number, family->name, what, got);
    failed += !good;
}

static const struct sim_host_port bare = {.medium = LINK_IP};

/* 100 Mbit/s over 80 ms need 1 MB in flight; the buffers begin with 64 and 128 KiB. */
static void long_path(void)
{
    uint64_t bytes;

    net_up(&n, family->family, 1, "delay=40ms,rate=100Mbit",
           (struct sim_load){UINT64_C(1) << 40, 0}, &bare);
    net_connect(&n);
    net_check(sim_run(&n.world, 10 * SECOND), "the world stands still");
    bytes = n.at_server.bytes_in;
    net_check(sim_run(&n.world, 15 * SECOND), "the world stands still");
    bytes = n.at_server.bytes_in - bytes;
    check((double)bytes * 8 / 5 > 0.95 * 100e6 * (1468 - family->ip_bytes) / 1500,
          "a long path is filled, of 100 Mbit/s", (double)bytes * 8 / 5 / 1e6);
    net_down(&n);
}

/* With the caps at where the buffers begin, a window of 64 KiB a round trip is all there is. */
static void capped(void)
{
    uint64_t bytes;

    net_up(&n, family->family, 1, "delay=40ms,rate=100Mbit",
           (struct sim_load){UINT64_C(1) << 40, 0}, &bare);
    tarn_param_set(sim_host_stack(n.client), "tcp.wmem-max", 65536);
    net_connect(&n);
    net_check(sim_run(&n.world, 10 * SECOND), "the world stands still");
    bytes = n.at_server.bytes_in;
    net_check(sim_run(&n.world, 15 * SECOND), "the world stands still");
    bytes = n.at_server.bytes_in - bytes;
    check((double)bytes / 5 < 1.1 * 65536 / 0.08, "a cap holds, KiB in flight",
          (double)bytes / 5 * 0.08 / 1024);
    net_down(&n);
}

static void accept_only(struct sim_host *h, void *ctx, const struct tarn_event *ev, tarn_ns now)
{
    struct tarn_addr peer;
    tarn_sock s;

    (void)ctx;
    (void)now;
    if (ev->user == 0 && tarn_accept(sim_host_stack(h), n.at_server.listener, &s, &peer) == 0)
        tarn_set_user(sim_host_stack(h), s, 1);
}

/* Nobody reads: the window closes, and what is held is what the buffer began with. */
static void reader_asleep(void)
{
    struct tarn_usage client, server;
    int64_t most = 0;

    net_up(&n, family->family, 1, "delay=1ms", (struct sim_load){UINT64_C(1) << 40, 0}, &bare);
    sim_host_set_app(n.server, (struct sim_host_app){.on_event = accept_only});
    net_connect(&n);
    net_check(sim_run(&n.world, 60 * SECOND), "the world stands still");
    tarn_usage(sim_host_stack(n.server), &server);
    tarn_usage(sim_host_stack(n.client), &client);
    tarn_param_get(sim_host_stack(n.server), "tcp.rmem-default", &most);
    check(server.chunk_bytes <= 2 * (uint64_t)most,
          "an idle reader's buffer does not grow, KiB held", (double)server.chunk_bytes / 1024);
    check(client.chunk_bytes <= 8 * 65536, "nor does its sender's, KiB held",
          (double)client.chunk_bytes / 1024);
    check(tarn_stat(sim_host_stack(n.client), TARN_STAT_TCP_TIMEOUTS) == 0, "without a timeout", 0);
    net_down(&n);
}

/* T30: a send buffer that tunes itself must not come to a stall, not after minutes of growth, loss
 * and recovery either. */
static void soak(void)
{
    uint64_t bytes = 0, slowest = UINT64_MAX;

    net_up(&n, family->family, 1, "delay=400ms,rate=1Mbit,loss=0.1%",
           (struct sim_load){UINT64_C(1) << 40, 0}, &bare);
    net_connect(&n);
    for (unsigned minute = 1; minute <= 10; minute++) {
        net_check(sim_run(&n.world, minute * 60 * SECOND), "the world stands still");
        slowest = n.at_server.bytes_in - bytes < slowest ? n.at_server.bytes_in - bytes : slowest;
        bytes = n.at_server.bytes_in;
    }
    check(slowest > 60 * 64000, "ten minutes of a growing buffer, the slowest's KiB in flight",
          (double)slowest / 60 * 0.8 / 1024);
    net_down(&n);
}

int main(void)
{
    printf("1..%d\n", 6 * NET_FAMILIES);
    for (family = net_families; family < net_families + NET_FAMILIES; family++) {
        long_path();
        capped();
        reader_asleep();
        soak();
    }
    return failed > 0;
}
