/* tools/cmd_wire.c - tarn wire: joins two links without a stack, frame by frame.
 *
 * What one link receives waits in a bounded queue until the other takes it; a full queue drops, as
 * a switch does. Frames pass as they are: a super-packet is cut, and a partial checksum completed,
 * only when the other link cannot take it so. The struct tarn is the pool the packets come from. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "run/clock.h"
#include "run/stack.h"
#include "tarn/err.h"
#include "tarn/trace.h"
#include "tools/options.h"
#include "tools/tool.h"

enum { SIDES = 2, QUEUE = 1024, ERROR_BYTES = 256, SEED = 1 };

struct side {
    struct link *link;
    struct side *other;
    uint32_t queue[QUEUE]; /* references: packets that wait for this link */
    uint32_t head, tail;   /* put at head, taken at tail, modulo QUEUE */
};

struct wire {
    struct options_common common;
    const char *uri[SIDES], *impair;
    unsigned n_links;
    bool stats, stop;
    struct run_stack pool;
    struct side side[SIDES];
    int signal_fd;
};

/* --- packets --- */

static void queue_put(struct side *s, struct pkt *p)
{
    if (s->head - s->tail == QUEUE)
        pkt_drop(s->link->st, p, DROP_QUEUE_LIMIT);
    else
        s->queue[s->head++ % QUEUE] = pkt_ref(s->link->st, p);
}

/* A packet has come from this side: to the other, in a form that its link takes. */
static void side_up(void *ctx, struct pkt *p, tarn_ns now)
{
    struct side *to = ((struct side *)ctx)->other;
    struct tarn *st = to->link->st;
    uint32_t offload = to->link->caps.offload;

    (void)now;
    if (p->gso_size != 0 && (offload & (p->gso == PKT_GSO_UDP ? LINK_USO_TX : LINK_GSO_TX)) == 0)
        p = pkt_segment(st, p);
    while (p != NULL) {
        struct pkt *next = pkt_at(st, p->next);

        p->next = 0;
        if ((offload & LINK_CSUM_TX) == 0)
            pkt_csum_finish(st, p);
        queue_put(to, p);
        p = next;
    }
}

static struct pkt *side_down(void *ctx, tarn_ns now)
{
    struct side *s = ctx;

    (void)now;
    return s->head == s->tail ? NULL : pkt_at(s->link->st, s->queue[s->tail++ % QUEUE]);
}

/* --- the command line --- */

static bool set_link(void *into, struct option_use *use)
{
    struct wire *w = into;

    if (w->n_links == SIDES)
        return option_refuse(use, "a wire has two ends; leave one out");
    w->uri[w->n_links++] = use->value;
    return true;
}

static bool set_impair(void *into, struct option_use *use)
{
    ((struct wire *)into)->impair = use->value;
    return true;
}

static bool set_stats(void *into, struct option_use *use)
{
    (void)use;
    ((struct wire *)into)->stats = true;
    return true;
}

static const struct option options[] = {
    {"link", 0, "URI", "one end; give two", set_link},
    {"impair", 0, "SPEC", "make the wire worse: delay=20ms,loss=1%; tarn run --help has the keys",
     set_impair},
    {"stats", 0, NULL, "print what passed at the end, on standard error", set_stats},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct command wire_command = {
    .name = "wire",
    .operands = "",
    .about = "Joins two links without a stack, until SIGINT or SIGTERM.",
    .example = "tarn wire --link tap:left --link tap:right --impair delay=20ms,loss=1%",
    .options = options,
    .usage_status = TOOL_USAGE,
};

/* --- the run --- */

static void signal_ready(void *ctx, tarn_ns now)
{
    (void)now;
    ((struct wire *)ctx)->stop = true;
}

static int signals_take(struct wire *w)
{
    struct run_service service = {.ctx = w, .ready = signal_ready};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    w->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    service.fd = w->signal_fd;
    return w->signal_fd < 0 ? -TARN_ENOMEM : run_loop_add_service(w->pool.loop, &service);
}

static int side_open(struct wire *w, unsigned i, char *error)
{
    struct side *s = &w->side[i];
    const struct run_end end = {s, side_up, side_down};
    struct link_request r = {
        .uri = w->uri[i],
        .impair = i == 0 ? w->impair : NULL,
        .wall_ns = run_clock_wall_offset(),
        .seed = SEED,
        .error = error,
        .error_bytes = ERROR_BYTES,
    };
    int rc = link_open_uri(&s->link, w->pool.st, &r);

    s->other = &w->side[1 - i];
    return rc < 0 ? rc : run_loop_add_end(w->pool.loop, s->link, &end);
}

static void print_stats(const struct wire *w)
{
    for (unsigned i = 0; i < SIDES; i++) {
        const struct link *l = w->side[i].link;

        fprintf(stderr, "%s: received %llu packets, %llu B; sent %llu, %llu B\n", w->uri[i],
                (unsigned long long)l->rx_packets, (unsigned long long)l->rx_bytes,
                (unsigned long long)l->tx_packets, (unsigned long long)l->tx_bytes);
    }
    for (unsigned i = 0; i < DROP_N; i++) {
        uint64_t n = tarn_drop_count(w->pool.st, (enum tarn_drop)i);

        if (n > 0)
            fprintf(stderr, "dropped %s: %llu\n", tarn_drop_name((enum tarn_drop)i),
                    (unsigned long long)n);
    }
}

static void sides_close(struct wire *w)
{
    for (unsigned i = 0; i < SIDES; i++) {
        struct side *s = &w->side[i];
        struct pkt *p;

        if (s->link == NULL)
            continue;
        while ((p = side_down(s, 0)) != NULL)
            pkt_put(s->link->st, p);
        link_close(s->link);
    }
}

static int join(struct wire *w, char *error)
{
    int rc = signals_take(w);

    for (unsigned i = 0; i < SIDES && rc == 0; i++)
        rc = side_open(w, i, error);
    while (rc >= 0 && !w->stop && run_loop_links_down(w->pool.loop) == 0) {
        rc = run_loop_turn(w->pool.loop, TARN_NEVER);
        if (rc == -TARN_EINTR)
            rc = 0;
    }
    if (rc >= 0 && !w->stop) {
        snprintf(error, ERROR_BYTES, "a link has gone; see that both ends stay, and start again");
        rc = -TARN_ENETDOWN;
    }
    if (rc >= 0 && w->stats)
        print_stats(w);
    sides_close(w);
    return rc;
}

static int wire_run(int argc, char **argv)
{
    static struct wire w;
    const struct run_stack_config cfg = {.event = NULL};
    char error[ERROR_BYTES] = "out of memory";
    int status = command_parse(&wire_command, &w, &w.common, &argc, &argv), rc;

    if (status != COMMAND_GO_ON)
        return status;
    if (argc > 0)
        return command_refuse(&wire_command, "%s: takes no operand; leave it out", argv[0]);
    if (w.n_links < SIDES)
        return command_refuse(&wire_command, "needs two ends; give --link twice");
    w.stats |= w.common.verbosity > 0;
    rc = run_stack_open(&w.pool, &cfg, error, sizeof error);
    if (rc == 0) {
        rc = join(&w, error);
        run_stack_close(&w.pool);
    }
    if (rc < 0)
        fprintf(stderr, "tarn: wire: %s\n", error);
    if (rc == -TARN_EINVAL || rc == -TARN_ENOSYS)
        return TOOL_USAGE;
    return rc < 0 ? TOOL_FAILED : TOOL_OK;
}

const struct tool tool_wire = {
    .name = "wire",
    .summary = "join two links without a stack",
    .run = wire_run,
};
