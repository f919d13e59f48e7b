/* tcp/tcp_machine.h - the state machine (RFC 9293 3.10): input, output, timer, state. */
#ifndef TARN_TCP_TCP_MACHINE_H
#define TARN_TCP_TCP_MACHINE_H

#include "tcp/tcp.h"

enum {
    TCP_PKT_ROOM = 192, /* in front of a header being built: for the IP and link headers */
    TCP_RTT_MAX_US = 60000000
};

/* tcp_input.c */
void tcp_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now);
void tcp_segment(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
enum tcp_verdict tcp_after_ack(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
enum tcp_verdict tcp_reject(struct tcp_seg *g, enum tarn_drop why);
/* The packet's end, unless somebody has taken it. */
void tcp_seg_end(struct tarn *st, struct tcp_seg *g, enum tcp_verdict v);

/* tcp_ack.c */
enum tcp_verdict tcp_ack(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
void tcp_write_space(struct tarn *st, struct tcp_sock *tc);

/* tcp_output.c */
struct pkt *tcp_pull(struct tarn *st, struct sock *sk, struct ip_info *ip,
                     const struct tx_room *room, tarn_ns now);
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
/* A segment with ACK, timestamps and SACK blocks; p holds the payload. */
struct pkt *tcp_make_segment(const struct tcp_make *m, struct pkt *p, tcp_seq s, unsigned flags);
/* Memory was refused: NULL, and the timer will try again. */
struct pkt *tcp_make_nothing(const struct tcp_make *m);
/* Account a transmission of new sequence space. */
void tcp_sent_new(const struct tcp_make *m, struct tcp_active *a, struct tcp_rec *r);
/* Is our SYN still to be sent for the first time? */
bool tcp_syn_is_due(const struct tarn *st, const struct tcp_sock *tc);
unsigned tcp_syn_flags(const struct tarn *st, const struct tcp_sock *tc);

/* tcp_timer.c */
tarn_ns tcp_deadline(const struct tarn *st, const struct sock *sk);
void tcp_tick(struct tarn *st, struct sock *sk, tarn_ns now);
/* When the retransmission or persist timer ends that is started now: the user timeout may be the
 * earlier end. */
tarn_ns tcp_rto_at(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
void tcp_rto_restart(const struct tarn *st, struct tcp_sock *tc, tarn_ns now);
void tcp_persist_update(const struct tarn *st, struct tcp_sock *tc, tarn_ns now);
void tcp_idle_within(struct tcp_sock *tc, tarn_ns at);
void tcp_orphan_update(struct tarn *st, struct tcp_sock *tc, tarn_ns now);
void tcp_keepalive_update(const struct tarn *st, struct tcp_sock *tc, tarn_ns now);

/* tcp_state.c */
void tcp_set_state(struct tarn *st, struct tcp_sock *tc, enum tarn_tcp_state to);
/* The active record, taken from its pool if there is none; NULL: no memory. */
struct tcp_active *tcp_activate(struct tarn *st, struct tcp_sock *tc, tarn_ns now);
void tcp_deactivate(struct tarn *st, struct tcp_sock *tc);
/* The extra record, taken from its pool if there is none; NULL: no memory. */
struct tcp_extra *tcp_extra_get(struct tarn *st, struct tcp_sock *tc);
void tcp_extra_put(struct tarn *st, struct tcp_sock *tc);
/* Give the active record back if nothing is in it; is there none now? */
bool tcp_retire(struct tarn *st, struct tcp_sock *tc);
/* The connection is over: CLOSED, off the tables, send side gone. */
void tcp_closed(struct tarn *st, struct tcp_sock *tc);
/* The same for a reason that the application is told: -TARN_E..., or 0. */
void tcp_fail(struct tarn *st, struct tcp_sock *tc, int error);
/* The same on our own decision: the peer is sent a reset. */
void tcp_abort(struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* The end of every entry: ask for a turn to send, arm the timer, give memory back. false: tc is no
 * more. */
bool tcp_settle(struct tarn *st, struct tcp_sock *tc, tarn_ns now);

/* tcp_opts.c */
uint8_t tcp_wscale_of(const struct tarn *st, uint32_t rcv_buf);
uint32_t tcp_ts_now(uint32_t offset, tarn_ns now);
void tcp_opts_syn(const struct tarn *st, const struct tcp_sock *tc, struct tcp_opts *o,
                  tarn_ns now);
void tcp_opts_segment(const struct tcp_sock *tc, struct tcp_opts *o, tarn_ns now);
void tcp_opts_agree(const struct tarn *st, struct tcp_sock *tc, const struct tcp_opts *o,
                    tarn_ns now);
void tcp_ts_remember(struct tcp_sock *tc, uint32_t value, tarn_ns now);
/* Is it not older than TS.Recent, or is that too old to tell? */
bool tcp_ts_is_newer(const struct tcp_sock *tc, uint32_t value, tarn_ns now);
bool tcp_paws_rejects(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_seg *g);

/* tcp_rtt.c */
void tcp_rtt_init(struct tcp_sock *tc);
/* The handshake is over. Without a sample, because the SYN was sent again, the RTO becomes three
 * seconds (RFC 6298 5.7). */
void tcp_rtt_established(struct tcp_sock *tc);
/* `rtt_ns` of the oldest that was acknowledged, for SRTT; `newest_ns` of the newest, for the least.
 */
void tcp_rtt_sample(const struct tarn *st, struct tcp_sock *tc, uint64_t rtt_ns,
                    uint64_t newest_ns);
void tcp_rtt_from_echo(const struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* The timeout as it is now, backed off. */
uint64_t tcp_rto_ns(const struct tarn *st, const struct tcp_sock *tc);

#endif
