/* tcp/loss/tcp_loss.h - the scoreboard, what is lost, and how it is repaired or proves not to be
 * lost.
 *
 * All of it works on the active record `a` of the connection tc. An "episode" is what begins with a
 * loss, a timeout or a mark and ends when all is acknowledged that was out then (a->recover). */
#ifndef TARN_TCP_LOSS_TCP_LOSS_H
#define TARN_TCP_LOSS_TCP_LOSS_H

#include "tcp/tcp.h"

/* tcp_rec.c: the send records, struct tcp_rec */
void tcp_recs_init(struct tcp_active *a);
/* Bytes in flight: RFC 6675's pipe, and without SACK what duplicate ACKs leave of it. */
uint32_t tcp_inflight(const struct tcp_sock *tc, const struct tcp_active *a);
/* The record of a transmission of `bytes` new sequence numbers from SND.NXT on, with `flags` of
 * enum tcp_rec_flag; the caller moves SND.NXT (tcp_sent_new). NULL: no memory. */
struct tcp_rec *tcp_rec_add(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                            uint32_t bytes, unsigned flags);
/* Split off what lies behind the first `bytes`: returns the right part. NULL: no memory. */
struct tcp_rec *tcp_rec_split(struct tarn *st, struct tcp_active *a, struct tcp_rec *r,
                              uint32_t bytes);
/* Mark a record lost, or as sent again. */
void tcp_rec_lost(struct tarn *st, struct tcp_active *a, struct tcp_rec *r);
void tcp_rec_retransmitted(struct tarn *st, struct tcp_active *a, struct tcp_rec *r);
/* Mark it SACKed. Returns the record that it is part of now: joined with SACKed neighbours. */
struct tcp_rec *tcp_rec_sacked(struct tarn *st, struct tcp_active *a, struct tcp_rec *r);
/* Everything below `ack` is acknowledged: records go, the last one is cut, s is told of each. */
void tcp_recs_acked(struct tarn *st, struct tcp_active *a, tcp_seq ack, struct tcp_sample *s,
                    tarn_ns now);
/* All records go. */
void tcp_recs_purge(struct tarn *st, struct tcp_active *a);
/* Nothing is lost any more; what was sent again stays in flight twice. */
void tcp_recs_unmark(struct tarn *st, struct tcp_active *a);
/* A timeout: all are lost that are not SACKed. If the first one is SACKed, the peer has discarded
 * what it held (RFC 2018 8), and all are. */
