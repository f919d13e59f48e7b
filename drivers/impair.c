/* drivers/impair.c - a link around another one that loses, delays, corrupts, duplicates, reorders
 * and slows down what passes, by the law of drivers/impair_law.h.
 *
 * A law is about packets on a wire, so super-packets are cut before it is asked. What is delayed
 * waits here in a line per direction, by reference, owning no more memory than it needs. A
 * corrupted packet's checksum is first made complete and then no longer trusted, so that the
 * receiver finds the fault where it would find it in life: in the checksum, or nowhere.
 *
 * The wrapped link may refuse what the line lets out. That packet waits in `stuck`, new packets are
 * refused meanwhile, and it is tried again when the link says so, or after RETRY_NS. */
#include "tarn/link.h"

#include "drivers/arg.h"
#include "drivers/impair_law.h"
#include "drivers/impair_line.h"
#include "tarn/err.h"

#include <stdlib.h>

enum { RETRY_NS = 100000, BATCH = 16 };

struct way {
    struct impair_law law;
    struct impair_line line; /* of struct held */
};

struct held {
    uint32_t pkt; /* reference */
};

struct impair {
    struct link link;
    struct link *over;
    struct way way[IMPAIR_DIRECTIONS];
    uint32_t stuck; /* reference of the packet that the wrapped link has refused; 0: none */
    tarn_ns retry;
    bool over_down;
};

static tarn_ns earlier(tarn_ns a, tarn_ns b)
{
    return a < b ? a : b;
}

static int impair_open(struct link *l, const struct link_open *how)
{
    struct impair *m = (struct impair *)l;
    const char *text = arg_bare(how, 0);
    struct impair_spec spec;
    int rc;

    rc = impair_parse(text, &spec, how->error, how->error_bytes);
    if (rc < 0)
        return rc;
    for (unsigned i = 0; i < IMPAIR_DIRECTIONS; i++)
        impair_init(&m->way[i].law, &spec, how->seed, (enum impair_direction)i);
    m->over = how->over;
    l->caps = m->over->caps;
    return 0;
}

static int impair_pollfd(const struct link *l)
{
    const struct link *over = ((const struct impair *)l)->over;

    return over->ops->pollfd(over);
}

static tarn_ns impair_deadline(const struct link *l)
{
    const struct impair *m = (const struct impair *)l;
    const struct link *over = m->over;
    tarn_ns next = impair_line_next(&m->way[IMPAIR_RX].line);

    if (over->ops->deadline != NULL && !m->over_down)
        next = earlier(next, over->ops->deadline(over));
    return earlier(next, m->stuck ? m->retry : impair_line_next(&m->way[IMPAIR_TX].line));
}

/* --- into the line --- */

static void flip(struct tarn *st, struct pkt *p, uint64_t bit)
{
    struct tarn_iov part[2];
    size_t at = bit / 8;
    unsigned n;

    if (p->csum == PKT_CSUM_PARTIAL)
        pkt_csum_finish(st, p);
    p->csum = PKT_CSUM_NONE;
    if (!pkt_writable(st, p))
        return;
    n = pkt_iov(st, p, part);
    for (unsigned i = 0; i < n; at -= part[i++].len)
        if (at < part[i].len) {
            ((uint8_t *)part[i].base)[at] ^= (uint8_t)(1u << bit % 8);
            return;
        }
}

/* Consumes p. */
static void hold(struct impair *m, enum impair_direction d, struct pkt *p, tarn_ns release)
{
    struct tarn *st = m->link.st;
    struct held *h = malloc(sizeof *h);

    if (h != NULL && pkt_own(st, p)) {
        h->pkt = pkt_ref(st, p);
        if (impair_line_push(&m->way[d].line, release, h))
            return;
    }
    free(h);
    pkt_drop(st, p, DROP_POOL_EMPTY);
}

