/* interpose/call.h - a caught system call, and its translation to posix's messages and back. */
#ifndef TARN_INTERPOSE_CALL_H
#define TARN_INTERPOSE_CALL_H

#include <sys/types.h>

#include "posix/message.h"

/* A system call that waits in the kernel for its answer. */
struct trap {
    uint64_t token; /* the notification's id */
    pid_t thread;
    int nr;
    uint64_t arg[6];
};

/* What call_read() says beside 0 and a negative errno. */
enum { CALL_PASS = 1 };

/* Fill q->call, args, room, address and data from the call; `type` is the socket's. `buffer` has
 * POSIX_DATA_MAX bytes and holds the data as long as q is used. 0; CALL_PASS: the kernel's own
 * handling is right for a socket of ours too; or the errno that the call deserves. */
int call_read(const struct trap *t, int type, struct posix_request *q, uint8_t *buffer);

/* Write what a reply brings into the program's memory. 0, -EFAULT or -EINVAL. */
int call_write(const struct trap *t, const struct posix_reply *r);

/* The number that the call returns for a reply that succeeded. */
int64_t call_result(const struct trap *t, const struct posix_reply *r);

#endif
