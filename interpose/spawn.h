/* interpose/spawn.h - starts the program under the filter. */
#ifndef TARN_INTERPOSE_SPAWN_H
#define TARN_INTERPOSE_SPAWN_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "interpose/interpose.h"

/* What the program gets back of the process it would have been started by. */
struct spawn_inherit {
    sigset_t signals;
    struct sigaction broken_pipe;
    struct rlimit files;
};

struct spawn {
    pid_t pid;
    int listener;               /* the notification descriptor, in this process */
    int view[SUPERVISOR_VIEWS]; /* the program's own files, in this process; -1: none */
};

/* 0, or a status of interpose.h after a log line. The child waits in exec or beyond. */
int spawn_program(struct spawn *s, const struct supervisor_config *cfg,
                  const struct spawn_inherit *inherit);

#endif
