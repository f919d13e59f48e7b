/* tcp/tcp_machine.h - the state machine (RFC 9293 3.10): input, output, timer, state.
 *
 * Every entry into TCP (a segment, a pull, a tick, a call of the application) ends in tcp_settle(),
 * which asks for a turn to send, arms the timer, and gives a finished connection's memory back. */
#ifndef TARN_TCP_TCP_MACHINE_H
#define TARN_TCP_TCP_MACHINE_H

#include "tcp/tcp.h"

enum {
    TCP_PKT_ROOM = 192,       /* bytes in front of a new segment: for TCP, IP and link headers */
    TCP_RTT_MAX_US = 60000000 /* a longer round trip is not believed */
};

/* tcp_input.c */
/* A packet for TCP, which begins at its TCP header; `ip` is what the network layer has read.
 * Consumes p. RFC 9293 3.10.7. */
void tcp_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now);
/* SEGMENT ARRIVES for a connection in any state but LISTEN. Ends the packet; tc may be gone. */
void tcp_segment(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
/* The sixth to the eighth step of RFC 9293 3.10.7.4, for a SYN,ACK that SYN-SENT has accepted. */
enum tcp_verdict tcp_after_ack(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
/* TCP_DROP, for this reason. */
enum tcp_verdict tcp_reject(struct tcp_seg *g, enum tarn_drop why);
/* The end of the segment's packet, unless somebody has taken it: dropped as g->why says, or used.
 */
void tcp_seg_end(struct tarn *st, struct tcp_seg *g, enum tcp_verdict v);

/* tcp_ack.c */
/* The fifth step of RFC 9293 3.10.7.4, for a segment with ACK of a synchronised connection. */
enum tcp_verdict tcp_ack(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
/* An application that was refused is told that it may write, if there is room worth the wake-up. */
void tcp_write_space(struct tarn *st, struct tcp_sock *tc);

/* tcp_output.c */
/* The connection's next segment, see struct proto; NULL: none may leave now. */
struct pkt *tcp_pull(struct tarn *st, struct sock *sk, struct ip_info *ip,
                     const struct tx_room *room, tarn_ns now);
/* Would tcp_pull() have a segment? */
bool tcp_is_due(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
/* What a segment is made from. */
struct tcp_make {
    struct tarn *st;
    struct tcp_sock *tc;
    struct ip_info *ip;
    const struct tx_room *room;
    tarn_ns now;
    uint32_t mss; /* payload of a segment now: SACK blocks take room from it (RFC 6691 3.1) */
};
/* The packet p, which holds the payload alone, with a header in front of it that has sequence
 * number s, `flags`, and all options that are due. */
struct pkt *tcp_make_segment(const struct tcp_make *m, struct pkt *p, tcp_seq s, unsigned flags);
/* Memory was refused: NULL, and the timer will try again. */
struct pkt *tcp_make_nothing(const struct tcp_make *m);
/* Sequence numbers leave for the first time, as the new record r: SND.NXT, timers, samples. */
void tcp_sent_new(const struct tcp_make *m, struct tcp_active *a, struct tcp_rec *r);
/* Is our SYN still to be sent for the first time? */
bool tcp_syn_is_due(const struct tarn *st, const struct tcp_sock *tc);
/* The flags of our SYN or SYN,ACK. */
unsigned tcp_syn_flags(const struct tarn *st, const struct tcp_sock *tc);

/* tcp_timer.c */
/* When time alone will make something due; TARN_NEVER. Mirrors tcp_pull() and tcp_tick(). */
tarn_ns tcp_deadline(const struct tarn *st, const struct sock *sk);
/* Whatever timers have expired by `now` (RFC 9293 3.10.8). sk may be gone. */
void tcp_tick(struct tarn *st, struct sock *sk, tarn_ns now);
/* When the retransmission or persist timer ends that is started now: the user timeout may be the
 * earlier end. */
tarn_ns tcp_rto_at(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
/* Something new was acknowledged: the retransmission timer starts again, or stops when nothing is
 * in flight (RFC 6298 5.2, 5.3). */
void tcp_rto_restart(const struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* What was out at the first of several timeouts is acknowledged: count their time for TCP_INFO. */
void tcp_timeouts_over(struct tcp_sock *tc, struct tcp_active *a, tarn_ns now);
/* While nothing is in flight: start or stop the persist timer (RFC 9293 3.8.6.1), or the one for a
 * link that does not ask for what may be sent. */
void tcp_persist_update(const struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* Look at the idle connection at the time `at`, or earlier. */
void tcp_idle_within(struct tcp_sock *tc, tarn_ns at);
/* Nobody holds the socket any more, or FIN-WAIT-2 is entered: if both, its end is set. */
void tcp_orphan_update(struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* Keep-alive was switched on, or its times have changed (RFC 9293 3.8.4). */
void tcp_keepalive_update(const struct tarn *st, struct tcp_sock *tc, tarn_ns now);

/* tcp_state.c */
/* The only way to change a state. An arrow that RFC 9293 3.3.2 does not have is a TARN_BUG. */
void tcp_set_state(struct tarn *st, struct tcp_sock *tc, enum tarn_tcp_state to);
/* The active record, taken from its pool if there is none; NULL: no memory. */
struct tcp_active *tcp_activate(struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* Give it back, with all that is in it; what outlasts it is kept in the cold record. */
void tcp_deactivate(struct tarn *st, struct tcp_sock *tc);
/* The extra record, taken from its pool if there is none; NULL: no memory. */
struct tcp_extra *tcp_extra_get(struct tarn *st, struct tcp_sock *tc);
/* Give it back, with the keys that it may have. */
void tcp_extra_put(struct tarn *st, struct tcp_sock *tc);
/* Give the active record back if nothing is in it; is there none now? */
bool tcp_retire(struct tarn *st, struct tcp_sock *tc);
/* The connection is over: CLOSED, off the tables, the send queue gone. What was received may still
 * be read while somebody holds the socket. */
void tcp_closed(struct tarn *st, struct tcp_sock *tc);
/* The same for a reason that the application is told: -TARN_E..., or 0. */
void tcp_fail(struct tarn *st, struct tcp_sock *tc, int error);
/* The same on our own decision: a synchronised peer is sent a reset (RFC 9293 3.10.5). */
void tcp_abort(struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* The end of every entry: ask for a turn to send, arm the timer, give memory back. false: tc is no
 * more. */
bool tcp_settle(struct tarn *st, struct tcp_sock *tc, tarn_ns now);

/* tcp_opts.c */
/* The window scale for a receive buffer that may grow to tcp.rmem-max (RFC 7323 2.2); of one that
 * the application has chosen, for half of it, as Linux. */
uint8_t tcp_wscale_of(const struct tarn *st, const struct tcp_sock *tc);
/* The value of our timestamp clock, in milliseconds, `offset` added (RFC 7323 5.4). */
uint32_t tcp_ts_now(uint32_t offset, tarn_ns now);
/* The options of our SYN, or of a SYN,ACK that answers what the peer has offered. */
void tcp_opts_syn(const struct tarn *st, const struct tcp_sock *tc, struct tcp_opts *o,
                  tarn_ns now);
/* The options of any other segment: timestamps, and room for what others add. */
void tcp_opts_segment(const struct tcp_sock *tc, struct tcp_opts *o, tarn_ns now);
/* The peer's SYN or SYN,ACK has these: what both offer is on from now on. */
void tcp_opts_agree(const struct tarn *st, struct tcp_sock *tc, const struct tcp_opts *o,
                    tarn_ns now);
/* TS.Recent becomes `value` (RFC 7323 4.3). */
void tcp_ts_remember(struct tcp_sock *tc, uint32_t value, tarn_ns now);
/* Is it not older than TS.Recent, or is that too old to tell (RFC 7323 5.5)? */
bool tcp_ts_is_newer(const struct tcp_sock *tc, uint32_t value, tarn_ns now);
/* Is the segment older than what has come, by its timestamp (RFC 7323 5.3, R1)? */
bool tcp_paws_rejects(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_seg *g);

/* tcp_rtt.c */
/* No round trip has been measured: RTO is the initial one (RFC 6298 2.1). */
void tcp_rtt_init(struct tcp_sock *tc);
/* The handshake is over. Without a sample, because the SYN was sent again, the RTO becomes three
 * seconds (RFC 6298 5.7). */
void tcp_rtt_established(struct tcp_sock *tc);
/* An ACK has measured: `rtt_ns` for the oldest segment that it acknowledges, which SRTT and RTTVAR
 * take (RFC 6298 2.2, 2.3); `newest_ns` for the newest, of which the least is kept. */
void tcp_rtt_sample(const struct tarn *st, struct tcp_sock *tc, uint64_t rtt_ns,
                    uint64_t newest_ns);
/* The same by the timestamp that the segment echoes, if it does (RFC 7323 4.1). */
void tcp_rtt_from_echo(const struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* RTO as it is now, backed off (RFC 6298 2.3, 5.5). */
uint64_t tcp_rto_ns(const struct tarn *st, const struct tcp_sock *tc);
/* The same without what timeouts or probes have added. */
uint64_t tcp_rto_base_ns(const struct tarn *st, const struct tcp_sock *tc);

#endif
