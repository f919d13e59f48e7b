/* run/blocking.h - calls that wait, for a program that uses the library in its own thread: each
 * turns the loop itself until it can go on, so there is no other thread and no hand-over.
 *
 * Timeouts are in nanoseconds from the call; TARN_NEVER waits for ever. -TARN_ETIMEDOUT when one
 * ends; what has happened until then stands. -TARN_EINTR when a signal came. */
#ifndef TARN_RUN_BLOCKING_H
#define TARN_RUN_BLOCKING_H

#include "run/stack.h"

/* As tarn_connect(), until the connection stands or has failed (the socket's error is returned). */
int run_connect(struct run_stack *s, tarn_sock sock, const struct tarn_addr *peer, tarn_ns timeout);

/* As tarn_accept(), until there is one. */
int run_accept(struct run_stack *s, tarn_sock listener, tarn_sock *out, struct tarn_addr *peer,
               tarn_ns timeout);

/* Sends all of the n bytes; fewer are returned only when an error or the timeout came after some.
 */
long run_send(struct run_stack *s, tarn_sock sock, const void *buf, size_t n, tarn_ns timeout);

/* At least one byte, at most n; 0 = the peer has closed. */
long run_recv(struct run_stack *s, tarn_sock sock, void *buf, size_t n, tarn_ns timeout);

/* Until one of the `want` bits (enum tarn_ready), or TARN_ERR or TARN_HUP, is set; returns the
 * bits. */
int run_wait(struct run_stack *s, tarn_sock sock, unsigned want, tarn_ns timeout);

#endif
