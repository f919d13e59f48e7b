/* tcp/loss/tcp_loss.h - the scoreboard, what is lost, and how it is repaired or proves not to be
 * lost. */
#ifndef TARN_TCP_LOSS_TCP_LOSS_H
#define TARN_TCP_LOSS_TCP_LOSS_H

#include "tcp/tcp.h"

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
/* All are lost that are not SACKed; those as well if the first one is: it was taken back. */
void tcp_recs_lost_all(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
/* Those longer than a segment may be now are lost. */
void tcp_recs_too_long(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a);

/* tcp_sack.c */
void tcp_rec_delivered(struct tcp_active *a, struct tcp_sample *s, const struct tcp_rec *r,
                       uint32_t bytes, tarn_ns now);
void tcp_sack_apply(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g,
                    struct tcp_sample *s);
/* RFC 6675 IsLost(). */
void tcp_sack_mark_lost(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);

/* tcp_loss.c */
void tcp_loss_detect(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                     struct tcp_sample *s, const struct tarn_cc_ack *ack);
/* RFC 3168 6.1.2: the path is marked; less may be in flight, though nothing is lost. The event
 * TARN_CC_ECN, and the window comes down to the ssthresh that it sets. Nothing happens while it
 * does already (CWR, Recovery, Loss), nor until all is acknowledged that was out when it last did.
 * `ack`: what tcp_cc_fill() has made. true: it does not come down, but may not grow either. */
bool tcp_cwr_enter(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
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
/* Has a round trip passed since it was sent, and the reordering window? */
bool tcp_rack_is_late(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a,
                      const struct tcp_rec *r);
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

#endif
