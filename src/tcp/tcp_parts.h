/* tcp/tcp_parts.h - what the files of this folder do for each other. */
#ifndef TARN_TCP_TCP_PARTS_H
#define TARN_TCP_TCP_PARTS_H

#include "base/sum.h"
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

/* tcp_option.c */
void tcp_options_inherit(struct tarn *st, struct tcp_sock *tc, const struct tcp_sock *from);
int tcp_setopt(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now);
int tcp_getopt(const struct tarn *st, const struct sock *sk, enum tarn_opt opt, int64_t *value);

/* tcp_buf.c */
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

/* tcp_syn_sent.c */
enum tcp_verdict tcp_syn_sent_input(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
void tcp_established(struct tarn *st, struct tcp_sock *tc, tarn_ns now);

/* tcp_listen.c */
void tcp_listen_input(struct tarn *st, struct tcp_sock *listener, struct tcp_seg *g);
int tcp_listen(struct tarn *st, struct sock *sk, unsigned backlog);
struct sock *tcp_accept(struct tarn *st, struct sock *sk);
void tcp_listener_free(struct tarn *st, struct tcp_sock *tc, tarn_ns now);

/* tcp_request.c */
/* What a SYN asks for: fills a record of zeroes. */
void tcp_request_init(struct tarn *st, struct tcp_request *r, struct tcp_sock *tc,
                      const struct tcp_seg *g);
/* Remember it; NULL: no memory. */
struct tcp_request *tcp_request_add(struct tarn *st, struct tcp_sock *tc,
                                    const struct tcp_request *asked);
void tcp_request_free(struct tarn *st, struct tcp_request *r);
struct tcp_sock *tcp_request_listener(const struct tarn *st, const struct tcp_request *r);
/* The MSS that we offer its peer. */
uint16_t tcp_request_mss(struct tarn *st, const struct tcp_request *r);
/* Send the SYN,ACK, and look again when it should have been answered. `cookie`: fast open's, or
 * NULL. */
void tcp_request_answer(struct tarn *st, struct tcp_request *r, const struct tcp_cookie *cookie,
                        tarn_ns now);
/* Was the segment for a small record? */
bool tcp_mini_input(struct tarn *st, struct tcp_sock *listener, struct tcp_seg *g);
/* An ICMP error about our SYN,ACK. */
void tcp_request_error(struct tarn *st, const struct tarn_addr *local,
                       const struct tarn_addr *remote, tcp_seq quoted, const struct icmp_error *e);
void tcp_request_expire(struct tarn *st, struct tcp_mini *m, tarn_ns now);

/* tcp_passive.c */
/* The connection that a request grows into at the peer's ACK; NULL: no memory. */
struct tcp_sock *tcp_complete(struct tarn *st, const struct tcp_request *r, tarn_ns now);
struct tcp_fastopen_answer;
/* The connection that a request is from its SYN on (RFC 7413); NULL: no memory. */
struct tcp_sock *tcp_begin(struct tarn *st, const struct tcp_request *r,
                           const struct tcp_fastopen_answer *answer, tarn_ns now);
/* Is there no room for another connection that waits to be accepted? */
bool tcp_accept_is_full(const struct tcp_listener *l);

/* tcp_fastopen.c */
/* What a listener answers to a SYN (RFC 7413 4.2.2). */
struct tcp_fastopen_answer {
    bool begins;     /* the SYN makes the connection */
    bool has_cookie; /* the SYN,ACK has this cookie */
    struct tcp_cookie cookie;
};
struct tcp_fastopen_answer tcp_fastopen_syn(struct tarn *st, struct tcp_sock *tc,
                                            const struct tcp_seg *g);
/* The connection begins with its SYN,ACK still to be sent. false: no memory. */
bool tcp_fastopen_begin(struct tarn *st, struct tcp_sock *listener, struct tcp_sock *tc,
                        const struct tcp_fastopen_answer *answer);
/* Its SYN's text. */
enum tcp_verdict tcp_fastopen_text(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
/* Is it the peer's SYN again, for a connection begun by it? Our answer goes again, too. */
bool tcp_fastopen_syn_again(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* The handshake is over, if there was one of fast open's, or the connection is. */
void tcp_fastopen_end(struct tarn *st, struct tcp_sock *tc, bool by_reset);
/* Was it begun by a SYN, and our SYN,ACK not acknowledged? It may send all the same. */
bool tcp_fastopen_is_unproven(const struct tarn *st, const struct tcp_sock *tc);
/* TCPI_OPT_SYN_DATA. */
bool tcp_fastopen_data_taken(const struct tarn *st, const struct tcp_sock *tc);
/* TARN_SO_TCP_FASTOPEN and its kin. */
int tcp_fastopen_setopt(struct tarn *st, struct tcp_sock *tc, enum tarn_opt opt, int64_t value);
int tcp_fastopen_getopt(const struct tarn *st, const struct tcp_sock *tc, enum tarn_opt opt,
                        int64_t *value);
void tcp_fastopen_listen(struct tarn *st, struct tcp_sock *tc, struct tcp_listener *l);
void tcp_fastopen_unlisten(struct tarn *st, struct tcp_listener *l);

/* tcp_fastopen_client.c */
/* A connection is begun: what goes with its SYN? */
void tcp_fastopen_connect(struct tarn *st, struct tcp_sock *tc, bool by_send);
/* Does the SYN wait for the first bytes? Of those there is room for, and then it goes; `waits`: the
 * application sleeps, and has more. */
bool tcp_fastopen_is_deferred(const struct tarn *st, const struct tcp_sock *tc);
uint32_t tcp_fastopen_room(const struct tarn *st, const struct tcp_sock *tc);
void tcp_fastopen_go(const struct tarn *st, const struct tcp_sock *tc, bool waits);
/* Bytes that go with the SYN; and the SYN with them (0 as well). */
uint32_t tcp_fastopen_syn_data(const struct tcp_sock *tc);
struct tcp_make;
struct pkt *tcp_fastopen_make_syn(const struct tcp_make *m, uint32_t data);
/* Does data end here that went with the SYN? It is pushed when it goes again. */
bool tcp_fastopen_pushes(const struct tarn *st, const struct tcp_sock *tc, tcp_seq end);
/* The first SYN has left: those that follow it have neither cookie nor data. */
void tcp_fastopen_sent(const struct tarn *st, const struct tcp_sock *tc, uint32_t data);
/* The SYN,ACK has been processed. */
void tcp_fastopen_answered(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* May the ACK of the handshake wait for the application's next bytes? */
bool tcp_fastopen_saves_ack(const struct tarn *st, const struct tcp_sock *tc);
/* A router could not pass our SYN with its data on. */
void tcp_fastopen_too_big(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
/* Signs of a black hole: a timeout, or the end of a connection. */
void tcp_fastopen_timeout(struct tarn *st, const struct tcp_sock *tc, bool is_last);
void tcp_fastopen_closed(struct tarn *st, const struct tcp_sock *tc);

/* tcp_metrics.c */
struct tcp_metrics *tcp_metrics_find(const struct tarn *st, const struct tcp_sock *tc);
/* The same, or a new one; NULL: no memory. */
struct tcp_metrics *tcp_metrics_get(struct tarn *st, const struct tcp_sock *tc);
void tcp_metrics_save(struct tarn *st, const struct tcp_sock *tc);
void tcp_metrics_use(struct tarn *st, struct tcp_sock *tc);

/* tcp_cookie.c */
/* Is the SYN to be answered without remembering it? */
bool tcp_cookie_wanted(const struct tarn *st, const struct tcp_listener *l,
                       const struct tcp_seg *g);
/* Make a request's numbers and timestamp tell all of it. */
void tcp_cookie_init(struct tarn *st, struct tcp_request *r, tarn_ns now);
/* Were cookies sent lately? */
bool tcp_cookie_is_on(const struct tarn *st, tarn_ns now);
/* Does an ACK for nobody acknowledge a cookie? Then `syn` is the SYN as it must have been. */
bool tcp_cookie_check(struct tarn *st, const struct tcp_seg *g, struct tcp_seg *syn);

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

/* tcp_mtu.c */
/* Bytes of the IP header before segments to the peer. */
uint32_t tcp_ip_bytes(const struct tarn_ip *peer);
/* What fits packets of `mtu` bytes (0: it is not known) without options. */
uint16_t tcp_mss_of(const struct tarn_ip *peer, uint32_t mtu);
/* The MSS that a socket offers for packets of `mtu` bytes: at most TARN_SO_TCP_MAXSEG. */
uint16_t tcp_mss_offer(const struct tcp_sock *tc, const struct tarn_ip *peer, uint32_t mtu);
/* The MSS of a peer that has not named one (RFC 9293 3.7.1). */
uint16_t tcp_mss_default(const struct tarn *st, const struct tarn_ip *peer);
/* The path takes packets of `mtu` bytes. */
void tcp_mss_update(const struct tarn *st, struct tcp_sock *tc, uint32_t mtu);
/* A router says so. */
void tcp_too_big(struct tarn *st, struct tcp_sock *tc, uint32_t mtu, tarn_ns now);
/* Payload of segments that fit packets of `mtu` bytes, options taken off. */
uint32_t tcp_mss_for(const struct tarn *st, const struct tcp_sock *tc, uint32_t mtu);

/* tcp_probe.c */
void tcp_probe_begin(struct tarn *st, struct tcp_sock *tc);
/* A timeout in a synchronised state: shall segments be smaller from now on? */
void tcp_black_hole(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
/* As entries of the decision list of tcp_output.c. */
uint32_t tcp_probe_due(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
struct pkt *tcp_probe_make(const struct tcp_make *m, uint32_t payload);
/* Only while `searching`. The MTU that is known to arrive; SND.UNA has moved; the first record was
 * marked lost: true when it was the probe, and nothing else is to follow from it; something is sent
 * again. */
uint32_t tcp_probe_low(const struct tarn *st, const struct tcp_sock *tc);
void tcp_probe_acked(struct tarn *st, struct tcp_sock *tc);
bool tcp_probe_lost(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
void tcp_probe_forget(const struct tarn *st, const struct tcp_sock *tc);

/* tcp_isn.c */
tcp_seq tcp_isn(const struct tarn *st, const struct tarn_addr *local,
                const struct tarn_addr *remote, tarn_ns now);
uint32_t tcp_ts_offset(const struct tarn *st, const struct tarn_ip *local,
                       const struct tarn_ip *remote);
uint32_t tcp_hash(const struct tarn *st, const struct tarn_addr *local,
                  const struct tarn_addr *remote);
void tcp_secrets_init(struct tarn *st, struct tcp_layer *l);

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

/* tcp_rec.c */
void tcp_recs_init(struct tcp_active *a);
uint32_t tcp_inflight(const struct tcp_sock *tc, const struct tcp_active *a);
struct tcp_rec *tcp_rec_add(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                            uint32_t bytes, unsigned flags);
/* Split off what lies behind the first `bytes`: returns the right part. NULL: no memory. */
struct tcp_rec *tcp_rec_split(struct tarn *st, struct tcp_active *a, struct tcp_rec *r,
                              uint32_t bytes);
void tcp_rec_lost(struct tarn *st, struct tcp_active *a, struct tcp_rec *r);
void tcp_rec_retransmitted(struct tarn *st, struct tcp_active *a, struct tcp_rec *r);
/* Returns the record that it is part of now: joined with SACKed neighbours. */
struct tcp_rec *tcp_rec_sacked(struct tarn *st, struct tcp_active *a, struct tcp_rec *r);
void tcp_recs_acked(struct tarn *st, struct tcp_active *a, tcp_seq ack, struct tcp_sample *s,
                    tarn_ns now);
void tcp_recs_purge(struct tarn *st, struct tcp_active *a);
/* Nothing is lost any more; what was sent again stays in flight twice. */
void tcp_recs_unmark(struct tarn *st, struct tcp_active *a);
/* Nothing is SACKed any more (RFC 2018 8). */
void tcp_recs_renege(struct tarn *st, struct tcp_active *a);
/* All are lost that are not SACKed; those as well if the first one is: it was taken back. */
void tcp_recs_lost_all(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
/* Those longer than a segment may be now are lost. */
void tcp_recs_too_long(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a);

/* tcp_sack.c */
void tcp_rec_delivered(struct tcp_active *a, struct tcp_sample *s, const struct tcp_rec *r,
                       uint32_t bytes, tarn_ns now);
/* RFC 2883 4: the first block tells of a duplicate when it is below the cumulative ACK, or inside
 * the second block. */
bool tcp_sack_is_dsack(const struct tcp_seg *g);
void tcp_sack_apply(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g,
                    struct tcp_sample *s);
/* RFC 6675 IsLost(). */
void tcp_sack_mark_lost(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);

/* tcp_sack_out.c */
void tcp_dsack_note(struct tarn *st, struct tcp_sock *tc, tcp_seq start, tcp_seq end, tarn_ns now);
/* Bytes that the SACK option of a segment sent now takes. */
uint32_t tcp_sack_bytes(const struct tarn *st, const struct tcp_sock *tc);
void tcp_sack_fill(struct tarn *st, struct tcp_sock *tc, struct tcp_opts *o);

/* tcp_loss.c */
void tcp_loss_detect(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                     struct tcp_sample *s, const struct tarn_cc_ack *ack);
/* RFC 3168 6.1.2: the path is marked; less may be in flight, though nothing is lost. The event
 * TARN_CC_ECN, and the window comes down to the ssthresh that it sets. Nothing happens while it
 * does already (CWR, Recovery, Loss). `ack`: what tcp_cc_fill() has made. */
void tcp_cwr_enter(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                   const struct tarn_cc_ack *ack);
/* The retransmission timer; RACK's reordering timer; the tail loss probe's. */
void tcp_loss_timeout(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
void tcp_loss_reorder_timeout(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                              tarn_ns now);
/* Is what SACK blocks tell used? RFC 6675. */
static inline bool tcp_has_scoreboard(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->sack_ok && st->param[PARAM_TCP_SACK_RECOVERY] != 0;
}

/* tcp_newreno.c */
/* A duplicate ACK. Returns the bytes that it tells have left the network. */
uint32_t tcp_newreno_dup(const struct tcp_sock *tc, struct tcp_active *a);
void tcp_newreno_advanced(const struct tcp_sock *tc, struct tcp_active *a, struct tcp_sample *s);
void tcp_newreno_detect(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                        const struct tcp_sample *s);

/* tcp_rack.c */
bool tcp_rack_is_on(const struct tarn *st);
/* `r` up to `end` was delivered. */
void tcp_rack_delivered(struct tcp_active *a, const struct tcp_sample *s, const struct tcp_rec *r,
                        tcp_seq end, tarn_ns now);
void tcp_rack_adapt(const struct tarn *st, struct tcp_active *a, const struct tcp_sample *s);
/* Has a round trip passed since it was sent? */
bool tcp_rack_is_late(const struct tcp_active *a, const struct tcp_rec *r, tarn_ns now);
/* Mark what is lost: by the timer; by an ACK, if it tells anything. */
void tcp_rack_detect(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a, tarn_ns now);
void tcp_rack_ack(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a, tarn_ns now);

/* tcp_reorder.c */
void tcp_reorder_init(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a);
void tcp_reorder_keep(struct tarn *st, struct tcp_sock *tc, const struct tcp_active *a);
void tcp_reorder_sample(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                        const struct tcp_sample *s);
/* What stood at the left edge was only late: what was SACKed has overtaken it. */
void tcp_reorder_late(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                      const struct tcp_sample *s);

/* tcp_tlp.c */
/* If an ACK or new data made it stale: (re)arm the probe's timer, or stop it where none is wanted.
 */
void tcp_tlp_update(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
void tcp_tlp_timeout(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a);
struct tcp_rec *tcp_tlp_segment(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a);
void tcp_tlp_sent(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, tarn_ns now);
/* An ACK while a probe is out. true: the probe has repaired a loss. */
bool tcp_tlp_ack(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                 const struct tcp_sample *s);

/* tcp_undo.c */
/* An episode begins; `allowed`: it brings the window down, for a loss and not for a mark. */
void tcp_undo_begin(const struct tcp_sock *tc, struct tcp_active *a, bool allowed);
void tcp_undo_resent(struct tcp_active *a, uint32_t segs, tarn_ns now);
/* A block that tells of a duplicate. */
void tcp_undo_dsack(struct tcp_sock *tc, struct tcp_active *a, const struct tcp_sack_block *b,
                    struct tcp_sample *s);
/* Was the episode needless? */
bool tcp_undo_by_dsack(const struct tarn *st, const struct tcp_active *a);
bool tcp_undo_by_echo(const struct tarn *st, const struct tcp_active *a,
                      const struct tcp_sample *s);
void tcp_undo(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, tarn_ns now);

/* tcp_frto.c */
/* A timeout; the state is the one before it. */
void tcp_frto_begin(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a);
/* An ACK in LOSS. true: the timeout was needless. */
bool tcp_frto_ack(const struct tcp_sock *tc, struct tcp_active *a, const struct tcp_sample *s);
bool tcp_frto_holds(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a);

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

/* tcp_prr.c */
/* Is the window on its way down to ssthresh? */
static inline bool tcp_is_reducing(const struct tcp_active *a)
{
    return a->ca_state == TCP_CA_CWR || a->ca_state == TCP_CA_RECOVERY;
}
/* An episode begins: ssthresh is set. `fresh` bytes were delivered by the ACK that begins it. */
void tcp_prr_begin(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                   uint32_t fresh);
/* An ACK of the episode, the one that begins it included. */
void tcp_prr_ack(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                 const struct tcp_sample *s);
/* The episode is over. */
void tcp_prr_end(struct tcp_active *a);

/* tcp_rate.c */
void tcp_rate_init(struct tcp_active *a, tarn_ns now);
void tcp_rate_sent(const struct tcp_sock *tc, struct tcp_active *a, struct tcp_rec *r, tarn_ns now);
void tcp_rate_delivered(struct tcp_active *a, struct tcp_sample *s, const struct tcp_rec *r,
                        uint32_t bytes, tarn_ns now);
void tcp_rate_finish(const struct tcp_sock *tc, struct tcp_active *a, struct tcp_sample *s);
void tcp_rate_app_limited(struct tcp_active *a, uint32_t inflight);

/* tcp_cc.c */
int tcp_cc_find(const char *name, size_t len);
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
