/* tests/property/shrink.c - the shortest history that goes wrong in the same way.
 *
 * Delta debugging: pieces of the list of steps are left out, large ones first; what still fails is
 * kept. Then settings are made ordinary and numbers small, by the same rule. The same way means:
 * found by the same check. */
#include "tests/property/play.h"

#include <string.h>

#include "tarn/link.h"

static struct plan trial;
static char wanted[sizeof report->where];
static unsigned tried;

/* Is the trial as wrong as the history was? */
static bool is_alike(void)
{
    tried++;
    return !play_apart(&trial) && strcmp(report->where, wanted) == 0;
}

/* Without steps [from, from + n). */
static bool try_without(struct plan *p, unsigned from, unsigned n)
{
    unsigned behind = p->n_steps - from - n;

    trial = *p;
    memmove(trial.steps + from, trial.steps + from + n, behind * sizeof trial.steps[0]);
    trial.n_steps -= n;
    if (!is_alike())
        return false;
    *p = trial;
    return true;
}

static bool shorten(struct plan *p)
{
    unsigned before = p->n_steps;

    for (unsigned piece = p->n_steps / 2; piece > 0; piece /= 2)
        for (unsigned from = 0; from + piece <= p->n_steps;)
            if (!try_without(p, from, piece))
                from += piece;
    return p->n_steps < before;
}

static void plain_settings(struct plan *p)
{
    for (unsigned i = p->n_params; i-- > 0;) {
        trial = *p;
        trial.params[i] = trial.params[--trial.n_params];
        if (is_alike())
            *p = trial;
    }
    for (unsigned end = 0; end < ENDS; end++) {
        trial = *p;
        trial.offload[end] = LINK_GSO_TX; /* as drill's link */
        trial.cc[end] = 0;
        trial.mtu[end] = 1500;
        if (is_alike())
            *p = trial;
    }
    trial = *p;
    trial.auth = AUTH_NONE;
    if (is_alike())
        *p = trial;
    trial = *p;
    trial.cookies[0] = trial.cookies[1] = 0;
    if (is_alike())
        *p = trial;
    trial = *p;
    trial.fastopen = 0;
    if (is_alike())
        *p = trial;
    trial = *p;
    trial.six = false;
    if (is_alike())
        *p = trial;
}

static bool try_number(struct plan *p, unsigned i, uint32_t a)
{
    trial = *p;
    trial.steps[i].a = a;
    if (p->steps[i].a == a || !is_alike())
        return false;
    *p = trial;
    return true;
}

static void small_numbers(struct plan *p)
{
    for (unsigned i = 0; i < p->n_steps; i++) {
        trial = *p;
        trial.steps[i].index = 0;
        if (p->steps[i].index != 0 && is_alike())
            *p = trial;
        for (unsigned n = 0; n < 6 && p->steps[i].a > 1; n++)
            if (!try_number(p, i, p->steps[i].a / (n == 0 ? 16 : 2)))
                break;
    }
}

unsigned shrink(struct plan *p)
{
    tried = 0;
    memcpy(wanted, report->where, sizeof wanted);
    if (report->at < p->n_steps) { /* what comes behind has not happened */
        unsigned keep = report->at + 1;

        (void)try_without(p, keep, p->n_steps - keep);
    }
    while (shorten(p))
        ;
    plain_settings(p);
    small_numbers(p);
    while (shorten(p))
        ;
    return tried;
}
