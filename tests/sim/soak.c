/* tests/sim/soak.c - more bytes than sequence numbers through one connection: they wrap, and so
 * does everything that is counted in 32 bits of them. */
#include "tests/sim/net.h"

#include "tarn/sock.h"

/* A little more than once around. */
static const uint64_t bytes = (UINT64_C(1) << 32) + 50000000;

static const struct sim_host_port large = {
    .medium = LINK_IP, .mtu = 65535, .offload = LINK_CSUM_TX | LINK_CSUM_RX};

static bool around(const struct net_family *f, const char *impairment, struct net *n)
{
    struct sim_load load = {bytes, 1000};

    net_up(n, f->family, 77, impairment, load, &large);
    net_connect(n);
    net_check(sim_run(&n->world, TARN_NEVER), "the world stands still");
    return n->at_client.finished == 1 && n->at_server.finished == 1 &&
           n->at_server.bytes_in == bytes;
}

int main(void)
{
    static struct net n;
    bool good = around(&net_families[0], "delay=1ms,loss=0.01%", &n);

    printf("1..1\n%sok 1 - %llu bytes through one connection, in %.1f s of its time\n",
           good ? "" : "not ", (unsigned long long)bytes, (double)n.at_server.last / 1e9);
    if (!good)
        printf("# client: %s; server: %s\n", n.at_client.why, n.at_server.why);
    net_down(&n);
    return !good;
}
