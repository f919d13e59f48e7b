/* tcp/congestion/tcp_congestion.h - how much may be in flight, and how fast it leaves: controllers,
 * rates, marks. */
#ifndef TARN_TCP_CONGESTION_TCP_CONGESTION_H
#define TARN_TCP_CONGESTION_TCP_CONGESTION_H

#include "tcp/tcp.h"

struct tcp_make;

/* tcp_ecn.c: marks of routers (RFC 3168), in either mode; a mark is an enum ip_ecn */
/* A connection is begun: choose what our SYN asks for (tcp.ecn). */
void tcp_ecn_begin(struct tarn *st, struct tcp_sock *tc);
/* The flags that a SYN or SYN,ACK of ours carries for it (RFC 3168 6.1.1, RFC 9768 3.1). */
unsigned tcp_ecn_syn_flags(const struct tarn *st, const struct tcp_sock *tc);
/* The answer to what our SYN has asked for: a SYN,ACK or a SYN. Sets tc->ecn. */
void tcp_ecn_answered(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* What a SYN gets from us: into the half-open record. */
void tcp_ecn_accept(const struct tarn *st, struct tcp_mini *m, const struct tcp_seg *g);
/* The same SYN came again. false: it asks for the other kind of ECN, which resets (RFC 9768
 * 3.1.5). */
bool tcp_ecn_syn_again(const struct tarn *st, struct tcp_mini *m, const struct tcp_seg *g);
/* The half-open record gets no ECN. */
void tcp_ecn_forget(struct tcp_mini *m);
/* What it has got, from the SYN that a cookie brings back and the ACK that brought it. */
void tcp_ecn_from_cookie(const struct tarn *st, struct tcp_mini *m, const struct tcp_seg *syn,
                         const struct tcp_seg *ack);
/* Put flags and option into a half-open record's SYN,ACK; then say that it was sent. */
void tcp_ecn_syn_ack(const struct tarn *st, const struct tcp_mini *m, struct tcp_hdr *h);
void tcp_ecn_syn_ack_sent(struct tcp_mini *m);
/* Classic only: the flags of new data; m->ip is told that its packet may be marked. */
unsigned tcp_ecn_data(const struct tcp_make *m);
/* Only while tc->ecn is on: the flags that tell the peer of its marks, for a segment that has
 * `flags`; bare: it has no payload. */
unsigned tcp_ecn_feedback(const struct tcp_make *m, unsigned flags, bool bare);
/* Classic only: data has come, marked or not (RFC 3168 6.1.3). */
void tcp_ecn_arrived(struct tcp_sock *tc, const struct tcp_seg *g);
/* How many of the segments acknowledged were marked, as far as the ACK tells; 0: none. */
uint32_t tcp_ecn_ack(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g,
                     const struct tcp_sample *s);
/* The window was reduced, for whatever reason: the peer will see CWR. It was needless: it will not.
 */
void tcp_ecn_reduced(struct tcp_sock *tc);
void tcp_ecn_undone(struct tcp_sock *tc);

/* tcp_accecn.c: the mode TCP_ECN_ACCURATE (RFC 9768). The first three functions enter it. */
/* Counters for a connection whose SYN asks for it, or is answered; false: no memory. `mark`: of the
 * peer's SYN. */
bool tcp_accecn_begin(struct tarn *st, struct tcp_sock *tc, uint8_t mark);
/* A half-open record that has agreed to it has become the connection tc. */
void tcp_accecn_accepted(struct tarn *st, struct tcp_sock *tc, const struct tcp_mini *m);
/* The SYN,ACK to a SYN that asked for it: what has the peer agreed to (3.1.2, 3.1.3)? */
void tcp_accecn_answered(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* The flags that tell of the mark of a SYN or SYN,ACK (table 3). */
unsigned tcp_accecn_reflect(uint8_t mark);
/* The SYN,ACK came again: the next ACK says again what it said of its mark. */
void tcp_accecn_syn_again(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* An acceptable segment: count it (r.cep, r.ceb ...). */
void tcp_accecn_arrived(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* Data came that was there already, from `start` on: options may be why (3.2.3.2.2). */
void tcp_accecn_repeated(struct tarn *st, struct tcp_sock *tc, tcp_seq start);
/* How many packets this ACK says were marked, at most (3.2.2.5, A.2). */
uint32_t tcp_accecn_ack(struct tarn *st, const struct tcp_sock *tc, const struct tcp_seg *g,
                        const struct tcp_sample *s);
/* ACE, for a segment that has `flags`; m->ip is told that its packet may be marked. */
unsigned tcp_accecn_flags(const struct tcp_make *m, unsigned flags, bool bare);
/* What the ACKs of TIME-WAIT carry. */
void tcp_accecn_last(const struct tarn *st, const struct tcp_sock *tc, struct tcp_mini *m);
/* Put the option into a SYN,ACK; into a segment whose other options are set, if it is due and fits
 * (3.2.3). */
void tcp_accecn_syn_ack_option(const struct tarn *st, struct tcp_opts *o);
void tcp_accecn_option(const struct tcp_make *m, struct tcp_opts *o, unsigned flags);
/* Bytes that it and SACK blocks of `sack_bytes` will take of a segment sent now. */
uint32_t tcp_accecn_bytes(const struct tarn *st, const struct tcp_sock *tc, uint32_t sack_bytes,
                          tarn_ns now);

/* tcp_rate.c: samples of the delivery rate (draft-ietf-ccwg-bbr 4.1) */
void tcp_rate_init(struct tcp_active *a, tarn_ns now);
/* r is being sent: it keeps how much has been delivered so far. */
void tcp_rate_sent(const struct tcp_sock *tc, struct tcp_active *a, struct tcp_rec *r, tarn_ns now);
/* Segments that `bytes` of the record went in. */
uint32_t tcp_rate_segs(const struct tcp_rec *r, uint32_t bytes);
/* `bytes` of r have been delivered: into the sample of this ACK. */
void tcp_rate_delivered(struct tcp_active *a, struct tcp_sample *s, const struct tcp_rec *r,
                        uint32_t bytes, tarn_ns now);
/* All of the ACK has been looked at: s->rate, s->interval. */
void tcp_rate_finish(const struct tcp_sock *tc, struct tcp_active *a, struct tcp_sample *s);
/* The application has no more to send: what is in flight tells nothing of the path's capacity. */
void tcp_rate_app_limited(struct tcp_active *a, uint32_t inflight);

/* tcp_cc.c: the connection's controller, see include/tarn/cc.h */
/* A controller begins, from the window kept or the initial one (RFC 5681 4.1, RFC 6928). */
void tcp_cc_start(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, tarn_ns now);
/* What an ACK tells: fill `ack` from its sample, then let the controller see it. */
void tcp_cc_fill(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a,
                 const struct tcp_sample *s, tarn_ns now, struct tarn_cc_ack *ack);
void tcp_cc_ack(struct tcp_sock *tc, struct tcp_active *a, const struct tarn_cc_ack *ack);
/* An event, with the ACK that has brought it; and one that no ACK has brought. */
void tcp_cc_event(struct tarn *st, struct tcp_sock *tc, enum tarn_cc_event event,
                  const struct tarn_cc_ack *ack);
void tcp_cc_plain(struct tarn *st, struct tcp_sock *tc, enum tarn_cc_event event, tarn_ns now);
/* tc->snd_mss has changed. */
void tcp_cc_mss(const struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
/* r has been sent. */
void tcp_cc_sent(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                 const struct tcp_rec *r, tarn_ns now);
/* Something was sent: has the window been the limit? May shrink one that is not used. */
void tcp_cc_validate(const struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                     bool limited);
/* Has the window been what held data back in this round trip (RFC 7661 4.1)? */
bool tcp_cc_is_limited(const struct tcp_active *a);
/* Data is written while nothing is in flight: has the connection been idle (RFC 5681 4.1)? */
void tcp_cc_idle(const struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* FlightSize of RFC 5681 equation (4), or 0 where the window counts instead, as in Linux. `more`
 * was acknowledged just now. */
uint32_t tcp_cc_flight(const struct tarn *st, const struct tcp_sock *tc, uint32_t more);

/* tcp_pace.c */
/* How fast data may leave, bytes per second; UINT64_MAX: no limit, or none is known yet. */
uint64_t tcp_pace_rate(const struct tarn *st, const struct tcp_sock *tc,
                       const struct tcp_active *a);
/* SO_MAX_PACING_RATE in bytes per second, UINT64_MAX: none; and set it. -TARN_ENOBUFS. */
uint64_t tcp_pace_limit(const struct tarn *st, const struct tcp_sock *tc);
int tcp_pace_set_limit(struct tarn *st, struct tcp_sock *tc, uint64_t rate);
/* New data was sent: when may more be? */
void tcp_pace_sent(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                   uint32_t bytes, tarn_ns now);

#endif