void tcp_recs_lost_all(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
/* The path's MTU has become smaller: what is longer than a segment may be now is lost. */
void tcp_recs_too_long(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a);

/* tcp_sack.c: what SACK blocks say (RFC 2018, RFC 2883, RFC 6675) */
/* `bytes` of r are delivered, by an ACK or a block: to be told to rate, RTT and RACK. */
void tcp_rec_delivered(struct tcp_active *a, struct tcp_sample *s, const struct tcp_rec *r,
                       uint32_t bytes, tarn_ns now);
/* Mark what the segment's blocks cover; s says what was new. RFC 6675 Update(). */
void tcp_sack_apply(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g,
                    struct tcp_sample *s);
/* Mark lost what RFC 6675 IsLost() says is. */
void tcp_sack_mark_lost(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
/* Is what SACK blocks tell used? RFC 6675. */
static inline bool tcp_has_scoreboard(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->sack_ok && st->param[PARAM_TCP_SACK_RECOVERY] != 0;
}

/* tcp_loss.c: the state of recovery, enum tcp_ca_state */
/* After an ACK: mark what is lost, and begin or end an episode. `ack`: what tcp_cc_fill() made. */
void tcp_loss_detect(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                     struct tcp_sample *s, const struct tarn_cc_ack *ack);
/* RFC 3168 6.1.2: the path is marked; less may be in flight, though nothing is lost. The event
 * TARN_CC_ECN, and the window comes down to the ssthresh that it sets. Nothing happens while it
 * does already (CWR, Recovery, Loss), nor until all is acknowledged that was out when it last did.
 * `ack`: what tcp_cc_fill() has made. true: the window stays as it is, and may not grow either: it
 * is one segment, or has come down for what was out already. */
bool tcp_cwr_enter(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                   const struct tarn_cc_ack *ack);
/* The retransmission timer has expired in a synchronised state (RFC 5681 3.1, RFC 6298 5.4). */
void tcp_loss_timeout(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
/* RACK's reordering timer has expired (RFC 8985 6.3). */
void tcp_loss_reorder_timeout(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                              tarn_ns now);

/* tcp_newreno.c: without SACK (RFC 5681 3.2, RFC 6582) */
/* A duplicate ACK. Returns the bytes that it tells have left the network. */
uint32_t tcp_newreno_dup(const struct tcp_sock *tc, struct tcp_active *a);
/* SND.UNA has moved: what duplicates have counted already is not counted again in s. */
void tcp_newreno_advanced(const struct tcp_sock *tc, struct tcp_active *a, struct tcp_sample *s);
/* Mark the first segment lost, after DupThresh duplicates or a partial ACK. */
void tcp_newreno_detect(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                        const struct tcp_sample *s);

/* tcp_rack.c: RACK (RFC 8985 6) */
bool tcp_rack_is_on(const struct tarn *st);
/* Step 2: `r`, up to `end`, was delivered. */
void tcp_rack_delivered(struct tcp_active *a, const struct tcp_sample *s, const struct tcp_rec *r,
                        tcp_seq end, tarn_ns now);
/* Step 4: the reordering window becomes wider after a duplicate, for sixteen recoveries. */
void tcp_rack_adapt(const struct tarn *st, struct tcp_active *a, const struct tcp_sample *s);
/* Has a round trip passed since it was sent, and the reordering window? */
bool tcp_rack_is_late(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a,
                      const struct tcp_rec *r);
/* Step 5: mark what is lost, and set the timer for what may become so. */
void tcp_rack_detect(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a, tarn_ns now);
/* The same after an ACK, if that has told RACK anything. */
void tcp_rack_ack(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a, tarn_ns now);

/* tcp_reorder.c: how far segments overtake each other (RFC 8985 6.2, step 3) */
/* What earlier flights have learned, or DupThresh; and keep it for later ones. */
void tcp_reorder_init(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a);
void tcp_reorder_keep(struct tarn *st, struct tcp_sock *tc, const struct tcp_active *a);
/* Learn from what this ACK has delivered. */
void tcp_reorder_sample(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                        const struct tcp_sample *s);
/* What stood at the left edge was only late: what was SACKed has overtaken it. */
void tcp_reorder_late(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                      const struct tcp_sample *s);

/* tcp_tlp.c: tail loss probes (RFC 8985 7) */
/* If an ACK or new data made it stale: (re)arm the probe's timer, or stop it where none is wanted
 * (7.2). */
void tcp_tlp_update(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
/* The timer has expired: new data is to go as a probe, or the last segment again (7.3). */
void tcp_tlp_timeout(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a);
/* The last segment of the flight, in a record of its own; NULL: no memory. */
struct tcp_rec *tcp_tlp_segment(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a);
/* The probe has left. */
void tcp_tlp_sent(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, tarn_ns now);
/* An ACK while a probe is out (7.4). true: the probe has repaired a loss. */
bool tcp_tlp_ack(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                 const struct tcp_sample *s);

/* tcp_undo.c: needless episodes (RFC 3522, RFC 3708, RFC 4015) */
/* An episode begins; `allowed`: it brings the window down, for a loss and not for a mark. */
void tcp_undo_begin(const struct tcp_sock *tc, struct tcp_active *a, bool allowed);
/* `segs` segments were sent again. */
void tcp_undo_resent(struct tcp_active *a, uint32_t segs, tarn_ns now);
/* The peer tells of a duplicate in block b (RFC 2883). */
void tcp_undo_dsack(struct tcp_sock *tc, struct tcp_active *a, const struct tcp_sack_block *b,
                    struct tcp_sample *s);
/* Was the episode needless: all that was sent again arrived twice (RFC 3708 3.2), or an ACK echoes
 * a time before anything was (RFC 3522 3.2)? */
bool tcp_undo_by_dsack(const struct tarn *st, const struct tcp_active *a);
bool tcp_undo_by_echo(const struct tarn *st, const struct tcp_active *a,
                      const struct tcp_sample *s);
/* It was: congestion control is what it was when it began (TARN_CC_SPURIOUS). */
void tcp_undo(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, tarn_ns now);

/* tcp_frto.c: needless timeouts (RFC 5682) */
/* A timeout; a->ca_state is still the one before it (2.1, step 1). */
void tcp_frto_begin(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a);
/* An ACK in LOSS (2.1, steps 2 and 3; 3.1). true: the timeout was needless. */
bool tcp_frto_ack(const struct tcp_sock *tc, struct tcp_active *a, const struct tcp_sample *s);
/* Are retransmissions held back, for new data to go first (step 2b)? */
bool tcp_frto_holds(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a);

/* tcp_prr.c: proportional rate reduction (RFC 9937) */
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

#endif
