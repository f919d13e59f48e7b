/* tcp/congestion/tcp_rate.c - delivery rate samples (draft-ietf-ccwg-bbr 4.1, Cheng et al.).
 *
 * Each send record carries a snapshot of how much had been delivered when it was sent. When it is
 * delivered, what was delivered since then divided by the time it took is a sample of the path's
 * rate. The time is the longer of the sending and the acknowledging side, so that neither bursts of
 * data nor bunched ACKs make the path look faster than it is. */
#include "tcp/congestion/tcp_congestion.h"

#include "base/bits.h"
#include "base/fixed.h"

enum { SPAN_SHIFT = 6 }; /* a record's span is in 64 ns */

void tcp_rate_init(struct tcp_active *a, tarn_ns now)
{
    a->delivered_at = a->first_sent = now;
}

void tcp_rate_sent(const struct tcp_sock *tc, struct tcp_active *a, struct tcp_rec *r, tarn_ns now)
{
    if (tcp_flight(tc) == 0)
        a->first_sent = a->delivered_at = now;
    r->sent = now;
    r->span = (uint32_t)min_u64((now - a->first_sent) >> SPAN_SHIFT, UINT32_MAX);
    r->delivered_at = a->delivered_at;
    r->delivered = (uint32_t)a->delivered;
    r->lost = (uint32_t)a->lost;
    r->tx_tag = a->cc.ctl.tx_tag;
    r->flags = (r->flags & ~(unsigned)TCP_REC_APP_LIMITED & 0xff) |
               (a->app_limited != 0 ? TCP_REC_APP_LIMITED : 0);
}

/* Is `r` a later transmission than the one the sample is taken from? */
static bool is_newer(const struct tcp_sample *s, const struct tcp_rec *r)
{
    int32_t more = (int32_t)(r->delivered - (uint32_t)s->prior_delivered);

    return s->sent == 0 || more > 0 || (more == 0 && r->sent >= s->sent);
}

/* A FIN goes with data where there is some. */
uint32_t tcp_rate_segs(const struct tcp_rec *r, uint32_t bytes)
{
    uint32_t fin = (r->flags & TCP_REC_FIN) != 0;

    return bytes <= r->mss + fin || r->mss == 0 ? 1 : (bytes - fin + r->mss - 1) / r->mss;
}

void tcp_rate_delivered(struct tcp_active *a, struct tcp_sample *s, const struct tcp_rec *r,
                        uint32_t bytes, tarn_ns now)
{
    a->delivered += bytes;
    a->delivered_at = now;
    s->acked += bytes;
    s->acked_segs += tcp_rate_segs(r, bytes);
    s->resent |= (r->flags & TCP_REC_EVER) != 0;
    if ((r->flags & TCP_REC_EVER) == 0) {
        s->first_rtt_ns =
            s->first_rtt_ns > (int64_t)(now - r->sent) ? s->first_rtt_ns : (int64_t)(now - r->sent);
        s->rtt_ns = s->rtt_ns < 0 || is_newer(s, r) ? (int64_t)(now - r->sent) : s->rtt_ns;
    }
    if (!is_newer(s, r))
        return;
    s->sent = r->sent;
    s->first_sent = r->sent - ((uint64_t)r->span << SPAN_SHIFT);
    s->prior_at = r->delivered_at;
    s->prior_delivered = a->delivered - ((uint32_t)a->delivered - r->delivered);
    s->tx_lost = r->lost;
    s->tx_inflight = r->inflight;
    s->tx_tag = r->tx_tag;
    s->retrans = (r->flags & TCP_REC_EVER) != 0;
    s->app_limited = (r->flags & TCP_REC_APP_LIMITED) != 0;
    a->first_sent = r->sent;
}

void tcp_rate_finish(const struct tcp_sock *tc, struct tcp_active *a, struct tcp_sample *s)
{
    uint64_t min_rtt_ns = (uint64_t)tc->min_rtt_us * 1000;

    if (a->app_limited != 0 && a->delivered > a->app_limited)
        a->app_limited = 0;
    if (s->sent == 0)
        return;
    s->interval = max_u64(s->sent - s->first_sent, a->delivered_at - s->prior_at);
    if (s->interval == 0 || s->interval < min_rtt_ns)
        return; /* shorter than any round trip: cannot be right */
    s->rate = mul_div(a->delivered - s->prior_delivered, TCP_SECOND_NS, s->interval);
    if (!s->app_limited || s->rate >= a->rate)
        a->rate = s->rate;
}

void tcp_rate_app_limited(struct tcp_active *a, uint32_t inflight)
{
    a->app_limited = max_u64(a->delivered + inflight, 1);
}
