/* drivers/impair_law.h - what a bad link does to packets, as a law: no packets, no I/O, no clock.
 *
 * `link impair` and the simulator's wires offer packets to it by length and obey its verdicts. One
 * struct impair_law is one direction. The stages, in order:
 *
 *   loss       the packet is gone, with this probability
 *   corrupt    one bit of it, uniformly drawn, is inverted
 *   duplicate  it is followed by a copy (of what corruption left)
 *   rate       packets leave one behind the other, each taking its length over the rate
 *   queue      at most so many wait for the rate, the one being sent not counted; more are lost
 *   delay      everything arrives so much later, give or take the jitter, uniformly, in order
 *   reorder    the packet leaves the order: it skips the delay; where there is none to skip, it is
 *              held back by IMPAIR_HOLD_NS instead
 *
 * Draws are a function of (seed, direction, stage, number of the packet) and of nothing else: a run
 * can be repeated, and a key that is added changes no other key's fate of any packet. */
#ifndef TARN_DRIVERS_IMPAIR_LAW_H
#define TARN_DRIVERS_IMPAIR_LAW_H

#include "tarn/pkt.h"

/* Directions, as a link sees them: rx towards the stack, tx away from it. */
enum impair_direction { IMPAIR_RX, IMPAIR_TX, IMPAIR_DIRECTIONS };

enum {
    IMPAIR_QUEUE_DEFAULT = 1000, /* packets, when a rate is set and no queue */
    IMPAIR_QUEUE_MAX = 16384,
    IMPAIR_HOLD_NS = 1000000, /* see reorder */
    IMPAIR_COPIES = 2,
};

#define IMPAIR_CERTAIN (UINT64_C(1) << 32) /* probabilities are parts of this */
#define IMPAIR_INTACT  UINT64_MAX

/* One direction of an impairment; all zero: a perfect link. */
struct impair_terms {
    uint64_t delay_ns, jitter_ns;
    uint64_t rate_bps; /* bits per second; 0 = unlimited */
    uint64_t loss, corrupt, duplicate, reorder;
    uint32_t queue; /* packets */
};

struct impair_spec {
    struct impair_terms terms[IMPAIR_DIRECTIONS];
    uint64_t seed;
    bool seeded; /* the text named a seed */
};

/* Read "delay=20ms,loss=1%,rx:rate=10Mbit": keys separated by commas, for both directions; `rx:` or
 * `tx:` before a key holds for it and for what follows. -TARN_EINVAL, and a sentence in `error`
 * that names the key and says what it takes, or the key near to an unknown one. */
int impair_parse(const char *text, struct impair_spec *out, char *error, size_t error_bytes);

enum impair_stage {
    IMPAIR_LOSS,
    IMPAIR_CORRUPT,
    IMPAIR_CORRUPT_BIT,
    IMPAIR_DUPLICATE,
    IMPAIR_JITTER,
    IMPAIR_REORDER,
    IMPAIR_STAGES,
};

struct impair_law {
    struct impair_terms terms;
    uint64_t key[IMPAIR_STAGES]; /* of the stage's draws */
    uint64_t offered;            /* packets so far: the number of the next draw */
    uint64_t busy_ns, busy_part; /* when the rate is free again; fraction in parts of the rate */
    tarn_ns in_order;            /* the latest release of a packet that kept the order */
    uint32_t first, waiting;     /* ring of the times at which waiting packets begin to be sent */
    tarn_ns begins[IMPAIR_QUEUE_MAX];
};

enum impair_fate { IMPAIR_PASS, IMPAIR_LOST, IMPAIR_QUEUE_FULL };

struct impair_verdict {
    enum impair_fate fate;          /* of the packet itself */
    unsigned copies;                /* how many leave: 0, 1, 2 */
    uint64_t corrupt_bit;           /* to be inverted, counted from the first; or IMPAIR_INTACT */
    tarn_ns release[IMPAIR_COPIES]; /* when each is to be let out */
};

/* A law that begins at rest. `seed` is the spec's if it names one, else the caller's. */
void impair_init(struct impair_law *law, const struct impair_spec *spec, uint64_t seed,
                 enum impair_direction direction);

/* What becomes of a packet of `bytes` (> 0) offered at `now`, which must not run backwards. */
struct impair_verdict impair_offer(struct impair_law *law, tarn_ns now, uint32_t bytes);

#endif