/* One packet on the wire meets the law. Consumes p. */
static void offer(struct impair *m, enum impair_direction d, struct pkt *p, tarn_ns now)
{
    struct impair_verdict v = impair_offer(&m->way[d].law, now, pkt_len(p));
    struct tarn *st = m->link.st;

    if (v.corrupt_bit != IMPAIR_INTACT)
        flip(st, p, v.corrupt_bit);
    for (unsigned i = 1; i < v.copies; i++) {
        struct pkt *copy = pkt_clone(st, p);

        if (copy != NULL)
            hold(m, d, copy, v.release[i]);
    }
    if (v.copies > 0)
        hold(m, d, p, v.release[0]);
    else
        pkt_drop(st, p, v.fate == IMPAIR_LOST ? DROP_IMPAIR_LOSS : DROP_IMPAIR_QUEUE);
}

static void offer_cut(struct impair *m, enum impair_direction d, struct pkt *p, tarn_ns now)
{
    struct tarn *st = m->link.st;

    for (p = pkt_segment(st, p); p != NULL;) {
        struct pkt *next = pkt_at(st, p->next);

        p->next = 0;
        offer(m, d, p, now);
        p = next;
    }
}

/* --- out of the line --- */

static struct pkt *let_out(struct impair *m, enum impair_direction d, tarn_ns now)
{
    struct held *h = impair_line_pop(&m->way[d].line, now);
    struct pkt *p = h ? pkt_at(m->link.st, h->pkt) : NULL;

    free(h);
    return p;
}

/* Send what is due; false when the wrapped link refuses. */
static bool flush(struct impair *m, tarn_ns now)
{
    struct link *over = m->over;
    struct tarn *st = m->link.st;

    for (;;) {
        struct pkt *p = m->stuck ? pkt_at(st, m->stuck) : let_out(m, IMPAIR_TX, now);
        uint32_t bytes = p ? pkt_len(p) : 0;

        m->stuck = 0;
        if (p == NULL)
            return true;
        if (over->ops->tx(over, &p, 1, now) < 1) {
            m->stuck = pkt_ref(st, p);
            m->retry = now + RETRY_NS;
            return false;
        }
        m->link.tx_packets++;
        m->link.tx_bytes += bytes;
    }
}

static int impair_rx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    struct impair *m = (struct impair *)l;
    struct pkt *came[BATCH];
    unsigned out = 0;
    int got = m->over_down ? 0 : m->over->ops->rx(m->over, came, BATCH, now);

    m->over_down |= got < 0;
    for (int i = 0; i < got; i++)
        offer_cut(m, IMPAIR_RX, came[i], now);
    flush(m, now);
    while (out < n && (v[out] = let_out(m, IMPAIR_RX, now)) != NULL)
        l->rx_bytes += pkt_len(v[out++]);
    l->rx_packets += out;
    if (out == 0 && m->over_down && m->way[IMPAIR_RX].line.n == 0)
        return -TARN_ENETDOWN;
    return (int)out;
}

static int impair_tx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    struct impair *m = (struct impair *)l;
    unsigned taken = 0;

    while (flush(m, now) && taken < n)
        offer_cut(m, IMPAIR_TX, v[taken++], now);
    return (int)taken;
}

static void impair_close(struct link *l)
{
    struct impair *m = (struct impair *)l;
    struct pkt *p;

    if (m->stuck)
        pkt_put(l->st, pkt_at(l->st, m->stuck));
    for (unsigned i = 0; i < IMPAIR_DIRECTIONS; i++) {
        while ((p = let_out(m, (enum impair_direction)i, TARN_NEVER)) != NULL)
            pkt_put(l->st, p);
        impair_line_fini(&m->way[i].line);
    }
    link_close(m->over);
}

const struct link_ops link_impair = {
    .name = "impair",
    .help =
        "SPEC  delay=20ms,jitter=1ms,rate=10Mbit,loss=1%,corrupt=1%,duplicate=1%,reorder=1%,\n"
        "      queue=100,seed=7; rx: or tx: before a key: that direction from here on; a packet\n"
        "      meets loss, corrupt, duplicate, rate, queue, delay, reorder in this order\n",
    .keys = "SPEC",
    .size = sizeof(struct impair),
    .open = impair_open,
    .pollfd = impair_pollfd,
    .deadline = impair_deadline,
    .rx = impair_rx,
    .tx = impair_tx,
    .close = impair_close,
};
