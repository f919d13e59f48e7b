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
    int type;       /* of our socket: SOCK_STREAM, SOCK_DGRAM */
    unsigned index; /* which of many messages */
    uint64_t arg[6];
};

/* What call_read() says beside 0 and a negative errno. */
enum { CALL_PASS = 1 };

/* Fill q->call, args, room, address and data from the call. `buffer` has POSIX_DATA_MAX bytes and
 * holds the data as long as q is used. 0; CALL_PASS: the kernel's own handling is right for a
 * socket of ours too; or the errno that the call deserves. */
int call_read(const struct trap *t, struct posix_request *q, uint8_t *buffer);

/* Write what a reply brings into the program's memory. 0, -EFAULT or -EINVAL. */
int call_write(const struct trap *t, const struct posix_reply *r);

/* How many messages the call offers: more than 1 only for sendmmsg and recvmmsg. */
unsigned call_messages(const struct trap *t);

/* The number that the call returns after one message. */
int64_t call_result(const struct trap *t, const struct posix_reply *r);

#endif
