/* tcp/send/tcp_sndbuf.c - how much a send buffer takes.
 *
 * As on Linux the size of a send buffer is one of memory: each super-packet costs something beside
 * its bytes, and what has begun may be filled. So a write takes whole super-packets as long as the
 * memory in use is below the limit. Super-packets of the queue are up to half the peer's window
 * long; what is sent at once leaves in shorter ones, see tcp_super.c.
 *
 * The buffer grows when the application was refused while the congestion window could use more. */
#include "tcp/send/tcp_send.h"

#include "base/bits.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/tcp_queue.h"

static uint32_t pieces(uint64_t bytes, uint32_t each)
{
    return (uint32_t)((bytes + each - 1) / each);
}

uint32_t tcp_sndbuf_grain(const struct tcp_sock *tc)
{
    uint32_t most = min_u32(tc->max_snd_wnd / 2, UINT16_MAX - TCP_MAX_HEADER_BYTES);

    return max_u32(most - most % tc->snd_mss, tc->snd_mss);
}

/* Of what windows let go now: whole segments. */
uint32_t tcp_sendable(const struct tarn *st, const struct tcp_sock *tc)
{
    const struct tcp_active *a = tcp_active(st, tc);
    uint32_t inflight = a != NULL ? tcp_inflight(tc, a) : 0, n;
    uint64_t cwnd = a != NULL ? a->cc.ctl.cwnd : 0;

    n = (uint32_t)min_u64(cwnd > inflight ? cwnd - inflight : 0, tcp_usable_wnd(tc));
    return n - n % tc->snd_mss;
}

static uint64_t cost(const struct tarn *st, uint64_t n)
{
    return n * (uint64_t)st->param[PARAM_TCP_SNDBUF_OVERHEAD];
}

static uint32_t sent_grain(const struct tarn *st, const struct tcp_sock *tc)
{
    const struct tcp_active *a = tcp_active(st, tc);

    return a != NULL ? tcp_super_bytes(st, tc, a) : tc->snd_mss;
}

uint64_t tcp_sndbuf_used(const struct tarn *st, const struct tcp_sock *tc)
{
    uint32_t unsent = tcp_unsent(tc);

    return tc->sendq.bytes + cost(st, pieces(tc->sendq.bytes - unsent, sent_grain(st, tc)) +
                                          pieces(unsent, tcp_sndbuf_grain(tc)));
}

/* Bytes of the super-packets that may be begun while the memory in use, `used` now, is below the
 * limit. */
static uint64_t fits(const struct tarn *st, const struct tcp_sock *tc, uint64_t used)
{
    uint32_t each = tcp_sndbuf_grain(tc);
    uint64_t whole = each + cost(st, 1);

    return used < tc->snd_buf ? (tc->snd_buf - used + whole - 1) / whole * each : 0;
}

uint32_t tcp_sndbuf_room(const struct tarn *st, const struct tcp_sock *tc)
{
    uint32_t grain = tcp_sndbuf_grain(tc), small = sent_grain(st, tc);
    uint64_t sent = (uint64_t)tc->sendq.bytes - tcp_unsent(tc), begun, limit;
    uint64_t used = sent + cost(st, pieces(sent, small));
    uint64_t at_once = min_u64(tcp_sendable(st, tc), fits(st, tc, used));

    sent += at_once;
    used += at_once + cost(st, pieces(at_once, small));
    begun = tc->sendq.bytes > sent ? tc->sendq.bytes - sent : 0;
    limit = sent + max_u64(fits(st, tc, used), (uint64_t)pieces(begun, grain) * grain);
    return limit > tc->sendq.bytes ? (uint32_t)min_u64(limit - tc->sendq.bytes, UINT32_MAX) : 0;
}

void tcp_sndbuf_grow(const struct tarn *st, struct tcp_sock *tc, const struct tcp_active *a)
{
    uint64_t want = 2 * a->cc.ctl.cwnd, most = (uint64_t)st->param[PARAM_TCP_WMEM_MAX];

    if (!tc->snd_blocked || tc->snd_buf_fixed || want <= tc->snd_buf ||
        st->param[PARAM_TCP_SNDBUF_TUNING] == 0 || !tcp_memory_is_ample(st))
        return;
    tc->snd_buf = (uint32_t)max_u64(tc->snd_buf, min_u64(want, most));
    tc->snd_blocked = 0;
}
