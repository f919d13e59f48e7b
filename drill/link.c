/* drill/link.c - the script's end of the link: a node that keeps what comes and sends what it is
 * told to. */
#include <stdio.h>
#include <stdlib.h>

#include "drill/run.h"
#include "drivers/pcapng.h"

#define BETWEEN_RUNS INT64_C(1000000000) /* ns */

static struct drill_run *run_of(const struct sim_node *n)
{
    return (struct drill_run *)((char *)(uintptr_t)n - offsetof(struct drill_run, peer));
}

static void peer_input(struct sim_node *n, unsigned end, struct sim_frame *f, tarn_ns now)
{
    struct drill_run *r = run_of(n);

    (void)end;
    if (r->n_sent == r->room_sent) {
        r->room_sent = r->room_sent == 0 ? 64 : 2 * r->room_sent;
        r->sent = realloc(r->sent, r->room_sent * sizeof *r->sent);
        if (r->sent == NULL)
            abort();
    }
    r->sent[r->n_sent].when = now;
    r->sent[r->n_sent++].frame = f;
}

static struct sim_frame *peer_output(struct sim_node *n, unsigned end, tarn_ns now)
{
    struct drill_run *r = run_of(n);
    struct sim_frame *f = end == 0 ? r->inject : NULL;

    (void)now;
    if (f != NULL)
        r->inject = NULL;
    return f;
}

static tarn_ns peer_deadline(const struct sim_node *n)
{
    return run_of(n)->inject != NULL ? 0 : TARN_NEVER;
}

static void peer_tick(struct sim_node *n, tarn_ns now)
{
    (void)n;
    (void)now;
}

static void peer_free(struct sim_node *n)
{
    (void)n;
}

static const struct sim_node_ops peer_ops = {"script",      peer_input, peer_output,
                                             peer_deadline, peer_tick,  peer_free};

static void capture(void *ctx, const struct sim_node *from, unsigned end, const struct sim_frame *f,
                    tarn_ns now)
{
    struct drill_run *r = ctx;
    char about[512];
    struct pcapng_packet p = {
        .wall_ns = r->options.capture->wall_ns + (int64_t)(now - r->began),
        .data = f->bytes,
        .len = f->len,
        .direction = from == &r->peer ? PCAPNG_IN : PCAPNG_OUT,
    };

    (void)end;
    if (!r->captured) {
        snprintf(about, sizeof about, "%s, %s", r->script.path,
                 drill_version_name(r->script.version));
        p.comment = about;
    }
    r->captured = true;
    pcapng_write(r->options.capture->file, &p);
}

void run_link_init(struct drill_run *r)
{
    if (r->options.capture != NULL) {
        r->world.watch = capture;
        r->world.watch_ctx = r;
    }
    sim_world_add(&r->world, &r->peer, &peer_ops, "script");
    sim_join(sim_host_node(r->host), 0, &r->peer, 0);
}

void run_link_fini(struct drill_run *r)
{
    if (r->options.capture != NULL)
        r->options.capture->wall_ns += (int64_t)(r->world.now - r->began) + BETWEEN_RUNS;
    for (unsigned i = 0; i < r->n_sent; i++)
        sim_frame_free(r->sent[i].frame);
    sim_frame_free(r->inject);
    free(r->sent);
}
