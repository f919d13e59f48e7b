/* tcp/user/tcp_user.h - the user interface (RFC 9293 3.9.1). */
#ifndef TARN_TCP_USER_TCP_USER_H
#define TARN_TCP_USER_TCP_USER_H

#include "tcp/tcp.h"

/* tcp_user_open.c: active OPEN (RFC 9293 3.10.1). For passive OPEN see tcp_open.h. */
/* What a socket is before anything has happened. */
void tcp_sock_init(const struct tarn *st, struct tcp_sock *tc);
/* See struct proto; connecting returns what tcp_open_active() does. */
int tcp_open(struct tarn *st, struct sock *sk);
int tcp_connect(struct tarn *st, struct sock *sk, const struct tarn_addr *to, tarn_ns now);
/* `by_send`: the first bytes come with the call (RFC 7413). -TARN_EINPROGRESS, or 0 where the SYN
 * waits for them; -TARN_EALREADY, -TARN_EISCONN, -TARN_ECONNREFUSED (port 0), -TARN_EADDRNOTAVAIL
 * (no port is left), -TARN_ENETUNREACH and what else sock_connect_way() says. */
int tcp_open_active(struct tarn *st, struct tcp_sock *tc, const struct tarn_addr *to, bool by_send,
                    tarn_ns now);

/* tcp_user_send.c: SEND (RFC 9293 3.10.2); see struct proto. -TARN_EAGAIN (no room),
 * -TARN_EINPROGRESS (fast open: the SYN has left without data), -TARN_EPIPE, -TARN_EOPNOTSUPP,
 * -TARN_EINVAL, -TARN_EISCONN, -TARN_EALREADY, and those of tcp_open_active(). */
long tcp_send(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now);
long tcp_send_reserve(struct tarn *st, struct sock *sk, void **at);
void tcp_send_commit(struct tarn *st, struct sock *sk, size_t n, tarn_ns now);

/* tcp_user_receive.c: RECEIVE (RFC 9293 3.10.3); see struct proto. 0: the end of the stream;
 * -TARN_EAGAIN, -TARN_ENOTCONN; urgent data: -TARN_EINVAL. */
long tcp_recv(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now);
long tcp_recv_loan(struct tarn *st, struct sock *sk, const void **at);
void tcp_recv_return(struct tarn *st, struct sock *sk, size_t n, tarn_ns now);
/* No longer readable, if less than TARN_SO_RCVLOWAT is left and more may come. */
void tcp_readable(struct tarn *st, struct tcp_sock *tc);

/* tcp_user_close.c: CLOSE and ABORT (RFC 9293 3.10.4, 3.10.5); see struct proto. */
int tcp_shutdown(struct tarn *st, struct sock *sk, enum tarn_shutdown how, tarn_ns now);
void tcp_close(struct tarn *st, struct sock *sk, bool abort, tarn_ns now);

/* tcp_sockopt.c */
/* An accepted connection has its listener's options. */
void tcp_options_inherit(struct tarn *st, struct tcp_sock *tc, const struct tcp_sock *from);
/* See struct proto. */
int tcp_setopt(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now);
int tcp_getopt(const struct tarn *st, const struct sock *sk, enum tarn_opt opt, int64_t *value);

/* tcp_info.c */
/* Account the time since the last call to what the sending side was doing. */
void tcp_spend(struct tcp_sock *tc, const struct tcp_active *a, tarn_ns now);

/* tcp_uto.c */
/* TCP_USER_TIMEOUT, 0: not chosen. -TARN_ENOBUFS. */
int tcp_uto_set(struct tarn *st, struct tcp_sock *tc, uint32_t ms);
static inline uint32_t tcp_uto_chosen_ms(const struct tarn *st, const struct tcp_sock *tc)
{
    const struct tcp_extra *x = tcp_extra(st, tc);

    return x != NULL ? x->user_timeout_ms : 0;
}
/* A connection begins: is the peer to hear of it? */
void tcp_uto_begin(const struct tarn *st, struct tcp_sock *tc);
/* The user timeout that counts; 0: the number of timeouts does. */
uint32_t tcp_uto_ms(const struct tarn *st, const struct tcp_sock *tc);
/* Only while `uto_due`: put the option into a segment with payload p, if it has room. */
void tcp_uto_option(const struct tarn *st, struct tcp_sock *tc, const struct pkt *p,
                    struct tcp_opts *o);
/* The peer has told its own. */
void tcp_uto_input(struct tarn *st, struct tcp_sock *tc, uint16_t uto);

/* tcp_urgent.c */
/* The last byte of the send queue is urgent. */
void tcp_urgent_send(struct tarn *st, struct tcp_sock *tc);
/* Only while `snd_urgent` is set: put the pointer into a segment. */
void tcp_urgent_mark(const struct tarn *st, struct tcp_sock *tc, struct tcp_hdr *h);
/* The sixth step of RFC 9293 3.10.7.4: the segment has an urgent pointer. */
void tcp_urgent_input(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* More has come: maybe the urgent byte. Only while `urgent` is set. */
void tcp_urgent_arrived(struct tarn *st, struct tcp_sock *tc);
/* Is the next byte to be read the urgent one? */
bool tcp_urgent_is_next(const struct tarn *st, const struct tcp_sock *tc);
/* Bytes that make the socket readable: the urgent one out of line does not. */
uint32_t tcp_urgent_readable(const struct tarn *st, const struct tcp_sock *tc);
/* Bytes that may be read before the urgent mark. */
uint32_t tcp_urgent_limit(const struct tarn *st, const struct tcp_sock *tc);
/* Reading goes on behind an urgent byte that is not in line. */
void tcp_urgent_skip(struct tarn *st, struct tcp_sock *tc);
/* TARN_MSG_OOB: read the urgent byte. -TARN_EINVAL (there is none), -TARN_EAGAIN (it has not come
 * yet); 0: none will come. */
long tcp_urgent_read(struct tarn *st, struct tcp_sock *tc, struct tarn_msg *m);

#endif
