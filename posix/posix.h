/* posix/posix.h - Linux socket semantics for unmodified programs, over include/tarn/sock.h.
 *
 *      program            kernel              this process
 *      read, write   <-- AF_UNIX pair -->   pumps  <-->  struct tarn
 *      connect, ...  --> seccomp ------->   posix_server()
 *
 * Every socket of a program is one end of a pair whose other end is held here. The host loop waits
 * for posix_fd() to become readable, then calls posix_service(); it hands over the stack's socket
 * events, and calls posix_tick() when posix_deadline() has come. Nothing here blocks. */
#ifndef TARN_POSIX_POSIX_H
#define TARN_POSIX_POSIX_H

#include "posix/message.h"
#include "tarn/tarn.h"

struct posix;

struct posix_config {
    struct tarn *stack;
    struct posix_host host;
    tarn_ns (*clock)(void); /* the time that the loop gives to the stack */

    /* A connection is about to be given up: the last chance to read its state. May be NULL. */
    void (*closing)(void *ctx, tarn_sock s, tarn_ns now);
    void *ctx;
};

/* Counters for people and for tests. */
struct posix_stats {
    uint64_t sockets_made, sockets_freed;
    uint64_t calls, calls_undone; /* answered; answered too late and rolled back */
    uint64_t bytes_in, bytes_out; /* from the stack to programs, from programs to the stack */
};

/* -ENOMEM, or what epoll_create1() refuses with. */
int posix_init(struct posix **out, const struct posix_config *cfg);

/* Closes every socket as the death of its program would, and frees all. */
void posix_fini(struct posix *px);

/* Readable when posix_service() has something to do. */
int posix_fd(const struct posix *px);
void posix_service(struct posix *px, tarn_ns now);

/* A TARN_EVENT_SOCKET of a socket that was opened here. */
void posix_event(struct posix *px, const struct tarn_event *ev, tarn_ns now);

/* When a held call runs into its time limit; TARN_NEVER: none. */
tarn_ns posix_deadline(const struct posix *px);
void posix_tick(struct posix *px, tarn_ns now);

/* Sockets that a program still holds, or that still have bytes of a program to pass on. */
unsigned posix_open(const struct posix *px);

const struct posix_stats *posix_stats(const struct posix *px);

/* Whom the supervisor asks. */
struct posix_server posix_server(struct posix *px);

#endif
