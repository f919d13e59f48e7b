/* tests/fuzz/stack.h - a stack under a fuzzer: a peer that answers as the input says, sockets that
 * are used as the input says, time that passes as the input says, and memory that moves. */
#ifndef TARN_TESTS_FUZZ_STACK_H
#define TARN_TESTS_FUZZ_STACK_H

#include "base/bytes.h"
#include "tests/fuzz/check.h"
#include "tests/unit/rig.h"
#include "wire/tcp.h"

enum { STACK_ARENA = 4 << 20, N_FLOWS = 8, N_SOCKETS = 8 };

/* What the peer knows of a connection, taken from what the stack has sent. */
struct flow {
    bool six; /* over IPv6 */
    uint16_t stack_port, peer_port;
    tcp_seq seq; /* the stack expects this next */
    tcp_seq ack; /* behind the last byte the stack has sent */
};

struct fuzz {
    struct rig rig;
    struct cursor in;
    struct flow flow[N_FLOWS];
    unsigned n_flows;
    tarn_sock sock[N_SOCKETS]; /* all zero: none. 0: TCP listener on port 80, 1: UDP on port 9 */
};

/* A fresh stack with its two sockets. */
void fuzz_open(struct fuzz *f, const uint8_t *data, size_t n);

/* Everything that the stack has to say to the peer; learns flows from it. */
void fuzz_drain(struct fuzz *f);

/* Time passes: ticks at every deadline on the way; there must be an end of what is due. */
void fuzz_wait(struct fuzz *f, tarn_ns ns);

/* The stack goes on at another address. */
void fuzz_move(struct fuzz *f);

/* All sockets are closed and hours pass: nothing may be left, and no internal check have failed. */
void fuzz_close(struct fuzz *f);

/* Up to `most` bytes of the input. */
size_t fuzz_bytes(struct fuzz *f, uint8_t *to, size_t most);

/* Addresses of IPv6: the stack's, and the peer's. */
extern const struct tarn_ip FUZZ_OURS, FUZZ_PEERS;

/* peer.c: the peer does something the input chooses. app.c: so does the application. */
void fuzz_peer(struct fuzz *f);
/* peer6.c: the same over IPv6 alone; n bytes of a transport's message in a good packet; an error
 * about a segment of the flow. */
void fuzz_peer6(struct fuzz *f);
void fuzz_packet6(struct fuzz *f, uint8_t proto, uint8_t tclass, const uint8_t *message, size_t n);
void fuzz_error6(struct fuzz *f, const struct flow *fl);
void fuzz_app(struct fuzz *f);

#endif
