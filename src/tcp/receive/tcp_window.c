/* tcp/receive/tcp_window.c - the window that is offered, when to acknowledge, and buffers that
 * grow.
 *
 * The window is the receive buffer less what the application has not read: every byte counts once.
 * Its right edge never moves back (RFC 9293 3.8.6), unless tcp.shrink-window allows it when the
 * buffer was made smaller (RFC 7323 2.4), and moves on by steps worth sending: a segment
 * or half the buffer (3.8.6.2.2). The true size of chunks stays within a small multiple of the
 * bytes, see tcp_queue.c.
 *
 * Both buffers begin small and grow with need: the receive buffer when the application reads more
 * than half of it in a round trip (dynamic right-sizing, Fisk and Feng 2001, as Linux amended it),
 * the send buffer when the application was refused while the congestion window could use more. So
 * the working set stays as small as the path allows. */
#include "tcp/receive/tcp_receive.h"

#include "base/bits.h"
#include "tcp/tcp_machine.h"

static uint32_t free_bytes(const struct tcp_sock *tc)
{
    uint32_t room = tc->rcv_buf > tc->recvq.bytes ? tc->rcv_buf - tc->recvq.bytes : 0;

    room = min_u32(room, (uint32_t)UINT16_MAX << tc->rcv_wscale); /* more cannot be told */
    return tc->window_clamp != 0 ? min_u32(room, tc->window_clamp) : room;
}

/* Would the window grow by enough to be worth telling? */
static bool grows_enough(const struct tarn *st, const struct tcp_sock *tc, uint32_t room,
                         uint32_t now_open)
{
    bool avoid = st->param[PARAM_TCP_SWS_AVOIDANCE] != 0;

    return room > now_open &&
           room - now_open >= (avoid ? min_u32(tc->rcv_buf / 2, tc->rcv_mss) : 1);
}

uint32_t tcp_window_offer(const struct tarn *st, struct tcp_sock *tc)
{
    uint32_t room = free_bytes(tc), open = tcp_rcv_wnd(tc);
    uint32_t unit = 1u << tc->rcv_wscale, up;

    if (grows_enough(st, tc, room, open))
        open = room & ~(unit - 1);
    if (room < open && st->param[PARAM_TCP_SHRINK_WINDOW] != 0) {
        open = room & ~(unit - 1);
        tc->rcv_adv = seq_add(tc->rcv_nxt, open);
    }
    up = (open + unit - 1) & ~(unit - 1); /* the field counts units: round up if there is room */
    if (up <= room)
        open = up;
    tc->rcv_adv = seq_max(tc->rcv_adv, seq_add(tc->rcv_nxt, open));
    return open;
}

/* An ACK for the window alone is sent when it at least doubles: as Linux. The peer has half of it
 * left until then, and the next data brings an ACK anyway. */
static void update_to(const struct tarn *st, struct tcp_sock *tc, uint32_t room)
{
    uint32_t open = tcp_rcv_wnd(tc);
    bool worth = room / 2 >= open || st->param[PARAM_TCP_SWS_AVOIDANCE] == 0;

    if (tcp_in(tc, TCP_STATES_RECEIVE) && worth && grows_enough(st, tc, room, open))
        tc->ack_now = 1;
}

void tcp_window_update(const struct tarn *st, struct tcp_sock *tc)
{
    update_to(st, tc, free_bytes(tc));
}

void tcp_window_init(const struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    tc->rcv_mss = (uint16_t)min_u32(tc->adv_mss, 536);
    tc->ack_delay_us = (uint32_t)st->param[PARAM_TCP_DELACK_MIN_MS] * 1000;
    tc->space_at_us = (uint32_t)(now / 1000);
    tc->data_ms = tcp_ms(now);
    tc->space_read = 0;
    tc->space_bytes = min_u32(tc->rcv_buf, 10u * tc->adv_mss);
}

/* Acknowledgements ---------------------------------------------------------------------------- */

tcp_seq tcp_ack_number(struct tcp_sock *tc, uint32_t *wnd)
{
    uint32_t owed = tc->rcv_nxt.v - tc->rcv_acked.v, behind;

    if (tc->quick_acks == 0 || owed <= tc->rcv_mss)
        tc->stepwise = 0;
    if (!tc->stepwise)
        return tc->rcv_nxt;
    behind = (owed - tc->rcv_mss) >> tc->rcv_wscale << tc->rcv_wscale;
    if (*wnd + behind > (uint32_t)UINT16_MAX << tc->rcv_wscale)
        return tc->rcv_nxt;
    *wnd += behind; /* the right edge stays */
    return seq_sub(tc->rcv_nxt, behind);
}

void tcp_ack_sent(struct tcp_sock *tc, tcp_seq ack)
{
    tc->rcv_acked = ack;
    tc->pushed = 0;
    tc->ack_now = !seq_eq(ack, tc->rcv_nxt) || tc->more_acks > 0;
    if (tc->more_acks > 0)
        tc->more_acks--;
    tc->ack_at = 0;
    if (tc->quick_acks > 0)
        tc->quick_acks--;
}

/* The delay follows the time between arrivals, as Linux's does: halfway to it when it is shorter,
 * back to the shortest after a pause. RFC 9293 3.8.6.3 bounds it at 0.5 s. */
