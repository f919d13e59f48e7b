/* tcp/loss/tcp_rack.c - RACK (RFC 8985 6): lost is what was sent well before something that has
 * arrived.
 *
 * Of all that was delivered, the transmission that left last tells how old a segment may become:
 * its round trip time, and a reordering window on top. What is older and was sent earlier is lost,
 * first transmissions and retransmissions alike. `flying` is sorted by time, so a walk takes off it
 * what is lost and ends at the first record that is not; when that one will be is the timer's time.
 *
 * The window (6.2 step 4) is a quarter of the least round trip, once for each duplicate that showed
 * it too narrow, for sixteen recoveries. It is nothing in recovery, or with DupThresh segments
 * SACKed, as long as no reordering was seen: then RACK is as quick as counting duplicates.
 *
 * As in Linux duplicates count only where reordering was seen, and the timer ends
 * tcp.timer-slack-us late. tcp.rack is Linux's tcp_recovery: 1 on, 2 the window does not adapt, 4
 * DupThresh does not count. Off: RFC 6675's IsLost(), in tcp_sack.c. */
#include "tcp/loss/tcp_loss.h"

#include "base/bits.h"

enum { RACK_ON = 1, RACK_STATIC = 2, RACK_NO_DUPTHRESH = 4 };
enum { PERSIST = 16, STEPS_MAX = 255 };

static int64_t mode(const struct tarn *st)
{
    return st->param[PARAM_TCP_RACK];
}

bool tcp_rack_is_on(const struct tarn *st)
{
    return (mode(st) & RACK_ON) != 0;
}

/* Which of two transmissions of one moment was the later one is told by their numbers. */
static bool sent_after(tarn_ns sent, tcp_seq end, const struct tcp_rack *rack)
{
    return sent > rack->sent || (sent == rack->sent && seq_gt(end, rack->end));
}

/* RFC 8985 6.2 step 2: is it the first transmission that was acknowledged, and not the last? */
static bool is_ambiguous(const struct tcp_sample *s, const struct tcp_rec *r, tarn_ns now)
{
    return now - r->sent < s->min_rtt_ns ||
           (s->has_tsecr && (int32_t)(s->tsecr_ms - tcp_ms(r->sent)) < 0);
}

void tcp_rack_delivered(struct tcp_active *a, const struct tcp_sample *s, const struct tcp_rec *r,
                        tcp_seq end, tarn_ns now)
{
    if ((r->flags & TCP_REC_EVER) != 0 && is_ambiguous(s, r, now))
        return;
    a->rack.advanced = true;
    a->rack.rtt_ns = now - r->sent; /* of whichever was delivered last, as the RFC has it */
    if (!sent_after(r->sent, end, &a->rack))
        return;
    a->rack.sent = r->sent;
    a->rack.end = end;
}

/* RFC 8985 6.2 step 4: duplicates tell that the window was too narrow, once a round trip. */
void tcp_rack_adapt(const struct tarn *st, struct tcp_active *a, const struct tcp_sample *s)
{
    struct tcp_rack *rack = &a->rack;

    if ((mode(st) & RACK_STATIC) != 0 || s->sent == 0)
        return;
    if (rack->dsack && s->prior_delivered >= rack->adjusted) {
        rack->steps = rack->steps < STEPS_MAX ? (uint8_t)(rack->steps + 1) : STEPS_MAX;
        rack->persist = PERSIST;
        rack->adjusted = a->delivered;
    } else if (rack->persist == 0) {
        rack->steps = 1;
    }
    rack->dsack = false;
}

/* RACK.reo_wnd (RFC 8985 6.2 step 4). */
static uint64_t window_ns(const struct tarn *st, const struct tcp_sock *tc,
                          const struct tcp_active *a)
{
    uint64_t steps = max_u32(a->rack.steps, 1);

    if (a->reord_seen == 0) {
        if (a->ca_state >= TCP_CA_RECOVERY)
            return 0;
        if (a->sacked_segs >= a->reordering && (mode(st) & RACK_NO_DUPTHRESH) == 0)
            return 0;
    }
    return min_u64((uint64_t)tc->min_rtt_us * 250 * steps, (uint64_t)tc->srtt_us8 * 125);
}

bool tcp_rack_is_late(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a,
                      const struct tcp_rec *r)
{
    return r->sent + a->rack.rtt_ns + window_ns(st, tc, a) <= st->now;
}

/* RFC 8985 6.2 step 5. */
void tcp_rack_detect(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a, tarn_ns now)
{
    uint64_t patience = a->rack.rtt_ns + window_ns(st, tc, a);
    struct tcp_rec *r;

    a->rack.advanced = false;
    a->rack.reo_at = 0;
    while ((r = list_first(st, &a->flying)) != NULL && !sent_after(r->sent, r->end, &a->rack) &&
           a->rack.sent != 0) {
        if (r->sent + patience > now) {
            a->rack.reo_at = r->sent + patience + (uint64_t)st->param[PARAM_TCP_SLACK_US] * 1000;
            return;
        }
        tcp_rec_lost(st, a, r);
    }
}

/* An ACK that tells RACK nothing makes nothing older: the time that has passed since is only the
 * timer's matter. Else a late original would make all behind it look lost, one after the other. */
void tcp_rack_ack(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a, tarn_ns now)
{
    if (a->rack.advanced)
        tcp_rack_detect(st, tc, a, now);
}
