/* tests/sim/integrity.c - whatever a link does, every byte arrives, once, in order, in both
 * directions, over both families. */
#include "tests/sim/net.h"

static const struct sim_host_port ethernet = {.medium = LINK_ETHERNET};
static const struct sim_host_port bare = {.medium = LINK_IP};
static const struct sim_host_port segmenting = {.medium = LINK_ETHERNET,
                                                .offload = LINK_CSUM_TX | LINK_GSO_TX};

static const struct {
    const char *impairment;
    uint64_t bytes; /* each way */
    const struct sim_host_port *like;
} cases[] = {
    {"delay=0ms", 20000000, &ethernet},
    {"delay=20ms,rate=100Mbit", 20000000, &ethernet},
    {"delay=20ms,rate=100Mbit,queue=20", 20000000, &segmenting},
    {"delay=20ms,loss=1%", 5000000, &ethernet},
    {"delay=20ms,loss=1%", 5000000, &segmenting},
    {"delay=20ms,loss=1%", 5000000, &bare},
    {"delay=5ms,loss=5%", 2000000, &ethernet},
    {"delay=5ms,loss=10%", 1000000, &ethernet},
    {"delay=5ms,loss=30%", 100000, &ethernet},
    {"delay=5ms,duplicate=20%", 2000000, &ethernet},
    {"delay=5ms,reorder=20%", 2000000, &ethernet},
    {"reorder=5%", 2000000, &ethernet},
    {"delay=5ms,corrupt=5%", 1000000, &bare},
    {"delay=5ms,jitter=5ms", 2000000, &ethernet},
    {"delay=5ms,loss=1%,duplicate=1%,reorder=1%,corrupt=1%", 2000000, &bare},
    {"delay=5ms,loss=5%,duplicate=5%,reorder=5%,corrupt=5%", 1000000, &bare},
    {"delay=5ms,loss=10%,duplicate=10%,reorder=10%,corrupt=10%", 300000, &bare},
    {"delay=5ms,loss=30%,duplicate=10%,reorder=10%,corrupt=10%", 50000, &bare},
    {"tx:loss=20%,rx:delay=50ms", 1000000, &ethernet},
    {"rx:loss=20%,tx:delay=50ms", 1000000, &ethernet},
};

enum { N_CASES = sizeof cases / sizeof cases[0] };

/* A corrupted packet may say anything but what the checksum of TCP lets through: none may pass. */
static bool arrives(unsigned i, const struct net_family *f, struct net *n)
{
    struct sim_load load = {cases[i].bytes, cases[i].bytes};

    net_up(n, f->family, 1000 + i, cases[i].impairment, load, cases[i].like);
    net_connect(n);
    net_check(sim_run(&n->world, TARN_NEVER), "the world stands still");
    return n->at_client.finished == 1 && n->at_server.finished == 1 && n->at_client.failed == 0 &&
           n->at_server.failed == 0;
}

static bool try_case(unsigned i, const struct net_family *f)
{
    static struct net n;
    static int number;
    bool good = arrives(i, f, &n);

    printf("%sok %d - %s, %s: %llu bytes each way in %.3f s\n", good ? "" : "not ", ++number,
           f->name, cases[i].impairment, (unsigned long long)cases[i].bytes,
           (double)n.at_server.last / 1e9);
    if (!good)
        printf("# client: %s; server: %s\n", n.at_client.why, n.at_server.why);
    net_down(&n);
    return good;
}

int main(void)
{
    int failed = 0;

    printf("1..%d\n", N_CASES * NET_FAMILIES);
    for (unsigned f = 0; f < NET_FAMILIES; f++)
        for (unsigned i = 0; i < N_CASES; i++)
            failed += !try_case(i, &net_families[f]);
    return failed > 0;
}
