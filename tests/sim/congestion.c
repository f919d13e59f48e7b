/* tests/sim/congestion.c - one flow on a bottleneck: window, period of losses and use of the link,
 * against what the laws give and Linux 6.18 was measured to do.
 *
 * Setting: 10 Mbit/s, round trip 40 ms, a queue of 34 packets (one bandwidth-delay product),
 * packets of 1500 bytes, 200 s of which the last 150 are counted, the window looked at each 10 ms.
 */
#include <string.h>

#include "tests/sim/net.h"

#define SECOND UINT64_C(1000000000)
#define MS     UINT64_C(1000000)

struct result {
    double mean, least, most; /* congestion window, segments */
    double period_s, goodput; /* between losses; bytes per second */
    unsigned timeouts;
};

static const struct net_family *family;
static int failed;

static void check(const char *what, double got, double low, double high)
{
    static int number;
    bool good = got >= low && got <= high;

    printf("%sok %d - %s, %s: %.2f, to be %.2f to %.2f\n", good ? "" : "not ", ++number,
           family->name, what, got, low, high);
    failed += !good;
}

static struct net n;

static struct tarn_tcp_info look(void)
{
    struct tarn_tcp_info info = {0};
    tarn_sock s;

    if (sim_traffic_sock(&n.at_client, &s))
        tarn_tcp_info(sim_host_stack(n.client), s, &info, n.world.now);
    return info;
}

static void measure(struct result *r, tarn_ns from, tarn_ns to)
{
    struct tarn *st;
    uint64_t episodes, timeouts, bytes;
    unsigned samples = 0;

    *r = (struct result){.least = 1e9};
    net_check(sim_run(&n.world, from), "the world stands still");
    st = sim_host_stack(n.client);
    episodes = tarn_stat(st, TARN_STAT_TCP_FAST_RECOVERIES);
    timeouts = tarn_stat(st, TARN_STAT_TCP_TIMEOUTS);
    bytes = n.at_server.bytes_in;
    for (tarn_ns t = from; t < to; t += 10 * MS, samples++) {
        double cwnd = look().snd_cwnd_segs;

        r->mean += cwnd;
        r->least = cwnd < r->least ? cwnd : r->least;
        r->most = cwnd > r->most ? cwnd : r->most;
        net_check(sim_run(&n.world, t + 10 * MS), "the world stands still");
    }
    r->mean /= samples;
    r->period_s = (double)(to - from) / 1e9 /
                  (double)(tarn_stat(st, TARN_STAT_TCP_FAST_RECOVERIES) - episodes);
    r->goodput = (double)(n.at_server.bytes_in - bytes) / ((double)(to - from) / 1e9);
    r->timeouts = (unsigned)(tarn_stat(st, TARN_STAT_TCP_TIMEOUTS) - timeouts);
}

static struct result flow(const char *cc)
{
    static const struct sim_host_port like = {.medium = LINK_IP};
    struct result r;

    net_up(&n, family->family, 1, "delay=20ms,tx:rate=10Mbit,queue=34",
           (struct sim_load){UINT64_C(1) << 40, 0}, &like);
    tarn_set_default_cc(sim_host_stack(n.client), cc);
    net_connect(&n);
    measure(&r, 50 * SECOND, 200 * SECOND);
    net_down(&n);
    return r;
}

static void both_algorithms(void)
{
    double line = 10e6 / 8 * (1468 - family->ip_bytes) / 1500;
    struct result r;

    r = flow("reno"); /* sawtooth between half the pipe and all of it */
    check("reno, mean window", r.mean, 50, 55);
    check("reno, least window", r.least, 33, 36);
    check("reno, largest window", r.most, 67, 72);
    check("reno, seconds between losses", r.period_s, 2.2, 2.45);
    check("reno, use of the link", r.goodput / line, 0.98, 1.005);
    check("reno, timeouts", r.timeouts, 0, 0);
    r = flow("cubic");
    check("cubic, mean window", r.mean, 58, 64);
    check("cubic, use of the link", r.goodput / line, 0.98, 1.005);
    check("cubic, timeouts", r.timeouts, 0, 0);
}

int main(void)
{
    printf("1..%d\n", 9 * NET_FAMILIES);
    for (family = net_families; family < net_families + NET_FAMILIES; family++)
        both_algorithms();
    return failed > 0;
}
