/* tcp/close/tcp_close.h - how a connection ends and what outlives it; answers for those that are no
 * more, or never were. */
#ifndef TARN_TCP_CLOSE_TCP_CLOSE_H
#define TARN_TCP_CLOSE_TCP_CLOSE_H

#include "tcp/tcp.h"

/* tcp_time_wait.c: RFC 9293 3.6 */
/* The connection becomes a small record, if there is room for one, and its socket is closed. */
void tcp_enter_time_wait(struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* A segment for it. false: the SYN of a new connection, the record is gone. */
bool tcp_time_wait_input(struct tarn *st, struct tcp_time_wait *w, const struct tcp_sock *listener,
                         struct tcp_seg *g);
/* Is the pair in TIME-WAIT, and not to be used again yet? See struct proto. */
bool tcp_time_wait_is_busy(const struct tarn *st, const struct tarn_addr *local,
                           const struct tarn_addr *remote);
/* May we open a connection where one may be in TIME-WAIT? Sets *isn if it had one. */
bool tcp_time_wait_reuse(struct tarn *st, const struct tarn_addr *local,
                         const struct tarn_addr *remote, tarn_ns now, tcp_seq *isn);
/* 2 MSL are over. */
void tcp_time_wait_expire(struct tarn *st, struct tcp_mini *m);

/* tcp_reset.c */
/* A segment of a header alone, signed by `by`, on its way. `mark`: the packet's. Fills in ip. */
void tcp_reply(struct tarn *st, struct ip_info *ip, const struct tcp_hdr *h, uint32_t mark,
               const struct tcp_signer *by, tarn_ns now);
/* RFC 9293 3.5.2, 3.10.7.1: a reset for a segment that belongs to nobody. */
void tcp_reset_reply(struct tarn *st, const struct tcp_seg *g);

/* tcp_challenge.c */
/* May a segment that should not have come be answered? *answered_ms is the connection's. */
bool tcp_answers(const struct tarn *st, uint32_t *answered_ms, tarn_ns now);
/* A challenge ACK (RFC 5961 3.2, 4.2, 5.2), within the limits of section 7. */
void tcp_challenge(struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* An ACK for an unacceptable segment: at once for one with text, else within the limit. */
void tcp_corrective_ack(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);

/* tcp_error.c */
/* An ICMP error about a segment of ours (RFC 9293 3.9.2.2, RFC 5927); see struct proto. */
void tcp_error(struct tarn *st, const struct icmp_error *e, tarn_ns now);

#endif
