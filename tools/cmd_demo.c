/* tools/cmd_demo.c - tarn demo: two stacks on an impaired wire, in this process and in virtual
 * time, and an account of what happens. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/traffic.h"
#include "sim/wire.h"
#include "tools/options.h"
#include "tools/tool.h"
#include "tools/values.h"

enum { CLIENT = 0x0a000001, SERVER = 0x0a000002, PORT = 80, ROWS = 12, BAR = 40, SETS = 16 };

#define PATIENCE (UINT64_C(3600) * 1000000000) /* a transfer that takes longer is given up */

struct demo {
    struct options_common common;
    const char *impairment;
    uint64_t bytes, seed;
    const char *cc; /* NULL: the default */
    struct demo_set {
        const char *text; /* as it was given */
        struct tarn_param param;
        int64_t value;
    } set[SETS]; /* parameters of both stacks */
    unsigned n_sets;

    struct sim_world world;
    struct sim_host *client, *server;
    struct sim_wire *wire;
    struct sim_traffic at_client, at_server;
    struct tarn_tcp_info info; /* of the client's connection, when it was last seen */
};

static bool set_impair(void *into, struct option_use *use)
{
    struct impair_spec spec;
    char error[160];

    if (impair_parse(use->value, &spec, error, sizeof error) < 0)
        return option_refuse(use, "%s", error);
    ((struct demo *)into)->impairment = use->value;
    return true;
}

static bool set_bytes(void *into, struct option_use *use)
{
    static const struct value_range range = {"count", 1, 1000000000};

    return value_number(use->value, strlen(use->value), &range, &((struct demo *)into)->bytes, use);
}

static bool set_seed(void *into, struct option_use *use)
{
    static const struct value_range range = {"seed", 0, UINT64_MAX};

    return value_number(use->value, strlen(use->value), &range, &((struct demo *)into)->seed, use);
}

static bool set_cc(void *into, struct option_use *use)
{
    return value_cc(use->value, &((struct demo *)into)->cc, use);
}

static bool set_param(void *into, struct option_use *use)
{
    struct demo *d = into;
    struct demo_set *set = &d->set[d->n_sets];

    if (d->n_sets == SETS)
        return option_refuse(use, "more than %d parameters; leave one out", SETS);
    if (!value_param(use->value, &set->param, &set->value, use))
        return false;
    set->text = use->value;
    d->n_sets++;
    return true;
}

