/* tests/property/wire.c - the wire, and what it does to packets. */
#include <string.h>

#include "base/bytes.h"
#include "drivers/pcapng.h"
#include "tests/property/record.h"
#include "tests/property/world.h"
#include "wire/ip4.h"

static struct packet *packet_at(struct world *w, unsigned from, unsigned i)
{
    return &w->flight[from].pool[w->flight[from].at[i]];
}

static void take(struct flight *f, unsigned i)
{
    f->spare[f->n_spare++] = f->at[i];
    memmove(f->at + i, f->at + i + 1, (--f->n - i) * sizeof f->at[0]);
}

/* Room for a packet behind the i-th; NULL: the wire is full, and the packet lost. */
static struct packet *add_behind(struct flight *f, unsigned i)
{
    if (f->n_spare == 0)
        return NULL;
    memmove(f->at + i + 1, f->at + i, (f->n++ - i) * sizeof f->at[0]);
    f->at[i] = f->spare[--f->n_spare];
    f->pool[f->at[i]].damaged = f->pool[f->at[i]].forged = false;
    return &f->pool[f->at[i]];
}

static void capture(struct world *w, const uint8_t *b, size_t n)
{
    struct pcapng_packet p = {.wall_ns = (int64_t)w->now, .data = b, .len = n};

    if (w->capture != NULL)
        pcapng_write(w->capture, &p);
}

void wire_sent(struct world *w, unsigned from, const uint8_t *b, size_t n)
{
    struct seen s;
    struct packet *p;

    if (!packet_see(b, n, &s))
        return; /* group membership and the like */
    w->packets++;
    check_sent(w, from, b, n);
    record_sent(w, from, b, n);
    capture(w, b, n);
    p = add_behind(&w->flight[from], w->flight[from].n);
    if (p == NULL)
        return;
    p->n = (uint16_t)n;
    memcpy(p->b, b, n);
}

/* See enum inject; true: it is lost. */
static bool inject(struct world *w, struct packet *p)
{
    struct seen s;

    if (w->plan->inject == INJECT_NOTHING || !packet_see(p->b, p->n, &s) || !s.tcp)
        return false;
    if (w->plan->inject == INJECT_NO_FIN)
        return (s.h.flags & TCP_FIN) != 0;
    if (s.bytes >= 100 && ++w->flipped % 5 == 0) {
        p->b[s.data + 50] ^= 0x40;
        packet_mend(p->b, p->n);
    }
    return false;
}

static void arrive(struct world *w, unsigned from, const struct packet *p)
{
    struct seen s;

    w->count++;
    if (check_revives(w, !from, p->b, p->n))
        return;
    /* IPv6 has bytes that no checksum covers: a packet damaged there is as good as another. */
    if (packet_see(p->b, p->n, &s) && !p->forged && (!p->damaged || packet_sums_good(p->b, p->n))) {
        w->was_error |= s.icmp;
        check_delivered(w, !from, p->b, p->n);
        record_arrived(w, !from, p->b, p->n);
    }
    world_input(w, !from, p->b, p->n);
    (void)check_revives(w, !from, p->b, p->n); /* it has a peer now, perhaps */
}

void wire_deliver(struct world *w, unsigned from, unsigned i)
{
    struct flight *f = &w->flight[from];
    struct packet *old = &f->old[f->n_old++ % OLD], *p = packet_at(w, from, i);

    memcpy(old, p, offsetof(struct packet, b) + p->n);
    take(f, i);
    if (!inject(w, old))
        arrive(w, from, old);
}

bool wire_deliver_all(struct world *w)
{
    unsigned n[ENDS] = {w->flight[0].n, w->flight[1].n};

    for (unsigned from = 0; from < ENDS; from++)
        for (unsigned i = 0; i < n[from]; i++) {
            wire_deliver(w, from, 0);
            world_settle(w);
        }
    return n[0] + n[1] > 0;
}

static void duplicate(struct world *w, unsigned from, unsigned i)
{
    struct packet *copy = add_behind(&w->flight[from], i), *p;

    if (copy == NULL)
        return;
    p = packet_at(w, from, i + 1);
    memcpy(copy, p, offsetof(struct packet, b) + p->n);
}

/* A byte of the header or the text, and the checksum with it. */
static void forge(struct packet *p, const struct seen *seen, const struct step *s)
{
    size_t at = s->a % (TCP_CHECKSUM_OFFSET + seen->bytes);

    at += at < TCP_CHECKSUM_OFFSET ? seen->l4 : seen->data - TCP_CHECKSUM_OFFSET;
    p->b[at] ^= (uint8_t)s->b;
    packet_mend(p->b, p->n);
    p->forged = true;
}

/* One byte, once: the checksum finds that for certain, or the signature does. */
static void corrupt(const struct world *w, struct packet *p, const struct step *s)
{
    struct seen seen;

    if (p->damaged)
        return;
    p->damaged = true;
    if (w->plan->auth != AUTH_NONE && packet_see(p->b, p->n, &seen) && seen.tcp)
        forge(p, &seen, s);
    else
        p->b[s->a % p->n] ^= (uint8_t)s->b;
}

static bool may_split(const struct packet *p, struct seen *s)
{
    return !p->damaged && packet_see(p->b, p->n, s) && s->tcp && s->bytes >= 2 &&
           (s->h.flags & (TCP_SYN | TCP_RST)) == 0;
}

static void clear_flags(struct packet *p, const struct seen *s, unsigned flags)
{
    p->b[s->l4 + 13] &= (uint8_t)~flags;
}

/* What points to urgent data points to the same byte from `cut` bytes further on. */
static void move_urgent(struct packet *p, const struct seen *s, size_t cut)
{
    if (s->h.urgent > cut)
        store_be16(p->b + s->l4 + 18, (uint16_t)(s->h.urgent - cut));
    else
        clear_flags(p, s, TCP_URG);
}