static void adapt_delay(const struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    uint32_t least = (uint32_t)st->param[PARAM_TCP_DELACK_MIN_MS] * 1000;
    uint32_t most = (uint32_t)st->param[PARAM_TCP_DELACK_MAX_MS] * 1000;
    uint32_t gap_us = (uint32_t)min_u64((uint64_t)(tcp_ms(now) - tc->data_ms) * 1000, UINT32_MAX);

    if (gap_us <= tc->ack_delay_us / 2)
        tc->ack_delay_us = tc->ack_delay_us / 2 + least / 2;
    else if (gap_us < tc->ack_delay_us)
        tc->ack_delay_us = tc->ack_delay_us / 2 + gap_us;
    else if (!tc->no_quick &&
             gap_us >
                 tcp_rto_ns(st, tc) / 1000) /* a new burst: the peer's window begins small again */
        tc->quick_acks = TCP_QUICK_ACKS;
    tc->ack_delay_us = clamp_u32(tc->ack_delay_us, min_u32(least, most), most);
    tc->data_ms = tcp_ms(now);
}

/* Where the peer paused: behind a push, or behind a segment that is not full. */
static void note_push(struct tcp_sock *tc, uint32_t seg_bytes, bool psh)
{
    if (seg_bytes < tc->rcv_mss)
        tc->pushed = tc->pushed > 0 ? 2 : 1;
    else if (psh && tc->pushed == 0)
        tc->pushed = 1;
}

/* All is read, and the peer paused behind it: it may wait for the ACK, with a small window or a
 * buffer to be emptied, so it gets one, as from Linux, unless an answer is likely to carry it. */
static void ack_what_was_read(struct tcp_sock *tc)
{
    bool answers = tc->pingpong || tc->no_quick;

    if (tc->recvq.bytes == 0 && tc->ack_at != 0 && tc->pushed > (answers ? 1 : 0))
        tc->ack_now = 1;
}

void tcp_ack_schedule(const struct tarn *st, struct tcp_sock *tc, uint32_t seg_bytes, bool psh,
                      tarn_ns now)
{
    const struct tcp_active *a = tcp_active(st, tc);
    uint32_t owed = tc->rcv_nxt.v - tc->rcv_acked.v;

    note_push(tc, seg_bytes, psh);
    if (seg_bytes > tc->rcv_mss)
        tc->rcv_mss = (uint16_t)min_u32(seg_bytes, max_u32(tc->adv_mss, 536));
    adapt_delay(st, tc, now);
    if (owed == 0)
        return;
    if (owed > tc->rcv_mss || tc->quick_acks > 0 || (a != NULL && !list_is_empty(&a->runs)) ||
        st->param[PARAM_TCP_DELAYED_ACK] == 0)
        tc->ack_now = 1; /* at least every second segment (RFC 9293 3.8.6.3) */
    else if (tc->ack_at == 0)
        tc->ack_at = now + (uint64_t)tc->ack_delay_us * 1000;
}

/* Buffers ------------------------------------------------------------------------------------- */

/* The receiver's idea of the round trip: from the timestamp that the peer echoes, where that is
 * coarse enough to mean something, else from the handshake. */
void tcp_rcv_rtt(struct tcp_sock *tc, const struct tcp_seg *g)
{
    uint32_t us = tc->srtt_us8 / 8, ms;

    if (tc->ts_ok && g->h.opts.has_timestamps && g->h.opts.ts_echo != 0) {
        ms = tcp_ts_now(tc->ts_offset, g->now) - g->h.opts.ts_echo;
        if (ms > 2 && ms < TCP_RTT_MAX_US / 1000)
            us = ms * 1000;
    }
    if (us == 0)
        return;
    if (tc->rcv_rtt_us == 0 || us < tc->rcv_rtt_us)
        tc->rcv_rtt_us = us;
    else
        tc->rcv_rtt_us += (us - tc->rcv_rtt_us) / 8;
}

static bool has_memory_to_grow(const struct tarn *st)
{
    return st->held.chunk_bytes < st->cfg.max_chunk_bytes / 2;
}

static void grow_rcv_buf(const struct tarn *st, struct tcp_sock *tc)
{
    uint64_t most = (uint64_t)st->param[PARAM_TCP_RMEM_MAX];
    uint64_t want = 2ull * tc->space_read + 16u * tc->adv_mss;

    want += want * (tc->space_read - tc->space_bytes) / max_u32(tc->space_bytes, 1) * 2;
    if (!tc->rcv_buf_fixed && st->param[PARAM_TCP_RCVBUF_TUNING] != 0 && has_memory_to_grow(st))
        tc->rcv_buf = (uint32_t)max_u64(tc->rcv_buf, min_u64(want, most));
    tc->space_bytes = tc->space_read;
}

void tcp_read_space(const struct tarn *st, struct tcp_sock *tc, uint32_t n, tarn_ns now)
{
    uint32_t now_us = (uint32_t)(now / 1000);

    ack_what_was_read(tc);
    tc->space_read += n;
    if (tc->rcv_rtt_us != 0 && now_us - tc->space_at_us >= tc->rcv_rtt_us) {
        if (tc->space_read > tc->space_bytes)
            grow_rcv_buf(st, tc);
        tc->space_read = 0;
        tc->space_at_us = now_us;
    }
    /* What reading gives back is told; that the buffer is larger than what was ever offered (the
     * field of a SYN is not scaled) can wait for the next ACK. */
    update_to(st, tc, min_u32(free_bytes(tc), tcp_rcv_wnd(tc) + tc->recvq.bytes + n));
}

void tcp_snd_grow(const struct tarn *st, struct tcp_sock *tc, const struct tcp_active *a)
{
    uint64_t want = 2 * a->cc.ctl.cwnd, most = (uint64_t)st->param[PARAM_TCP_WMEM_MAX];

    if (!tc->snd_blocked || tc->snd_buf_fixed || want <= tc->snd_buf ||
        st->param[PARAM_TCP_SNDBUF_TUNING] == 0 || !has_memory_to_grow(st))
        return;
    tc->snd_buf = (uint32_t)max_u64(tc->snd_buf, min_u64(want, most));
    tc->snd_blocked = 0;
}
