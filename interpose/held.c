/* interpose/held.c - calls that sleep with us until posix answers them. */
#include <errno.h>
#include <stdlib.h>

#include "interpose/supervisor.h"

static void drop_held(struct supervisor *sv, size_t i)
{
    sv->held[i] = sv->held[--sv->n_held];
}

/* A thread that calls again is no longer in the call that we hold for it. */
void held_forget_thread(struct supervisor *sv, pid_t thread)
{
    for (size_t i = 0; i < sv->n_held; i++) {
        if (sv->held[i].thread == thread) {
            drop_held(sv, i);
            return;
        }
    }
}

int held_add(struct supervisor *sv, const struct trap *t)
{
    if (sv->n_held == sv->held_max) {
        size_t max = sv->held_max == 0 ? 64 : 2 * sv->held_max;
        struct trap *held = realloc(sv->held, max * sizeof *held);

        if (held == NULL)
            return -ENOMEM;
        sv->held = held;
        sv->held_max = max;
    }
    sv->held[sv->n_held++] = *t;
    return 0;
}

static struct trap *find_held(struct supervisor *sv, uint64_t token)
{
    for (size_t i = 0; i < sv->n_held; i++) {
        if (sv->held[i].token == token)
            return &sv->held[i];
    }
    return NULL;
}

int held_answer(struct supervisor *sv, uint64_t token, struct posix_reply *r)
{
    struct trap *found = find_held(sv, token);
    struct trap t;

    if (found == NULL)
        return -ENOENT;
    t = *found;
    drop_held(sv, (size_t)(found - sv->held));
    return answer_deliver(sv, &t, r);
}

bool held_is_waiting(struct supervisor *sv, uint64_t token)
{
    return find_held(sv, token) != NULL && answer_is_awaited(sv, token);
}
