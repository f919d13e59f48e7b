/* tcp/tcp_parts.h - what the files of this folder, and of the folders below it, do for each other.
 */
#ifndef TARN_TCP_TCP_PARTS_H
#define TARN_TCP_TCP_PARTS_H

#include "base/sum.h"
#include "tcp/auth/tcp_auth.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/open/tcp_open.h"
#include "tcp/path/tcp_path.h"
#include "tcp/tcp.h"

#define TCP_SECOND_NS       UINT64_C(1000000000)
#define TCP_RST_PATIENCE_NS TCP_SECOND_NS /* an aborted connection waits this long for its port */

enum {
    TCP_PKT_ROOM = 192,      /* in front of a header being built: for the IP and link headers */
    TCP_CHUNK_BYTES = 65536, /* of queues that hold much */
    TCP_COPY_BYTES = 4096,   /* larger pieces are never copied to save room */
    TCP_MSS_FLOOR = 88,      /* Linux's TCP_MIN_MSS: a segment has payload beside full options */
    TCP_QUICK_ACKS = 16,     /* ACKs at once when a burst begins: the peer is in slow start */
    TCP_RTT_MAX_US = 60000000,
    TCP_RENEGE_NS = 10000000, /* how long a peer has to make up for SACKed data that it took back */
    TCP_RTO_AFTER_SYN_US = 3000000,
    TCP_ISN_ABOVE_OLD = 65537 /* a new connection's numbers begin this far above the old one's */
};

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

/* tcp_user.c */
void tcp_sock_init(const struct tarn *st, struct tcp_sock *tc);
/* No longer readable, if less than TARN_SO_RCVLOWAT is left and more may come. */
void tcp_readable(struct tarn *st, struct tcp_sock *tc);

/* tcp_sockopt.c */
void tcp_options_inherit(struct tarn *st, struct tcp_sock *tc, const struct tcp_sock *from);
int tcp_setopt(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now);
int tcp_getopt(const struct tarn *st, const struct sock *sk, enum tarn_opt opt, int64_t *value);

/* tcp_queue.c */
/* May only data in order, and a little of each connection, take chunks? */
bool tcp_memory_is_short(const struct tarn *st);
/* What a send queue will be cut into: `bytes` each, the first one behind the `sent` bytes at the
 * front. Chunks are filled up to where a cut will be. */
struct tcp_grain {
    uint32_t bytes, sent;
};
/* Copy to the end of the queue; returns how much memory could be had for. */
size_t tcp_queue_write(struct tarn *st, struct tcp_queue *q, const void *buf, size_t n,
                       struct tcp_grain grain);
/* Room at the end to write into, then say how much was written. NULL: no memory. */
uint8_t *tcp_queue_room(struct tarn *st, struct tcp_queue *q, size_t want, struct tcp_grain grain,
                        uint32_t *room);
void tcp_queue_filled(struct tarn *st, struct tcp_queue *q, uint32_t n);
/* Put a packet's bytes at the end: its chunk when well used, else a copy. The packet stays the
 * caller's. Returns how many bytes; fewer than the packet has when out of memory. */
uint32_t tcp_queue_take(struct tarn *st, struct tcp_queue *q, struct pkt *p);
void tcp_queue_drop(struct tarn *st, struct tcp_queue *q, uint32_t n);
void tcp_queue_purge(struct tarn *st, struct tcp_queue *q);
void tcp_queue_join(struct tarn *st, struct tcp_queue *q, struct tcp_queue *behind);
/* The chunk that holds byte *at, which then counts from the chunk's first held byte; NULL. */
struct chunk *tcp_queue_find(const struct tarn *st, const struct tcp_queue *q, uint32_t *at);
uint32_t tcp_queue_copy(const struct tarn *st, const struct tcp_queue *q, uint32_t at, void *buf,
                        uint32_t n);

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

/* tcp_time_wait.c */
struct tcp_mini *tcp_mini_find(const struct tarn *st, const struct tarn_addr *local,
                               const struct tarn_addr *remote);
