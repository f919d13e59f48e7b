/* drivers/capture.c - a link around another one that writes what passes to a pcapng file, with the
 * reason of every packet that the stack dropped.
 *
 * A received packet's fate is known only after the stack has had it, so frames wait in memory until
 * the next call, which looks for them among the stack's drop records (pkt.id joins the two). The
 * file shows packets as they are on a wire: super-packets as their segments, checksums complete;
 * the packets themselves pass unchanged. Memory is bounded: what does not fit is written at once,
 * its reason unknown.
 *
 * Written data reaches the file within FLUSH_NS, so that one may look at it while it grows. */
#include "tarn/link.h"

#include "drivers/arg.h"
#include "drivers/pcapng.h"
#include "tarn/err.h"
#include "tarn/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAITING_BYTES = 2 << 20, FLUSH_NS = 100000000, MAX_TEXT = 160 };

/* A frame that waits; its bytes follow, and padding to 8. */
struct waiting {
    uint64_t id;
    int64_t wall_ns;
    uint32_t len;
    uint16_t why; /* enum tarn_drop; DROP_N: none */
    uint8_t direction;
};

struct capture {
    struct link link;
    struct link *over;
    struct pcapng *file;
    int64_t wall_ns;  /* what makes `now` the time since 1970 */
    uint64_t cursor;  /* of the stack's drop records */
    tarn_ns flush_at; /* TARN_NEVER: nothing to flush */
    size_t used;      /* of waiting[] */
    uint64_t *waiting;
};

static int capture_open(struct link *l, const struct link_open *how)
{
    struct capture *c = (struct capture *)l;
    const char *path = arg_bare(how, 0), *name = arg_value(how, "name"),
               *wall = arg_value(how, "wall");
    struct tarn_drop_record skipped;
    int rc;

    c->over = how->over;
    l->caps = c->over->caps;
    c->wall_ns = wall ? strtoll(wall, NULL, 10) : 0;
    c->flush_at = TARN_NEVER;
    c->waiting = malloc(WAITING_BYTES);
    if (c->waiting == NULL)
        return arg_fail(how, TARN_ENOMEM, "capture %s: out of memory; end another program", path);
    rc = pcapng_open(&c->file, path, name ? name : "tarn",
                     l->caps.medium == LINK_ETHERNET ? PCAPNG_ETHERNET : PCAPNG_RAW_IP);
    if (rc < 0) {
        free(c->waiting);
        return arg_fail(how, -rc, "capture %s: %s; name a file that can be written", path,
                        strerror(-rc));
    }
    while (tarn_drop_next(l->st, &c->cursor, &skipped))
        ;
    return 0;
}

/* --- what waits --- */

static struct waiting *waiting_at(const struct capture *c, size_t at)
{
    return (struct waiting *)(c->waiting + at / sizeof *c->waiting);
}

static size_t waiting_bytes(size_t len)
{
    return (sizeof(struct waiting) + len + 7) & ~(size_t)7;
}

static void reasons_find(struct capture *c)
{
    struct tarn_drop_record r;

    while (tarn_drop_next(c->link.st, &c->cursor, &r))
        for (size_t at = 0; at < c->used; at += waiting_bytes(waiting_at(c, at)->len))
            if (waiting_at(c, at)->id == r.id)
                waiting_at(c, at)->why = r.why;
}

static void waiting_write(struct capture *c)
{
    struct waiting *f;

    for (size_t at = 0; at < c->used; at += waiting_bytes(f->len)) {
        struct pcapng_packet p = {0};
        char text[MAX_TEXT];

        f = waiting_at(c, at);
        p.wall_ns = f->wall_ns;
        p.data = f + 1;
        p.len = f->len;
        p.direction = f->direction;
        if (f->why != DROP_N) {
            snprintf(text, sizeof text, "dropped: %s: %s", tarn_drop_name(f->why),
                     tarn_drop_meaning(f->why));
            p.comment = text;
        }
        pcapng_write(c->file, &p);
    }
    c->used = 0;
}

