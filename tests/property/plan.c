/* tests/property/plan.c - a history from a seed. */
#include "tests/property/plan.h"

#include <inttypes.h>
#include <string.h>

#include "tarn/link.h"
#include "tarn/sock.h"
#include "tests/property/world.h"

#define ROW(name_, ...)                                                          \
    {                                                                            \
        name_, {__VA_ARGS__}, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t) \
    }

/* What is chosen from, each as likely. A name that the stack does not know is passed over; what
 * must be on for a connection to end (window probes), or for old duplicates not to end it
 * (challenge ACKs), is not here. */
static const struct {
    const char *name;
    int64_t values[4];
    unsigned n;
} params[] = {
    ROW("tcp.sack", 0, 1),
    ROW("tcp.timestamps", 0, 1),
    ROW("tcp.window-scaling", 0, 1),
    ROW("tcp.dsack", 0, 1),
    ROW("tcp.paws", 0, 1),
    ROW("tcp.nagle", 0, 1),
    ROW("tcp.delayed-ack", 0, 1),
    ROW("tcp.sws-avoidance", 0, 1),
    ROW("tcp.limited-transmit", 0, 1),
    ROW("tcp.initial-window", 1, 2, 3, 40),
    ROW("tcp.reordering", 1, 2, 10),
    ROW("tcp.rmem-default", 2304, 20000, 400000),
    ROW("tcp.wmem-default", 4608, 20000, 400000),
    ROW("tcp.delack-min-ms", 0, 1, 500),
    ROW("tcp.delack-max-ms", 0, 1, 499),
    ROW("tcp.congestion-control", 0, 1),
    ROW("tcp.adaptive-rto", 0, 1),
    ROW("tcp.sack-recovery", 0, 1),
    ROW("tcp.rack", 0, 1),
    ROW("tcp.tlp", 0, 1),
    ROW("tcp.prr", 0, 1),
    ROW("tcp.frto", 0, 1),
    ROW("tcp.eifel", 0, 1),
    ROW("tcp.dsack-undo", 0, 1),
    ROW("tcp.newreno", 0, 1),
    ROW("tcp.cwnd-validation", 0, 1),
    ROW("tcp.slow-start-after-idle", 0, 1),
    ROW("tcp.ecn", 0, 1, 2, 3),
    ROW("tcp.accecn", 0, 1),
    ROW("tcp.fastopen", 0, 1, 3, 0x207),
    ROW("tcp.syn-backlog", 1, 2),
    ROW("tcp.time-wait-reuse", 0, 1),
    ROW("tcp.time-wait-ms", 0, 1, 1000),
    ROW("tcp.time-wait-max", 0, 1, 2),
    ROW("tcp.rfc1337", 0, 1),
    ROW("tcp.mtu-probing", 0, 1, 2),
    ROW("tcp.mtu-black-hole", 0, 1, 3),
    ROW("tcp.hystart", 0, 1),
    ROW("tcp.pacing", 0, 1),
    ROW("tcp.rcvbuf-tuning", 0, 1),
    ROW("tcp.sndbuf-tuning", 0, 1),
    ROW("tcp.rto-min-ms", 1, 20, 1000),
    ROW("tcp.rto-max-ms", 1000, 10000),
    ROW("tcp.retries", 3, 8),
    ROW("tcp.orphan-retries", 1, 3),
    ROW("tcp.fin-timeout-ms", 1000, 10000),
    ROW("tcp.rmem-max", 8192, 60000),
    ROW("tcp.quickack", 0, 1),
    ROW("tcp.cork", 0, 1),
};

enum { N_PARAMS = sizeof params / sizeof params[0] };

const char *const plan_cc[] = {"cubic", "reno", "bbr", NULL};

#define X(id, name, weight, meaning) name,
const char *const step_names[] = {
#include "tests/property/step.def"
};
#undef X

#define X(id, name, weight, meaning) weight,
static const unsigned weights[] = {
#include "tests/property/step.def"
};
#undef X

struct dice {
    uint64_t state;
    unsigned weight[STEP_N], sum;
    bool in_order, bulk;
};

static uint32_t below(struct dice *d, uint32_t n)
{
    return (uint32_t)(plan_draw(&d->state) >> 32) % n;
}

/* Any magnitude below 2^bits as likely as any other. */
static uint32_t magnitude(struct dice *d, unsigned bits)
{
    return below(d, 1u << (1 + below(d, bits)));
}

static void weigh(struct dice *d)
{
    static const unsigned factor[] = {0, 1, 4, 4, 4, 4, 16};

    for (unsigned k = 0; k < STEP_N; k++) {
        unsigned f = factor[below(d, sizeof factor / sizeof factor[0])];

        /* without these nothing would happen */
        if (f == 0 && (k == STEP_TIME || k == STEP_DELIVER || k == STEP_SEND || k == STEP_READ))
            f = 1;
        d->weight[k] = weights[k] * f;
        d->sum += d->weight[k];
    }
    d->in_order = below(d, 3) == 0;
    d->bulk = below(d, 2) == 0;
}

static enum step_kind draw_kind(struct dice *d)
{
    unsigned at = below(d, d->sum), k = 0;

    while (at >= d->weight[k])
        at -= d->weight[k++];
    return (enum step_kind)k;
}

