/* sock/dgram.h - sockets that carry whole messages: what UDP and raw IP have in common. */
#ifndef TARN_SOCK_DGRAM_H
#define TARN_SOCK_DGRAM_H

#include "core/queue.h"
#include "sock/proto.h"

struct dgram {
    struct sock sk;
    struct queue rx, tx; /* `bytes` is their true size */
    uint32_t rcvbuf, sndbuf;
};

/* Room in front of a sent message for every header below it. */
enum { DGRAM_ROOM = 96 };

static inline struct dgram *dgram_of(struct sock *sk)
{
    return (struct dgram *)sk;
}

int dgram_open(struct tarn *st, struct sock *sk);
int dgram_connect(struct tarn *st, struct sock *sk, const struct tarn_addr *to, tarn_ns now);
int dgram_shutdown(struct tarn *st, struct sock *sk, enum tarn_shutdown how, tarn_ns now);
void dgram_close(struct tarn *st, struct sock *sk, bool abort, tarn_ns now);
long dgram_recv(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now);
struct pkt *dgram_pull(struct tarn *st, struct sock *sk, struct ip_info *ip,
                       const struct tx_room *room, tarn_ns now);
int dgram_setopt(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now);
int dgram_getopt(const struct tarn *st, const struct sock *sk, enum tarn_opt opt, int64_t *value);

/* Sending, step by step. The way to `to` (NULL: the peer): fills ip, with the source address.
 * -TARN_EDESTADDRREQ, -TARN_EACCES (broadcast without SO_BROADCAST), -TARN_EPIPE, route_find()'s.
 */
int dgram_route(struct tarn *st, struct sock *sk, const struct tarn_addr *to, struct ip_info *ip);
/* A packet with the message's bytes, DGRAM_ROOM before them. -TARN_EAGAIN (send buffer full),
 * -TARN_ENOBUFS; the packet is the caller's. */
int dgram_packet(struct tarn *st, struct sock *sk, const struct tarn_msg *m, struct pkt **out);
/* Queue it for its port; consumes p. */
void dgram_queue(struct tarn *st, struct sock *sk, const struct ip_info *ip, struct pkt *p,
                 tarn_ns now);

/* A received message, whose packet begins at its first byte; consumes p. `full` is counted when
 * the queue has no room. */
void dgram_enqueue(struct tarn *st, struct sock *sk, const struct tarn_addr *from, struct pkt *p,
                   enum tarn_drop full);

size_t dgram_msg_bytes(const struct tarn_msg *m);

#endif
