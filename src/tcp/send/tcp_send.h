/* tcp/send/tcp_send.h - bytes out: what may be written, what may leave, and the segments it is put
 * into. */
#ifndef TARN_TCP_SEND_TCP_SEND_H
#define TARN_TCP_SEND_TCP_SEND_H

#include "tcp/tcp.h"

struct tcp_make;

/* tcp_send.c */
/* Bytes of new data that the windows, Nagle's algorithm (RFC 9293 3.7.4), the avoidance of silly
 * windows (3.8.6.2.1) and congestion control let go. */
uint32_t tcp_may_send(const struct tarn *st, const struct tcp_sock *tc);
/* The same, and 0 while pacing holds it back. */
uint32_t tcp_may_send_now(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
/* A segment, or a super-packet, of n such bytes. NULL: no memory. */
struct pkt *tcp_make_data(const struct tcp_make *m, uint32_t n);
/* Bytes of the first lost record that may go now. */
uint32_t tcp_may_retransmit(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
/* A segment of so many. NULL: no memory. */
struct pkt *tcp_make_retransmit(const struct tcp_make *m, uint32_t bytes);

/* tcp_super.c */
/* The most that one super-packet has. */
uint32_t tcp_super_bytes(const struct tarn *st, const struct tcp_sock *tc,
                         const struct tcp_active *a);
/* Up to `bytes` go from SND.NXT on: how many of them as one, or as the rest of the last one. */
uint32_t tcp_super_begin(const struct tcp_sock *tc, struct tcp_active *a, uint32_t bytes,
                         uint32_t mss);
/* A piece up to `end` has left: does its last segment push? */
bool tcp_super_sent(struct tcp_active *a, tcp_seq end);

/* tcp_sndbuf.c */
/* Bytes that one write's super-packet may have. */
uint32_t tcp_sndbuf_grain(const struct tcp_sock *tc);
/* What windows would let go at once, were it there. */
uint32_t tcp_sendable(const struct tarn *st, const struct tcp_sock *tc);
/* Bytes of memory that the send buffer's content costs; it is full at snd_buf. */
uint64_t tcp_sndbuf_used(const struct tarn *st, const struct tcp_sock *tc);
/* Bytes that may be written. */
uint32_t tcp_sndbuf_room(const struct tarn *st, const struct tcp_sock *tc);
/* An ACK has come: shall the buffer grow? */
void tcp_sndbuf_grow(const struct tarn *st, struct tcp_sock *tc, const struct tcp_active *a);

/* tcp_lowat.c */
/* May the application be told that there is room? */
bool tcp_lowat_is_met(const struct tarn *st, const struct tcp_sock *tc);
/* Bytes that it may write. */
uint32_t tcp_lowat_room(struct tarn *st, struct tcp_sock *tc);

/* tcp_eor.c */
/* The send queue ends in the end of a record. */
void tcp_eor_set(const struct tarn *st, struct tcp_sock *tc);
/* Only while `eor` is set: bytes not sent yet up to the end of a record; UINT32_MAX: none ends. */
uint32_t tcp_eor_ahead(const struct tarn *st, const struct tcp_sock *tc);
/* Likewise: does a record end in front of `end`? */
bool tcp_eor_is_at(const struct tarn *st, const struct tcp_sock *tc, tcp_seq end);

#endif