/* Called first by every verb: the stack has had what was received by the last one. */
static void settle(struct capture *c, tarn_ns now)
{
    if (c->used > 0) {
        reasons_find(c);
        waiting_write(c);
    }
    if (now >= c->flush_at) {
        pcapng_flush(c->file);
        c->flush_at = pcapng_is_dirty(c->file) ? now + FLUSH_NS : TARN_NEVER;
    }
}

/* --- what passes --- */

static void note_one(struct capture *c, struct pkt *p, const struct waiting *as)
{
    size_t bytes = waiting_bytes(pkt_len(p));
    struct waiting *f;

    if (c->used + bytes > WAITING_BYTES)
        waiting_write(c);
    f = waiting_at(c, c->used);
    *f = *as;
    f->len = (uint32_t)pkt_copy_out(c->link.st, p, 0, f + 1, pkt_len(p));
    c->used += bytes;
}

/* Remember a packet as it looks on the wire; consumes `copy`, which may be NULL: no memory. */
static void note(struct capture *c, struct pkt *copy, uint64_t id, enum pcapng_direction direction,
                 tarn_ns now)
{
    struct waiting as = {.id = id,
                         .wall_ns = (int64_t)now + c->wall_ns,
                         .why = DROP_N,
                         .direction = (uint8_t)direction};
    struct tarn *st = c->link.st;

    if (copy != NULL && copy->gso_size == 0)
        pkt_csum_finish(st, copy);
    else if (copy != NULL)
        copy = pkt_segment(st, copy);
    if (copy == NULL)
        pcapng_lose(c->file, 1);
    while (copy != NULL) {
        struct pkt *next = pkt_at(st, copy->next);

        note_one(c, copy, &as);
        pkt_put(st, copy);
        copy = next;
    }
    if (c->flush_at == TARN_NEVER)
        c->flush_at = now + FLUSH_NS;
}

static int capture_rx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    struct capture *c = (struct capture *)l;
    int got;

    settle(c, now);
    got = c->over->ops->rx(c->over, v, n, now);
    for (int i = 0; i < got; i++) {
        note(c, pkt_clone(l->st, v[i]), v[i]->id, PCAPNG_IN, now);
        l->rx_bytes += pkt_len(v[i]);
    }
    l->rx_packets += got > 0 ? (uint64_t)got : 0;
    return got;
}

/* A packet is written when the wrapped link has taken it; then it is no longer ours, so the clone
 * is made before. */
static int capture_tx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    struct capture *c = (struct capture *)l;
    unsigned sent;

    settle(c, now);
    for (sent = 0; sent < n; sent++) {
        struct pkt *copy = pkt_clone(l->st, v[sent]);
        uint32_t bytes = pkt_len(v[sent]);

        if (c->over->ops->tx(c->over, &v[sent], 1, now) < 1) {
            if (copy != NULL)
                pkt_put(l->st, copy);
            break;
        }
        note(c, copy, 0, PCAPNG_OUT, now);
        l->tx_packets++;
        l->tx_bytes += bytes;
    }
    return (int)sent;
}

static int capture_pollfd(const struct link *l)
{
    const struct link *over = ((const struct capture *)l)->over;

    return over->ops->pollfd(over);
}

static tarn_ns capture_deadline(const struct link *l)
{
    const struct capture *c = (const struct capture *)l;
    tarn_ns over = c->over->ops->deadline ? c->over->ops->deadline(c->over) : TARN_NEVER;

    return over < c->flush_at ? over : c->flush_at;
}

static void capture_close(struct link *l)
{
    struct capture *c = (struct capture *)l;

    settle(c, 0);
    pcapng_close(c->file);
    free(c->waiting);
    link_close(c->over);
}

const struct link_ops link_capture = {
    .name = "capture",
    .help = "FILE   pcapng; written as traffic passes\n"
            "name=  the interface's name in it\n"
            "wall=  nanoseconds that make the loop's time the time since 1970\n",
    .keys = "FILE,name=,wall=",
    .size = sizeof(struct capture),
    .open = capture_open,
    .pollfd = capture_pollfd,
    .deadline = capture_deadline,
    .rx = capture_rx,
    .tx = capture_tx,
    .close = capture_close,
};
