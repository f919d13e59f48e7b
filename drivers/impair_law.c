/* drivers/impair_law.c - the stages of drivers/impair_law.h, one function each.
 *
 * A draw is a bijective mix of key + n * step (SplitMix64: Steele, Lea, Flood, OOPSLA 2014), so the
 * nth packet's draws need no state but n. Probabilities compare 32 bits of it with a threshold: the
 * error is below 2^-32. The rate keeps the fraction of a nanosecond, in parts of rate_bps, as long
 * as packets follow each other, so that small packets on fast links do not drift. */
#include "drivers/impair_law.h"

#include <string.h>

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t draw(const struct impair_law *law, enum impair_stage stage)
{
    return mix(law->key[stage] + law->offered * UINT64_C(0x9e3779b97f4a7c15));
}

static bool happens(const struct impair_law *law, enum impair_stage stage, uint64_t probability)
{
    return draw(law, stage) >> 32 < probability;
}

/* Uniform in [0, n): biased by n / 2^64, which no run is long enough to see. */
static uint64_t uniform(const struct impair_law *law, enum impair_stage stage, uint64_t n)
{
    return n == 0 ? 0 : draw(law, stage) % n;
}

void impair_init(struct impair_law *law, const struct impair_spec *spec, uint64_t seed,
                 enum impair_direction direction)
{
    memset(law, 0, sizeof *law);
    law->terms = spec->terms[direction];
    if (law->terms.queue == 0)
        law->terms.queue = IMPAIR_QUEUE_DEFAULT;
    if (spec->seeded)
        seed = spec->seed;
    for (unsigned stage = 0; stage < IMPAIR_STAGES; stage++)
        law->key[stage] = mix(mix(seed) + 1 + stage * IMPAIR_DIRECTIONS + direction);
}

/* Packets whose turn has come no longer wait. */
static void queue_advance(struct impair_law *law, tarn_ns now)
{
    while (law->waiting > 0 && law->begins[law->first] <= now) {
        law->first = (law->first + 1) % IMPAIR_QUEUE_MAX;
        law->waiting--;
    }
}

/* Through the queue and the rate: false when the queue is full, else *sent is when the last bit has
 * left. */
static bool send_at_rate(struct impair_law *law, tarn_ns now, uint32_t bytes, tarn_ns *sent)
{
    uint64_t rate = law->terms.rate_bps, bit_ns = (uint64_t)bytes * 8 * 1000000000;

    *sent = now;
    if (rate == 0)
        return true;
    queue_advance(law, now);
    if (law->busy_ns > now) {
        if (law->waiting >= law->terms.queue)
            return false;
        law->begins[(law->first + law->waiting++) % IMPAIR_QUEUE_MAX] = law->busy_ns;
    } else {
        law->busy_ns = now;
        law->busy_part = 0;
    }
    law->busy_part += bit_ns % rate;
    law->busy_ns += bit_ns / rate + law->busy_part / rate;
    law->busy_part %= rate;
    *sent = law->busy_ns;
    return true;
}

/* Through the delay line, or past it. */
static tarn_ns delayed(struct impair_law *law, tarn_ns sent, bool reordered)
{
    const struct impair_terms *t = &law->terms;
    tarn_ns release = sent + t->delay_ns;

    if (reordered)
        return t->delay_ns > 0 ? sent : sent + IMPAIR_HOLD_NS;
    if (t->jitter_ns > 0) {
        uint64_t early = t->jitter_ns < t->delay_ns ? t->jitter_ns : t->delay_ns;

        release += uniform(law, IMPAIR_JITTER, early + t->jitter_ns + 1) - early;
    }
    if (release < law->in_order)
        release = law->in_order;
    law->in_order = release;
    return release;
}

static void let_out(struct impair_law *law, tarn_ns now, uint32_t bytes, struct impair_verdict *v)
{
    bool reordered = happens(law, IMPAIR_REORDER, law->terms.reorder);
    tarn_ns sent;

    if (send_at_rate(law, now, bytes, &sent))
        v->release[v->copies++] = delayed(law, sent, reordered);
}

struct impair_verdict impair_offer(struct impair_law *law, tarn_ns now, uint32_t bytes)
{
    const struct impair_terms *t = &law->terms;
    struct impair_verdict v = {.fate = IMPAIR_PASS, .corrupt_bit = IMPAIR_INTACT};

    if (happens(law, IMPAIR_LOSS, t->loss)) {
        v.fate = IMPAIR_LOST;
    } else {
        if (happens(law, IMPAIR_CORRUPT, t->corrupt))
            v.corrupt_bit = uniform(law, IMPAIR_CORRUPT_BIT, (uint64_t)bytes * 8);
        let_out(law, now, bytes, &v);
        if (v.copies == 0)
            v.fate = IMPAIR_QUEUE_FULL;
        if (happens(law, IMPAIR_DUPLICATE, t->duplicate))
            let_out(law, now, bytes, &v);
    }
    law->offered++;
    return v;
}
