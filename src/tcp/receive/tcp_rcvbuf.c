/* tcp/receive/tcp_rcvbuf.c - a receive buffer that grows with need.
 *
 * It begins small and grows when the application reads more than half of it in a round trip
 * (dynamic right-sizing, Fisk and Feng 2001, as Linux amended it), so the working set stays as
 * small as the path allows. The send buffer's part is in tcp_sndbuf.c. */
#include "tcp/receive/tcp_receive.h"

#include "base/bits.h"
#include "tcp/tcp_machine.h"
#include "tcp/tcp_queue.h"

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

static void grow_rcv_buf(const struct tarn *st, struct tcp_sock *tc)
{
    uint64_t most = (uint64_t)st->param[PARAM_TCP_RMEM_MAX];
    uint64_t want = 2ull * tc->space_read + 16u * tc->adv_mss;

    want += want * (tc->space_read - tc->space_bytes) / max_u32(tc->space_bytes, 1) * 2;
    if (!tc->rcv_buf_fixed && st->param[PARAM_TCP_RCVBUF_TUNING] != 0 && tcp_memory_is_ample(st))
        tc->rcv_buf = (uint32_t)max_u64(tc->rcv_buf, min_u64(want, most));
    tc->space_bytes = tc->space_read;
}

void tcp_read_space(const struct tarn *st, struct tcp_sock *tc, uint32_t n, tarn_ns now)
{
    uint32_t now_us = (uint32_t)(now / 1000);

    tcp_ack_what_was_read(tc);
    tc->space_read += n;
    if (tc->rcv_rtt_us != 0 && now_us - tc->space_at_us >= tc->rcv_rtt_us) {
        if (tc->space_read > tc->space_bytes)
            grow_rcv_buf(st, tc);
        tc->space_read = 0;
        tc->space_at_us = now_us;
    }
    /* What reading gives back is told; that the buffer is larger than what was ever offered (the
     * field of a SYN is not scaled) can wait for the next ACK. */
    tcp_window_update(st, tc, tcp_rcv_wnd(tc) + tc->recvq.bytes + n);
}