void tcp_mini_insert(struct tarn *st, struct tcp_mini *m);
void tcp_mini_remove(struct tarn *st, struct tcp_mini *m);
void tcp_enter_time_wait(struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* false: a new connection may begin, the record is gone. */
bool tcp_time_wait_input(struct tarn *st, struct tcp_time_wait *w, const struct tcp_sock *listener,
                         struct tcp_seg *g);
bool tcp_time_wait_is_busy(const struct tarn *st, const struct tarn_addr *local,
                           const struct tarn_addr *remote);
/* May we open a connection where one may be in TIME-WAIT? Sets *isn if it had one. */
bool tcp_time_wait_reuse(struct tarn *st, const struct tarn_addr *local,
                         const struct tarn_addr *remote, tarn_ns now, tcp_seq *isn);
void tcp_time_wait_expire(struct tarn *st, struct tcp_mini *m);

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

/* tcp_super.c: what leaves at once, where the link cuts segments */

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
/* How much of the send buffer is in use, and bytes that may be written. */
uint64_t tcp_sndbuf_used(const struct tarn *st, const struct tcp_sock *tc);
uint32_t tcp_sndbuf_room(const struct tarn *st, const struct tcp_sock *tc);

/* tcp_send.c */
/* Bytes of new data that windows, Nagle and congestion control let go; the same, once paced. */
uint32_t tcp_may_send(const struct tarn *st, const struct tcp_sock *tc);
uint32_t tcp_may_send_now(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
struct pkt *tcp_make_data(const struct tcp_make *m, uint32_t n);
/* Bytes of the first lost record that may go now. */
uint32_t tcp_may_retransmit(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
struct pkt *tcp_make_retransmit(const struct tcp_make *m, uint32_t bytes);

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
void tcp_rtt_sample(struct tcp_sock *tc, uint64_t rtt_ns, uint64_t newest_ns);
void tcp_rtt_from_echo(struct tcp_sock *tc, const struct tcp_seg *g);
/* The timeout as it is now, backed off. */
uint64_t tcp_rto_ns(const struct tarn *st, const struct tcp_sock *tc);

/* tcp_challenge.c */
/* May a segment that should not have come be answered, within the limit? */
bool tcp_may_answer(const struct tarn *st, struct tcp_sock *tc, tarn_ns now);
void tcp_challenge(struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* An ACK for an unacceptable segment: at once for one with text, else within the limit. */
void tcp_corrective_ack(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
bool tcp_mini_may_answer(const struct tarn *st, struct tcp_mini *m, tarn_ns now);

/* tcp_reset.c */
void tcp_reply(struct tarn *st, struct ip_info *ip, const struct tcp_hdr *h, uint32_t mark,
               const struct tcp_signer *by, tarn_ns now);
/* RFC 9293 3.10.7.1: a reset for a segment that belongs to nobody. */
void tcp_reset_reply(struct tarn *st, const struct tcp_seg *g);
void tcp_mini_ack(struct tarn *st, const struct tcp_mini *m, tarn_ns now);
/* `cookie`: fast open's, or NULL. */
void tcp_mini_reset(struct tarn *st, const struct tcp_mini *m, tarn_ns now);
void tcp_mini_syn_ack(struct tarn *st, const struct tcp_mini *m, uint16_t adv_mss,
                      const struct tcp_cookie *cookie, tarn_ns now);

/* tcp_info.c */
/* Account the time since the last call to what the sending side was doing. */
void tcp_spend(struct tcp_sock *tc, const struct tcp_active *a, tarn_ns now);

/* tcp_error.c */
void tcp_error(struct tarn *st, const struct icmp_error *e, tarn_ns now);

/* tcp_reasm.c */
enum tcp_verdict tcp_text(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
void tcp_runs_purge(struct tarn *st, struct tcp_active *a);
void tcp_received(struct tarn *st, struct tcp_sock *tc, uint32_t n);

/* tcp_window.c */
/* The window to put into a segment that leaves now, bytes; moves the right edge. */
uint32_t tcp_window_offer(const struct tarn *st, struct tcp_sock *tc);
/* Owe the peer an ACK if the window can grow by enough. */
void tcp_window_update(const struct tarn *st, struct tcp_sock *tc);
void tcp_window_init(const struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* What a bare ACK acknowledges: everything; but while the peer's window is small (quick ACKs), one
 * segment of a super-packet after the other. A single ACK for all of them, when it is lost, costs
 * such a peer a timeout (RFC 5681 4.2, RFC 2525 2.13). `wnd`: what it offers, bytes. */
tcp_seq tcp_ack_number(struct tcp_sock *tc, uint32_t *wnd);
void tcp_ack_sent(struct tcp_sock *tc, tcp_seq ack);
void tcp_ack_schedule(const struct tarn *st, struct tcp_sock *tc, uint32_t seg_bytes, bool psh,
                      tarn_ns now);
/* We have sent data: is it an answer? */
static inline void tcp_answered(struct tcp_sock *tc, tarn_ns now)
{
    if ((tcp_ms(now) - tc->data_ms) * 1000 < tc->ack_delay_us)
        tc->pingpong = 1;
}
void tcp_rcv_rtt(struct tcp_sock *tc, const struct tcp_seg *g);
void tcp_read_space(const struct tarn *st, struct tcp_sock *tc, uint32_t n, tarn_ns now);
void tcp_snd_grow(const struct tarn *st, struct tcp_sock *tc, const struct tcp_active *a);

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

/* tcp_eor.c */
/* The send queue ends in the end of a record. */
void tcp_eor_set(const struct tarn *st, struct tcp_sock *tc);
/* Only while `eor` is set. Bytes that are not sent up to the end of a record, UINT32_MAX: to none;
 * does one end in front of `end`? */
uint32_t tcp_eor_ahead(const struct tarn *st, const struct tcp_sock *tc);
bool tcp_eor_is_at(const struct tarn *st, const struct tcp_sock *tc, tcp_seq end);

/* tcp_lowat.c */
/* May the application be told that there is room? */
bool tcp_lowat_is_met(const struct tarn *st, const struct tcp_sock *tc);
/* Bytes that it may write. */
uint32_t tcp_lowat_room(struct tarn *st, struct tcp_sock *tc);

/* tcp_auth.h has what signs segments. */
static inline struct tcp_auth *tcp_auth(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->keyed ? ref_at(st, tcp_extra(st, tc)->auth) : NULL;
}

/* Is there anything to check? */
static inline bool tcp_auth_concerns(const struct tcp_sock *tc, const struct tcp_seg *g)
{
    return tc->keyed || g->h.opts.auth != TCP_AUTH_NONE;
}

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