static void split(struct world *w, unsigned from, unsigned i, uint32_t a)
{
    struct packet *second, *first = packet_at(w, from, i);
    struct seen s;
    size_t cut;

    if (!may_split(first, &s))
        return;
    second = add_behind(&w->flight[from], i + 1);
    if (second == NULL)
        return;
    first = packet_at(w, from, i);
    cut = 1 + a % (s.bytes - 1);
    memcpy(second->b, first->b, s.data);
    memcpy(second->b + s.data, first->b + s.data + cut, s.bytes - cut);
    second->n = (uint16_t)(first->n - cut);
    first->n = (uint16_t)(s.data + cut);
    store_be32(second->b + s.l4 + 4, s.h.seq.v + (uint32_t)cut);
    move_urgent(second, &s, cut);
    clear_flags(first, &s, TCP_FIN | TCP_PSH);
    clear_flags(second, &s, TCP_CWR);
    packet_mend(first->b, first->n);
    packet_mend(second->b, second->n);
}

static bool may_merge(const struct packet *p, const struct packet *q, struct seen *s,
                      struct seen *t)
{
    const unsigned alone = TCP_SYN | TCP_RST | TCP_URG;

    return !p->damaged && !q->damaged && packet_see(p->b, p->n, s) && packet_see(q->b, q->n, t) &&
           s->tcp && t->tcp && s->bytes > 0 && t->bytes > 0 &&
           ((s->h.flags | t->h.flags) & alone) == 0 && (s->h.flags & TCP_FIN) == 0 &&
           s->h.src_port == t->h.src_port && s->h.dst_port == t->h.dst_port &&
           seq_eq(seq_add(s->h.seq, (uint32_t)s->bytes), t->h.seq) &&
           t->data + s->bytes + t->bytes <= 1500;
}

/* The later header stays, in front of the bytes of both. */
static void merge(struct world *w, unsigned from, unsigned i)
{
    struct packet *p, *q;
    struct seen s, t;

    if (i + 1 >= w->flight[from].n)
        return;
    p = packet_at(w, from, i);
    q = packet_at(w, from, i + 1);
    if (!may_merge(p, q, &s, &t))
        return;
    memmove(q->b + t.data + s.bytes, q->b + t.data, t.bytes);
    memcpy(q->b + t.data, p->b + s.data, s.bytes);
    q->n = (uint16_t)(q->n + s.bytes);
    store_be32(q->b + t.l4 + 4, s.h.seq.v);
    packet_mend(q->b, q->n);
    take(&w->flight[from], i);
}

static void mark(struct packet *p)
{
    bool six = p->b[0] >> 4 == 6;
    uint8_t *at = p->b + 1, shift = six ? 4 : 0;

    if ((*at >> shift & 3) == IP_ECN_NOT || p->damaged)
        return;
    *at |= (uint8_t)(IP_ECN_CE << shift);
    packet_mend(p->b, p->n);
}

static void replay(struct world *w, unsigned from, uint32_t a)
{
    const struct flight *f = &w->flight[from];
    unsigned n = f->n_old < OLD ? f->n_old : OLD;
    static struct packet p;

    if (n == 0)
        return;
    p = f->old[a % n];
    arrive(w, from, &p);
}

static void error_about(struct world *w, unsigned from, unsigned i, const struct step *s)
{
    static struct packet p;
    struct packet *about = packet_at(w, from, i);

    if (about->damaged)
        return;
    p.n = (uint16_t)packet_error(p.b, about, s->a, s->b);
    arrive(w, !from, &p);
}

static void flow(struct world *w, uint32_t rounds)
{
    for (uint32_t i = 0; i < rounds && i < 16; i++) {
        world_advance(w, w->now + WORLD_MS);
        wire_deliver_all(w);
    }
}

static void lose_all(struct world *w)
{
    for (unsigned from = 0; from < ENDS; from++)
        while (w->flight[from].n > 0)
            take(&w->flight[from], 0);
}

/* What concerns a packet that is in flight. */
static bool packet_step(struct world *w, const struct step *s, unsigned i)
{
    switch (s->kind) {
    case STEP_DELIVER: wire_deliver(w, s->end, i); return true;
    case STEP_LOSE: take(&w->flight[s->end], i); return true;
    case STEP_DUPLICATE: duplicate(w, s->end, i); return true;
    case STEP_CORRUPT: corrupt(w, packet_at(w, s->end, i), s); return true;
    case STEP_SPLIT: split(w, s->end, i, s->a); return true;
    case STEP_MERGE: merge(w, s->end, i); return true;
    case STEP_MARK: mark(packet_at(w, s->end, i)); return true;
    case STEP_ICMP: error_about(w, s->end, i, s); return true;
    default: return false;
    }
}

bool wire_step(struct world *w, const struct step *s)
{
    unsigned n = w->flight[s->end].n;

    w->count++;
    switch (s->kind) {
    case STEP_FLOW: flow(w, s->a); return true;
    case STEP_REPLAY: replay(w, s->end, s->a); return true;
    case STEP_CUT: lose_all(w); return true;
    case STEP_TIME: world_advance(w, w->now + ((tarn_ns)s->a << s->b % 36)); return true;
    case STEP_EARLY: check_early(w, s->a); return true;
    case STEP_MOVE: world_move(w, s->end); return true;
    case STEP_LINK: w->stopped[s->end] = s->a % 2 == 0; return true;
    case STEP_MTU: world_set_mtu(w, s->end, (uint16_t)s->a); return true;
    default: return n > 0 ? packet_step(w, s, s->index % n) : s->kind < STEP_CUT;
    }
}
