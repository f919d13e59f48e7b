/* interpose/supervisor.h - the supervisor's inside, shared by the files that it is made of. */
#ifndef TARN_INTERPOSE_SUPERVISOR_H
#define TARN_INTERPOSE_SUPERVISOR_H

#include "interpose/call.h"
#include "interpose/interpose.h"
#include "interpose/peer.h"
#include "interpose/spawn.h"

struct supervisor {
    struct supervisor_config cfg;
    struct peers peers;
    struct spawn_inherit inherit;
    struct spawn program;
    int epoll, signals;
    int status;         /* of the program, once it has ended */
    bool ended;         /* the program */
    bool all_ended;     /* and every other process under the filter */
    bool told_of_eperm; /* one line is enough */
    struct trap *held;
    size_t n_held, held_max;
    uint8_t buffer[POSIX_DATA_MAX + POSIX_CONTROL_MAX];
};

/* ---- answer.c ---- */

/* Is the call behind a token still waiting? */
bool answer_is_awaited(const struct supervisor *sv, uint64_t token);

/* The call returns this: at least 0, or a negative errno. 0, or -ENOENT: too late. */
int answer_send(struct supervisor *sv, uint64_t token, int64_t result);

/* The kernel is to carry the call out. */
void answer_pass(struct supervisor *sv, const struct trap *t);

/* All that a reply brings: memory, descriptor, result. 0, or -ENOENT: the reply had no effect. */
int answer_deliver(struct supervisor *sv, const struct trap *t, struct posix_reply *r);

/* ---- held.c: calls that wait for their answer, at most one per thread ---- */

int held_add(struct supervisor *sv, const struct trap *t);
void held_forget_thread(struct supervisor *sv, pid_t thread);

/* Answer one: as answer_deliver(). */
int held_answer(struct supervisor *sv, uint64_t token, struct posix_reply *r);
bool held_is_waiting(struct supervisor *sv, uint64_t token);

/* ---- serve.c ---- */

/* Handle one caught call. */
void serve_call(struct supervisor *sv, struct trap *t);

#endif