static uint32_t draw_time(struct dice *d, uint32_t *shift)
{
    uint32_t kind = below(d, 100);

    *shift = kind < 60 ? 10 + below(d, 14) : kind < 97 ? 20 + below(d, 9) : 30 + below(d, 6);
    return 1 + below(d, 8);
}

static void draw_numbers(struct dice *d, struct step *s)
{
    switch (s->kind) {
    case STEP_FLOW: s->a = 1 + below(d, 4); break;
    case STEP_TIME: s->a = draw_time(d, &s->b); break;
    case STEP_LINK: s->a = below(d, 2); break;
    case STEP_EARLY: s->a = below(d, 256); break;
    case STEP_CORRUPT: s->b = 1 + below(d, 255); break;
    case STEP_SEND:
    case STEP_WRITE: s->a = 1 + magnitude(d, d->bulk ? 16 : 11); break;
    case STEP_READ: s->a = 1 + magnitude(d, d->bulk ? 16 : 12); break;
    case STEP_MTU: s->a = 576 + below(d, 925); break;
    default: break;
    }
}

static struct step draw_step(struct dice *d)
{
    struct step s = {.kind = (uint8_t)draw_kind(d), .end = (uint8_t)below(d, ENDS)};

    s.index = (uint16_t)(d->in_order || below(d, 4) != 0 ? 0 : below(d, 64));
    if (s.kind >= STEP_LISTEN)
        s.index = (uint16_t)below(d, 64);
    s.a = (uint32_t)plan_draw(&d->state);
    s.b = (uint32_t)plan_draw(&d->state);
    draw_numbers(d, &s);
    return s;
}

static void draw_ends(struct plan *p, struct dice *d)
{
    static const uint16_t fastopen[] = {0, 0, 3, 0x207}; /* with cookies, without */
    const uint32_t offload = LINK_CSUM_RX | LINK_CSUM_TX | LINK_GSO_TX | LINK_GRO_RX;

    p->six = below(d, 2) == 0;
    p->auth = (uint8_t)(below(d, 3) == 0 ? 1 + below(d, 3) : AUTH_NONE);
    p->fastopen = fastopen[below(d, sizeof fastopen / sizeof fastopen[0])];
    for (unsigned end = 0; end < ENDS; end++) {
        p->offload[end] = below(d, 4) == 0 ? offload : 0;
        p->mtu[end] = (uint16_t)(below(d, 3) == 0 ? 1280 + below(d, 221) : 1500);
        p->cc[end] = (uint8_t)below(d, 3);
        p->cookies[end] = (uint8_t)(below(d, 3) == 0 ? 1 + below(d, 2) : 0);
        for (unsigned i = 0; i < N_PARAMS && p->n_params < PLAN_PARAMS_MAX; i++)
            if (below(d, 5) == 0)
                p->params[p->n_params++] = (struct plan_param){
                    (uint8_t)end, (uint8_t)i, params[i].values[below(d, params[i].n)]};
    }
}

void plan_make(struct plan *p, uint64_t seed, unsigned n)
{
    struct dice d = {.state = seed};

    memset(p, 0, offsetof(struct plan, steps));
    p->seed = seed;
    draw_ends(p, &d);
    weigh(&d);
    p->steps[0] = (struct step){.kind = STEP_LISTEN, .end = 1, .a = 4};
    p->steps[1] = (struct step){.kind = STEP_CONNECT};
    p->steps[2] = (struct step){.kind = STEP_FLOW, .a = 4};
    p->steps[3] = (struct step){.kind = STEP_ACCEPT, .end = 1};
    for (p->n_steps = 4; p->n_steps < n; p->n_steps++)
        p->steps[p->n_steps] = draw_step(&d);
}

const char *plan_param_name(const struct plan_param *q)
{
    return params[q->which].name;
}

bool plan_param_is_known(const struct plan_param *q)
{
    static const struct {
        const char *name;
        int64_t least, most;
    } rows[] = {
#define X(id, name, def, min, max, ...) {name, min, max},
#include "core/param.def"
#undef X
    };

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, plan_param_name(q)) == 0)
            return q->value >= rows[i].least && q->value <= rows[i].most;
    return false;
}

void plan_print(const struct plan *p, FILE *to)
{
    static const char *const signed_with[] = {"", ", MD5", ", TCP-AO with SHA-1",
                                              ", TCP-AO with AES"};

    fprintf(to, "# seed %" PRIu64 ", %s%s%s, %u steps\n", p->seed, p->six ? "IPv6" : "IPv4",
            signed_with[p->auth], p->fastopen != 0 ? ", fast open" : "", p->n_steps);
    for (unsigned end = 0; end < ENDS; end++)
        fprintf(to, "# end %u: mtu %u, offload %u, cookies %u, %s\n", end, p->mtu[end],
                p->offload[end], p->cookies[end], plan_cc[p->cc[end]]);
    for (unsigned i = 0; i < p->n_params; i++)
        fprintf(to, "# end %u: %s=%" PRId64 "\n", p->params[i].end, plan_param_name(&p->params[i]),
                p->params[i].value);
    for (unsigned i = 0; i < p->n_steps; i++) {
        const struct step *s = &p->steps[i];

        fprintf(to, "#   %u %s %u %u %u\n", s->end, step_names[s->kind], s->index, s->a, s->b);
    }
}
