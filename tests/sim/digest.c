/* tests/sim/digest.c - prints the digest of a transfer of N bytes over IPv4 at 10 % loss, and of a
 * tenth as many over IPv6: of all frames, events and times. It must be the same in a second run,
 * and when both arenas are moved after every 1,000th event; scripts/digest compares it between
 * compilers and machines.
 *
 *      digest BYTES */
#include <inttypes.h>

#include "tests/sim/net.h"

static uint64_t run(enum tarn_family family, uint64_t bytes, unsigned move_every, uint64_t *frames)
{
    static const struct sim_host_port like = {.medium = LINK_ETHERNET};
    static struct net n;
    uint64_t sum;

    net_up(&n, family, 1,
           "loss=10%,delay=5ms,jitter=1ms,rate=1Gbit,duplicate=1%,reorder=1%,corrupt=1%",
           (struct sim_load){bytes, bytes / 10}, &like);
    sim_host_move_every(n.client, move_every);
    sim_host_move_every(n.server, move_every);
    net_connect(&n);
    net_check(sim_run(&n.world, TARN_NEVER), "the world stands still");
    net_check(n.at_client.failed == 0, n.at_client.why);
    net_check(n.at_server.failed == 0, n.at_server.why);
    net_check(n.at_client.finished == 1 && n.at_server.finished == 1,
              "the transfer did not finish");
    sum = n.world.digest.sum;
    *frames = n.world.frames;
    net_down(&n);
    return sum;
}

static void one_family(const struct net_family *f, uint64_t bytes)
{
    static int number;
    uint64_t frames, first = run(f->family, bytes, 0, &frames);

    printf("digest %016" PRIx64 " of %" PRIu64 " bytes in %" PRIu64 " frames over %s\n", first,
           bytes, frames, f->name);
    printf("%sok %d - a second run over %s is the same\n",
           run(f->family, bytes, 0, &frames) == first ? "" : "not ", ++number, f->name);
    printf("%sok %d - moved arenas over %s are the same\n",
           run(f->family, bytes, 1000, &frames) == first ? "" : "not ", ++number, f->name);
}

int main(int argc, char **argv)
{
    uint64_t bytes = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;

    printf("1..4\n");
    one_family(&net_families[0], bytes);
    one_family(&net_families[1], bytes / 10);
    return 0;
}
