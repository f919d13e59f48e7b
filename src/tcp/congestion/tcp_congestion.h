/* tcp/congestion/tcp_congestion.h - how much may be in flight, and how fast it leaves: controllers,
 * rates, marks. */
#ifndef TARN_TCP_CONGESTION_TCP_CONGESTION_H
#define TARN_TCP_CONGESTION_TCP_CONGESTION_H

#include "tcp/tcp.h"

struct tcp_make;

/* tcp_ecn.c */
/* Choose what our SYN asks for. */
void tcp_ecn_begin(struct tarn *st, struct tcp_sock *tc);
/* The flags that a SYN or SYN,ACK of ours carries for it. */
unsigned tcp_ecn_syn_flags(const struct tarn *st, const struct tcp_sock *tc);
/* The answer to what our SYN has asked for: a SYN,ACK or a SYN. */
void tcp_ecn_answered(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* What a SYN gets from us: into the half-open record. The same SYN came again: false
 * if it asks for the other kind of ECN, which resets (RFC 9768 3.1.5). It gets nothing. */
void tcp_ecn_accept(const struct tarn *st, struct tcp_mini *m, const struct tcp_seg *g);
bool tcp_ecn_syn_again(const struct tarn *st, struct tcp_mini *m, const struct tcp_seg *g);
void tcp_ecn_forget(struct tcp_mini *m);
/* What it has got, from the SYN that a cookie brings back and the ACK that brought it. */
void tcp_ecn_from_cookie(const struct tarn *st, struct tcp_mini *m, const struct tcp_seg *syn,
                         const struct tcp_seg *ack);
/* Flags and option of a half-open record's SYN,ACK; one has been sent. */
void tcp_ecn_syn_ack(const struct tarn *st, const struct tcp_mini *m, struct tcp_hdr *h);
void tcp_ecn_syn_ack_sent(struct tcp_mini *m);
/* Only where it was agreed on (tc->ecn): flags of new data, which may be marked; of any segment,
 * bare if it has no payload; data that came (classic). */
unsigned tcp_ecn_data(const struct tcp_make *m);
unsigned tcp_ecn_feedback(const struct tcp_make *m, unsigned flags, bool bare);
void tcp_ecn_arrived(struct tcp_sock *tc, const struct tcp_seg *g);
/* How many of the segments acknowledged were marked, as far as the ACK tells; 0: none. */
uint32_t tcp_ecn_ack(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g,
                     const struct tcp_sample *s);
/* The window was reduced, for whatever reason: the peer is told. It was needless: it is not. */
void tcp_ecn_reduced(struct tcp_sock *tc);
void tcp_ecn_undone(struct tcp_sock *tc);

/* tcp_accecn.c: of connections in the mode TCP_ECN_ACCURATE. The first three make them so. */
bool tcp_accecn_begin(struct tarn *st, struct tcp_sock *tc, uint8_t mark);
void tcp_accecn_accepted(struct tarn *st, struct tcp_sock *tc, const struct tcp_mini *m);
void tcp_accecn_answered(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* The flags that tell of the mark of a SYN or SYN,ACK. */
unsigned tcp_accecn_reflect(uint8_t mark);
void tcp_accecn_syn_again(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
void tcp_accecn_arrived(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* Data came that was there already. */
void tcp_accecn_repeated(struct tarn *st, struct tcp_sock *tc, tcp_seq start);
uint32_t tcp_accecn_ack(struct tarn *st, const struct tcp_sock *tc, const struct tcp_seg *g,
                        const struct tcp_sample *s);
unsigned tcp_accecn_flags(const struct tcp_make *m, unsigned flags, bool bare);
/* What the ACKs of TIME-WAIT carry. */
void tcp_accecn_last(const struct tarn *st, const struct tcp_sock *tc, struct tcp_mini *m);
/* The option, where it is due and there is room: of a SYN,ACK; of a segment whose other options are
 * set. Bytes that it and SACK blocks of `sack_bytes` will take of a segment sent now. */
void tcp_accecn_syn_ack_option(const struct tarn *st, struct tcp_opts *o);
void tcp_accecn_option(const struct tcp_make *m, struct tcp_opts *o, unsigned flags);
uint32_t tcp_accecn_bytes(const struct tarn *st, const struct tcp_sock *tc, uint32_t sack_bytes,
                          tarn_ns now);

/* tcp_rate.c */
void tcp_rate_init(struct tcp_active *a, tarn_ns now);
void tcp_rate_sent(const struct tcp_sock *tc, struct tcp_active *a, struct tcp_rec *r, tarn_ns now);
/* Segments that `bytes` of the record went in. */
uint32_t tcp_rate_segs(const struct tcp_rec *r, uint32_t bytes);
void tcp_rate_delivered(struct tcp_active *a, struct tcp_sample *s, const struct tcp_rec *r,
                        uint32_t bytes, tarn_ns now);
void tcp_rate_finish(const struct tcp_sock *tc, struct tcp_active *a, struct tcp_sample *s);
void tcp_rate_app_limited(struct tcp_active *a, uint32_t inflight);

/* tcp_cc.c */
void tcp_cc_start(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, tarn_ns now);
void tcp_cc_event(struct tarn *st, struct tcp_sock *tc, enum tarn_cc_event event,
                  const struct tarn_cc_ack *ack);
/* Something was sent: has the window been the limit? May shrink one that is not used. */
void tcp_cc_validate(const struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                     bool limited);
/* Has the window been what held data back in this round trip (RFC 7661 4.1)? */
bool tcp_cc_is_limited(const struct tcp_active *a);
/* Data is written while nothing is in flight: has the connection been idle? */
void tcp_cc_idle(const struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* FlightSize of RFC 5681 equation (4), or 0 where the window counts instead, as in Linux. `more`
 * was acknowledged just now. */
uint32_t tcp_cc_flight(const struct tarn *st, const struct tcp_sock *tc, uint32_t more);
void tcp_cc_plain(struct tarn *st, struct tcp_sock *tc, enum tarn_cc_event event, tarn_ns now);
void tcp_cc_mss(const struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
void tcp_cc_fill(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a,
                 const struct tcp_sample *s, tarn_ns now, struct tarn_cc_ack *ack);
void tcp_cc_ack(struct tcp_sock *tc, struct tcp_active *a, const struct tarn_cc_ack *ack);
void tcp_cc_sent(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                 const struct tcp_rec *r, tarn_ns now);

/* tcp_pace.c */
/* Bytes per second; UINT64_MAX: no limit, or none is known yet. */
uint64_t tcp_pace_rate(const struct tarn *st, const struct tcp_sock *tc,
                       const struct tcp_active *a);
/* SO_MAX_PACING_RATE; UINT64_MAX: none. -TARN_ENOBUFS. */
uint64_t tcp_pace_limit(const struct tarn *st, const struct tcp_sock *tc);
int tcp_pace_set_limit(struct tarn *st, struct tcp_sock *tc, uint64_t rate);
/* New data was sent: when may more be? */
void tcp_pace_sent(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                   uint32_t bytes, tarn_ns now);

#endif
