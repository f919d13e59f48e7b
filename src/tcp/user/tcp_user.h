/* tcp/user/tcp_user.h - the user interface (RFC 9293 3.9.1). */
#ifndef TARN_TCP_USER_TCP_USER_H
#define TARN_TCP_USER_TCP_USER_H

#include "tcp/tcp.h"

/* tcp_user_open.c */
/* What a socket is before anything has happened. */
void tcp_sock_init(const struct tarn *st, struct tcp_sock *tc);
int tcp_open(struct tarn *st, struct sock *sk);
int tcp_connect(struct tarn *st, struct sock *sk, const struct tarn_addr *to, tarn_ns now);
/* The same, and `by_send`: the first bytes come with the call (RFC 7413). -TARN_EINPROGRESS, or 0
 * where the SYN waits for them. */
int tcp_open_active(struct tarn *st, struct tcp_sock *tc, const struct tarn_addr *to, bool by_send,
                    tarn_ns now);

/* tcp_user_send.c */
long tcp_send(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now);
long tcp_send_reserve(struct tarn *st, struct sock *sk, void **at);
void tcp_send_commit(struct tarn *st, struct sock *sk, size_t n, tarn_ns now);

/* tcp_user_receive.c */
long tcp_recv(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now);
long tcp_recv_loan(struct tarn *st, struct sock *sk, const void **at);
void tcp_recv_return(struct tarn *st, struct sock *sk, size_t n, tarn_ns now);
/* No longer readable, if less than TARN_SO_RCVLOWAT is left and more may come. */
void tcp_readable(struct tarn *st, struct tcp_sock *tc);

/* tcp_user_close.c */
int tcp_shutdown(struct tarn *st, struct sock *sk, enum tarn_shutdown how, tarn_ns now);
void tcp_close(struct tarn *st, struct sock *sk, bool abort, tarn_ns now);

/* tcp_sockopt.c */
void tcp_options_inherit(struct tarn *st, struct tcp_sock *tc, const struct tcp_sock *from);
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
void tcp_urgent_input(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* More has come: maybe the urgent byte. Only while `urgent` is set. */
void tcp_urgent_arrived(struct tarn *st, struct tcp_sock *tc);
/* Is the next byte to be read the urgent one? */
bool tcp_urgent_is_next(const struct tarn *st, const struct tcp_sock *tc);
/* Bytes that make the socket readable: the urgent one out of line does not. */
uint32_t tcp_urgent_readable(const struct tarn *st, const struct tcp_sock *tc);
/* Bytes that may be read before the urgent mark. */
uint32_t tcp_urgent_limit(const struct tarn *st, const struct tcp_sock *tc);
void tcp_urgent_skip(struct tarn *st, struct tcp_sock *tc);
long tcp_urgent_read(struct tarn *st, struct tcp_sock *tc, struct tarn_msg *m);

#endif
