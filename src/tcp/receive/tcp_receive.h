/* tcp/receive/tcp_receive.h - bytes in: the order they are brought into, the window they are given,
 * and when they are acknowledged. */
#ifndef TARN_TCP_RECEIVE_TCP_RECEIVE_H
#define TARN_TCP_RECEIVE_TCP_RECEIVE_H

#include "tcp/tcp.h"

enum {
    TCP_QUICK_ACKS = 16 /* ACKs at once when a burst begins: the peer is in slow start */
};

/* tcp_reasm.c */
/* The seventh step of RFC 9293 3.10.7.4: text in order to the receive queue, above a hole to a run.
 * May take g->p; sets g->fin when the FIN is in order. */
enum tcp_verdict tcp_text(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
/* All that is out of order goes. */
void tcp_runs_purge(struct tarn *st, struct tcp_active *a);

/* tcp_window.c: RCV.WND (RFC 9293 3.8.6) */
/* The connection is established: what it adapts begins anew. */
void tcp_window_init(const struct tarn *st, struct tcp_sock *tc, tarn_ns now);
/* The window to put into a segment that leaves now, bytes; moves the right edge. */
uint32_t tcp_window_offer(const struct tarn *st, struct tcp_sock *tc);
/* Owe the peer an ACK if the window can grow by enough, up to `most` bytes. */
void tcp_window_update(const struct tarn *st, struct tcp_sock *tc, uint32_t most);

/* tcp_delayed_ack.c: RFC 9293 3.8.6.3 */
/* Data has come, in segments of `seg_bytes`: is an ACK owed at once, or later? */
void tcp_ack_schedule(const struct tarn *st, struct tcp_sock *tc, uint32_t seg_bytes, bool psh,
                      tarn_ns now);
/* All is read, and the peer paused behind it: it may wait for the ACK, with a small window or a
 * buffer to be emptied, so it gets one, as from Linux, unless an answer is likely to carry it. */
void tcp_ack_what_was_read(struct tcp_sock *tc);
/* The delay is over and no answer has carried the ACK: do not wait for answers any more. */
void tcp_ack_late(const struct tarn *st, struct tcp_sock *tc);
/* TCP_QUICKACK. Off: as if answers were to carry ACKs, until one is late. On: what is owed for data
 * that has been read goes at once. */
void tcp_quickack_set(struct tcp_sock *tc, bool on);
/* What a bare ACK acknowledges: everything; but of a few segments that came in a batch two, and
 * while the peer's window is small (quick ACKs) one, also of a super-packet. A single ACK for all
 * of them, when it is lost, costs such a peer a timeout (RFC 5681 4.2, RFC 2525 2.13). `wnd`: what
 * it offers, bytes. */
tcp_seq tcp_ack_number(struct tcp_sock *tc, uint32_t *wnd);
/* An ACK has left, alone or with data. */
void tcp_ack_sent(struct tcp_sock *tc, tcp_seq ack);
/* We have sent data: is it an answer? To a handshake only if its ACK has waited for data. */
static inline void tcp_answered(struct tcp_sock *tc, tarn_ns now)
{
    bool owes = tc->bytes_received > 0 || tc->ack_at != 0;

    if (owes && (tcp_ms(now) - tc->data_ms) * 1000 < tc->ack_delay_us)
        tc->pingpong = 1;
}

/* tcp_rcvbuf.c */
/* The receiver's idea of the round trip, from a segment with data. */
void tcp_rcv_rtt(struct tcp_sock *tc, const struct tcp_seg *g);
/* The application has read `n` bytes. */
void tcp_read_space(const struct tarn *st, struct tcp_sock *tc, uint32_t n, tarn_ns now);

/* tcp_sack_out.c */
/* [start, end) has come that had come before: the next ACK tells (RFC 2883). */
void tcp_dsack_note(struct tarn *st, struct tcp_sock *tc, tcp_seq start, tcp_seq end, tarn_ns now);
/* Bytes that the SACK option of a segment sent now takes. */
uint32_t tcp_sack_bytes(const struct tarn *st, const struct tcp_sock *tc);
/* Put the blocks into a segment's options: RFC 2018 4, the latest first. */
void tcp_sack_fill(struct tarn *st, struct tcp_sock *tc, struct tcp_opts *o);

#endif