static const struct option options[] = {
    {"impair", 0, "SPEC", "what the wire does, as for tarn run", set_impair},
    {"bytes", 0, "N", "how many the client sends [2000000]", set_bytes},
    {"seed", 0, "N", "of every draw [1]", set_seed},
    {"cc", 0, "NAME", "congestion control [cubic]", set_cc},
    {"set", 0, "NAME=VALUE", "a parameter of both stacks, as in tcp.sack=0", set_param},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct command demo_command = {
    .name = "demo",
    .operands = "",
    .about =
        "Joins two stacks in this process by a wire that is bad on purpose, sends data over it\n"
        "in virtual time and tells what happens. Equal options give equal runs.",
    .example = "tarn demo --impair delay=50ms,loss=3%,rate=5Mbit",
    .options = options,
    .usage_status = TOOL_USAGE,
};

static bool host_up(struct demo *d, const char *name, uint32_t ip, struct sim_traffic *app,
                    struct sim_host **out)
{
    struct sim_host_port port = {.address = {{tarn_ip4(ip), 96 + 24}}, .medium = LINK_ETHERNET};
    struct sim_host_config cfg = {.ports = &port, .n_ports = 1, .app = sim_traffic_app(app)};
    int err = sim_host_new(&d->world, name, &cfg, out);

    if (err == 0 && d->cc != NULL)
        err = tarn_set_default_cc(sim_host_stack(*out), d->cc);
    for (unsigned i = 0; i < d->n_sets && err == 0; i++)
        err = tarn_param_set(sim_host_stack(*out), d->set[i].param.name, d->set[i].value);
    if (err < 0)
        fprintf(stderr,
                "tarn: demo: the stack of the %s does not come up: %s; end another program\n", name,
                strerror(-err));
    return err == 0;
}

static bool world_up(struct demo *d)
{
    const struct tarn_ip server = tarn_ip4(SERVER);
    char error[160];

    sim_world_init(&d->world, d->seed);
    d->at_client.load.out = d->at_server.load.in = d->bytes;
    if (!host_up(d, "client", CLIENT, &d->at_client, &d->client) ||
        !host_up(d, "server", SERVER, &d->at_server, &d->server))
        return false;
    d->wire = sim_wire_new(&d->world, "wire", d->impairment, error, sizeof error);
    sim_join(sim_host_node(d->client), 0, sim_wire_node(d->wire), 0);
    sim_join(sim_host_node(d->server), 0, sim_wire_node(d->wire), 1);
    return sim_traffic_listen(&d->at_server, d->server, PORT) == 0 &&
           sim_traffic_connect(&d->at_client, d->client, &server, PORT) == 0;
}

static double seconds(tarn_ns t)
{
    return (double)t / 1e9;
}

static bool look(struct demo *d)
{
    tarn_sock s;

    return sim_traffic_sock(&d->at_client, &s) &&
           tarn_tcp_info(sim_host_stack(d->client), s, &d->info, d->world.now) == 0;
}

static void print_row(const struct demo *d)
{
    unsigned bar = d->info.snd_cwnd_segs < BAR ? d->info.snd_cwnd_segs : BAR;

    printf("%10.3f s %10" PRIu64 " %8.1f %6u %6u %7u  %.*s%s\n", seconds(d->world.now),
           d->at_server.bytes_in, d->info.rtt_us / 1000.0, d->info.snd_cwnd_segs,
           d->info.unacked_segs, d->info.total_retrans_segs, (int)bar,
           "########################################", d->info.snd_cwnd_segs > BAR ? ">" : "");
}

/* Until it is over, with a row for the handshake and for each twelfth of the bytes. */
static bool play(struct demo *d)
{
    uint64_t next = 0;

    printf("%12s %10s %8s %6s %6s %7s  %s\n", "time", "arrived", "RTT ms", "cwnd", "flight",
           "resent", "congestion window, segments");
    while (d->at_server.finished + d->at_server.failed + d->at_client.failed == 0 &&
           d->world.now < PATIENCE && sim_step(&d->world, TARN_NEVER)) {
        bool standing = look(d) && d->info.state == TARN_TCP_ESTABLISHED;

        if (d->at_server.bytes_in < next || (next == 0 && !standing))
            continue;
        print_row(d);
        next += d->bytes / ROWS + 1;
    }
    return d->at_server.finished == 1 && d->at_client.failed == 0 && d->at_server.failed == 0;
}

static void print_wire(const struct demo *d, unsigned end, const char *name)
{
    const struct sim_wire_count *c = sim_wire_count(d->wire, end);

    printf("  %-12s %" PRIu64 " frames: %" PRIu64 " lost, %" PRIu64 " over a full queue, %" PRIu64
           " damaged, %" PRIu64 " doubled\n",
           name, c->offered, c->lost, c->queue_full, c->corrupted, c->duplicated);
}

static void print_account(struct demo *d)
{
    const struct tarn *st = sim_host_stack(d->client);
    double took = seconds(d->at_server.last);

    printf("\n%" PRIu64 " bytes arrived, each as it was sent, in %.3f s of virtual time: "
           "%.2f Mbit/s\n\n",
           d->at_server.bytes_in, took, (double)d->bytes * 8 / took / 1e6);
    printf("  handshake    %.1f ms, with ARP before it; round trip at least %.1f ms, at the end "
           "%.1f +- %.1f ms\n",
           d->info.handshake_us / 1000.0, d->info.min_rtt_us / 1000.0, d->info.rtt_us / 1000.0,
           d->info.rttvar_us / 1000.0);
    printf("  client       %" PRIu64 " segments: %" PRIu64 " sent again in %" PRIu64
           " loss episodes seen by SACK and %" PRIu64 " timeouts\n",
           tarn_stat(st, TARN_STAT_TCP_SEGS_OUT), tarn_stat(st, TARN_STAT_TCP_RETRANS_SEGS),
           tarn_stat(st, TARN_STAT_TCP_FAST_RECOVERIES), tarn_stat(st, TARN_STAT_TCP_TIMEOUTS));
    print_wire(d, 0, "to server");
    print_wire(d, 1, "to client");
}

static void print_command(const struct demo *d)
{
    printf("\nAgain, bit for bit (digest %016" PRIx64 "):\n"
           "  tarn demo --impair %s --bytes %" PRIu64 " --seed %" PRIu64,
           d->world.digest.sum, d->impairment, d->bytes, d->seed);
    if (d->cc != NULL)
        printf(" --cc %s", d->cc);
    for (unsigned i = 0; i < d->n_sets; i++)
        printf(" --set %s", d->set[i].text);
    printf("\n");
}

static int demo(struct demo *d)
{
    printf("Two stacks in this process, on a wire that is bad on purpose:\n\n"
           "  client 10.0.0.1 ---- %s ---- 10.0.0.2:80 server\n\n",
           d->impairment);
    if (!world_up(d))
        return TOOL_FAILED;
    if (!play(d)) {
        fprintf(stderr, "tarn: demo: the transfer ended after %" PRIu64 " bytes, at %.3f s: %s%s\n",
                d->at_server.bytes_in, seconds(d->world.now), d->at_client.why, d->at_server.why);
        return TOOL_FAILED;
    }
    print_account(d);
    print_command(d);
    return TOOL_OK;
}

static int demo_run(int argc, char **argv)
{
    struct demo d = {
        .impairment = "delay=20ms,rate=10Mbit,queue=40,loss=1%", .bytes = 2000000, .seed = 1};
    int status = command_parse(&demo_command, &d, &d.common, &argc, &argv);

    if (status != COMMAND_GO_ON)
        return status;
    if (argc > 0)
        return command_refuse(&demo_command, "%s: takes no operand; leave it out", argv[0]);
    if (d.common.verbosity < 0 && freopen("/dev/null", "w", stdout) == NULL)
        return TOOL_FAILED;
    status = demo(&d);
    sim_world_fini(&d.world);
    free(d.at_client.ends);
    free(d.at_client.pattern);
    free(d.at_server.ends);
    free(d.at_server.pattern);
    return status;
}

const struct tool tool_demo = {
    .name = "demo",
    .summary = "join two stacks by an impaired wire in this process and tell what happens",
    .run = demo_run,
};
