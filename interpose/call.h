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
    uint64_t site; /* the instruction's address */
};

/* What call_read() says beside 0 and a negative errno. */
enum { CALL_PASS = 1 };

/* Fill q->call, args, room, address and data from the call. `buffer` has POSIX_DATA_MAX +
 * POSIX_CONTROL_MAX bytes and holds what q points to as long as q is used. 0; CALL_PASS: the
 * kernel's own handling is right for a socket of ours too; or the errno that the call deserves. */
int call_read(const struct trap *t, struct posix_request *q, uint8_t *buffer);

/* Does a reply write into the program's memory? */
bool call_writes(const struct trap *t);

/* Write what a reply brings into the program's memory. 0, -EFAULT or -EINVAL. */
int call_write(const struct trap *t, const struct posix_reply *r);

/* ---- shared by the files that this is made of ---- */

int call_read_name(pid_t thread, uint64_t at, uint64_t len, struct posix_address *name);
bool call_is_many(const struct trap *t); /* sendmmsg, recvmmsg */
uint32_t call_at_most(uint64_t n);       /* of a message's bytes, POSIX_DATA_MAX */

/* call_message.c: as call_read() and call_write(), of struct msghdr. */
int call_read_sendmsg(const struct trap *t, struct posix_request *q, uint8_t *buffer);
int call_read_recvmsg(const struct trap *t, struct posix_request *q, uint8_t *buffer);
int call_write_sent_length(const struct trap *t, const struct posix_reply *r);
int call_write_recvmsg(const struct trap *t, const struct posix_reply *r);

/* ---- */

/* An ioctl about interfaces, which may be asked of any socket. */
bool call_is_of_interfaces(const struct trap *t);

/* How many messages the call offers: more than 1 only for sendmmsg and recvmmsg. */
unsigned call_messages(const struct trap *t);

/* The number that the call returns after one message. */
int64_t call_result(const struct trap *t, const struct posix_reply *r);

#endif
