/* tests/property/plan.h - a random history as data: how the two ends are set up, and its steps.
 *
 * Every choice is in here, none is made while the history runs, so a history can be run again, cut
 * into pieces and printed. Numbers in a step are taken modulo what there is when it runs (packets
 * in flight, sockets), so that it still means something when steps before it are taken away. */
#ifndef TARN_TESTS_PROPERTY_PLAN_H
#define TARN_TESTS_PROPERTY_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { ENDS = 2, PLAN_STEPS_MAX = 20000, PLAN_PARAMS_MAX = 48 };

/* `end` is who calls, or whose packets in flight are meant; a, b as the step's own comment says. */
struct step {
    uint8_t kind; /* enum step_kind */
    uint8_t end;
    uint16_t index; /* of the socket, or of the packet in flight */
    uint32_t a, b;
};

#define X(id, name, weight, meaning) STEP_##id,
enum step_kind {
#include "tests/property/step.def"
    STEP_N
};
#undef X

/* Faults in the wire, which a history must find: they show that it would find one of TCP's. */
enum inject {
    INJECT_NOTHING,
    INJECT_FLIP,  /* a byte of the payload changes, and the checksum with it */
    INJECT_NO_FIN /* whatever carries a FIN is lost, always */
};

/* What both ends sign their segments with, see keys.c. */
enum plan_auth { AUTH_NONE, AUTH_MD5, AUTH_AO_SHA1, AUTH_AO_AES };

/* A parameter of the stack that is not as by default, see plan_params[]. */
struct plan_param {
    uint8_t end, which;
    int64_t value;
};

struct plan {
    uint64_t seed;
    enum inject inject;
    bool six;
    uint32_t offload[ENDS]; /* enum link_offload */
    uint16_t mtu[ENDS];
    uint8_t cc[ENDS];      /* index into plan_cc[] */
    uint8_t auth;          /* enum plan_auth */
    uint8_t cookies[ENDS]; /* tcp.syncookies */
    uint16_t fastopen;     /* tcp.fastopen; not 0: listeners take data in a SYN, and some
                              connections begin with it */
    struct plan_param params[PLAN_PARAMS_MAX];
    unsigned n_params;
    struct step steps[PLAN_STEPS_MAX];
    unsigned n_steps;
};

extern const char *const plan_cc[], *const step_names[];

/* The history of this seed, of n <= PLAN_STEPS_MAX steps. */
void plan_make(struct plan *p, uint64_t seed, unsigned n);

const char *plan_param_name(const struct plan_param *q);
/* Does the stack have it, with this value? */
bool plan_param_is_known(const struct plan_param *q);

void plan_print(const struct plan *p, FILE *to);

/* splitmix64: fast, and the same everywhere. */
static inline uint64_t plan_draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

#endif
