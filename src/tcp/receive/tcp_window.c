/* tcp/receive/tcp_window.c - the window that is offered (RFC 9293 3.8.6).
 *
 * The window is the receive buffer less what the application has not read: every byte counts once.
 * Its right edge never moves back (RFC 9293 3.8.6), unless tcp.shrink-window allows it when the
 * buffer was made smaller (RFC 7323 2.4), and moves on by steps worth sending: a segment
 * or half the buffer (3.8.6.2.2). The true size of chunks stays within a small multiple of the
 * bytes, see tcp_queue.c. */
#include "tcp/receive/tcp_receive.h"

#include "base/bits.h"

static uint32_t free_bytes(const struct tcp_sock *tc)
{
    uint32_t room = tc->rcv_buf > tc->recvq.bytes ? tc->rcv_buf - tc->recvq.bytes : 0;

    room = min_u32(room, (uint32_t)UINT16_MAX << tc->rcv_wscale); /* more cannot be told */
    return tc->window_clamp != 0 ? min_u32(room, tc->window_clamp) : room;
}

/* RFC 9293 3.8.6.2.2: would the window grow by enough to be worth telling? */
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
void tcp_window_update(const struct tarn *st, struct tcp_sock *tc, uint32_t most)
{
    uint32_t room = min_u32(free_bytes(tc), most), open = tcp_rcv_wnd(tc);
    bool worth = room / 2 >= open || st->param[PARAM_TCP_SWS_AVOIDANCE] == 0;

    if (tcp_in(tc, TCP_STATES_RECEIVE) && worth && grows_enough(st, tc, room, open))
        tc->ack_now = 1;
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
