/* tests/sim/churn.c - 10,000 connections one after another, and 2,000 at once, leave nothing
 * behind over either family: no socket, packet, chunk, timer, and the memory in use does not grow
 * with their number. */
#include "tests/sim/net.h"

enum { IN_TURN = 10000, AT_ONCE = 2000 };

static struct net n;
static const struct net_family *family;
static int failed;

static void check(bool good, const char *what)
{
    static int number;

    printf("%sok %d - %s: %s\n", good ? "" : "not ", ++number, family->name, what);
    failed += !good;
}

/* Only the listener is left, of both hosts. */
static bool is_clean(struct sim_host *h, unsigned sockets)
{
    struct tarn_usage u;

    tarn_usage(sim_host_stack(h), &u);
    if (u.sockets == sockets && u.time_wait == 0 && u.packets == 0 && u.chunks == 0 &&
        u.chunk_bytes == 0 && u.timers <= u.neighbours)
        return true;
    printf("# %u sockets, %u in TIME-WAIT, %u packets, %u chunks, %u timers, %u neighbours\n",
           u.sockets, u.time_wait, u.packets, u.chunks, u.timers, u.neighbours);
    return false;
}

static uint64_t arena_bytes(struct sim_host *h)
{
    struct tarn_usage u;

    tarn_usage(sim_host_stack(h), &u);
    return u.arena_bytes;
}

static void one_more(void)
{
    uint64_t want = n.at_client.finished + 1;

    net_connect(&n);
    while (n.at_client.finished < want && n.at_client.failed == 0)
        if (!sim_step(&n.world, TARN_NEVER))
            break;
}

static void in_turn(void)
{
    static const struct sim_host_port like = {.medium = LINK_IP};
    uint64_t early = 0;

    net_up(&n, family->family, 7, "delay=1ms,loss=1%", (struct sim_load){2000, 3000}, &like);
    tarn_param_set(sim_host_stack(n.client), "tcp.time-wait-ms", 1000);
    tarn_param_set(sim_host_stack(n.server), "tcp.time-wait-ms", 1000);
    for (unsigned i = 0; i < IN_TURN && n.at_client.failed == 0; i++) {
        one_more();
        if (i == IN_TURN / 10)
            early = arena_bytes(n.client);
    }
    check(n.at_client.finished == IN_TURN, "10,000 connections in turn");
    if (n.at_client.failed > 0)
        printf("# %s\n", n.at_client.why);
    check(sim_run(&n.world, n.world.now + 600 * UINT64_C(1000000000)), "and ten minutes of rest");
    check(n.at_server.finished == IN_TURN, "the server has seen all of them end");
    check(is_clean(n.client, 0) && is_clean(n.server, 1), "leave nothing behind");
    check(arena_bytes(n.client) <= early + 65536, "and memory has not grown with them");
    net_down(&n);
}

static void at_once(void)
{
    static const struct sim_host_port like = {.medium = LINK_IP};

    net_up(&n, family->family, 8, "delay=10ms,rate=1Gbit", (struct sim_load){2000, 3000}, &like);
    for (unsigned i = 0; i < AT_ONCE; i++)
        net_connect(&n);
    check(sim_run(&n.world, TARN_NEVER), "2,000 connections at once");
    check(n.at_client.finished == AT_ONCE && n.at_server.finished == AT_ONCE, "all finish");
    if (n.at_client.failed + n.at_server.failed > 0)
        printf("# %s; %s\n", n.at_client.why, n.at_server.why);
    check(is_clean(n.client, 0) && is_clean(n.server, 1), "and leave nothing behind");
    net_down(&n);
}

int main(void)
{
    printf("1..%d\n", 8 * NET_FAMILIES);
    for (family = net_families; family < net_families + NET_FAMILIES; family++) {
        in_turn();
        at_once();
    }
    return failed > 0;
}
