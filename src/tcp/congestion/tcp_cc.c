/* tcp/congestion/tcp_cc.c - between a connection and its congestion control (RFC 9293 3.8.2,
 * include/tarn/cc.h).
 *
 * The controller sees its own small struct. Here its inputs are filled from the scoreboard and the
 * rate sample of one ACK, and its outputs are bounded: a module may be wrong, but it cannot send
 * less than a segment, nor end the connection. While a connection is quiet there is no controller;
 * a new one then begins from the window kept (RFC 5681 4.1), or from the initial one. */
#include "tcp/congestion/tcp_congestion.h"

#include "base/bits.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/open/tcp_open.h"
#include "tcp/tcp_machine.h"

static uint32_t host_rand32(struct tarn_cc *cc)
{
    return rng_u32(&container_of(cc, struct tcp_active, cc)->rng);
}

static const struct tarn_cc_host host = {.size = sizeof host, .rand32 = host_rand32};

static const struct tarn_cc_ops *ops_of(const struct tcp_sock *tc)
{
    return cc_table[tc->cc];
}

/* RFC 6928 2, with tcp.initial-window segments in place of 10. */
static uint32_t initial_window(const struct tarn *st, uint32_t mss)
{
    uint32_t segs = (uint32_t)st->param[PARAM_TCP_INITIAL_WINDOW];

    return min_u32(segs * mss, max_u32(2 * mss, segs * 1460));
}

static void bound(struct tcp_active *a)
{
    a->cc.ctl.cwnd = max_u64(a->cc.ctl.cwnd, a->cc.mss);
}

/* What a window is worth when it is given up without a sign of congestion: three quarters. */
static uint64_t remembered(const struct tcp_active *a)
{
    return max_u64(a->cc.ctl.ssthresh, a->cc.ctl.cwnd / 4 * 3);
}

/* tcp.slow-start-after-idle */
enum { IDLE_AT_ONCE = 2 };

/* RFC 5681 4.1: after idle; as Linux has it half of the window goes for each timeout's time, down
 * to the restart window. Slow start leads back to three quarters of what it was. */
static void restart(const struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, tarn_ns now)
{
    struct tarn_cc_ack ack = {.size = sizeof ack, .now_ns = now, .rtt_ns = -1, .owd_ns = -1};
    uint64_t idle_ns = (uint64_t)(tcp_ms(now) - tc->sent_ms) * 1000000;
    uint64_t least = min_u64(a->cc.ctl.cwnd, a->cc.init_cwnd);
    uint64_t times = idle_ns / (tcp_rto_ns(st, tc) >> min_u32(tc->backoff, 16)); /* a probe's */
    int64_t mode = st->param[PARAM_TCP_SLOW_START_AFTER_IDLE];
    uint64_t cwnd = a->cc.ctl.cwnd >> (mode == IDLE_AT_ONCE ? 63 : min_u64(times, 63));

    if (mode == 0 || times == 0)
        return;
    a->cc.ctl.ssthresh = remembered(a);
    ops_of(tc)->on_event(&a->cc, TARN_CC_IDLE_RESTART, &ack);
    a->cc.ctl.cwnd = max_u64(cwnd - cwnd % a->cc.mss, least);
    a->used = 0;
    a->used_at = now;
}

void tcp_cc_idle(const struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    struct tcp_active *a = tcp_active(st, tc);

    if (a != NULL && tc->sent_ms != 0)
        restart(st, tc, a, now);
}

static void resume(const struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, tarn_ns now)
{
    a->cc.ctl.cwnd = tc->quiet_cwnd;
    a->cc.ctl.ssthresh = tc->quiet_ssthresh == UINT32_MAX ? UINT64_MAX : tc->quiet_ssthresh;
    restart(st, tc, a, now);
    bound(a);
}

void tcp_cc_start(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, tarn_ns now)
{
    uint32_t mss = max_u32(tc->snd_mss, 1);

    a->rng = st->rng[STREAM_TCP]; /* a stream of its own, named by the four of the connection */
    a->rng.stream = (uint64_t)tcp_hash(st, &tc->sk.local, &tc->sk.remote) << 32 | STREAM_TCP;
    a->cc = (struct tarn_cc){.host = &host, .mss = mss, .weight_q16 = 65536};
    a->cc.init_cwnd = initial_window(st, mss);
    a->cc.min_cwnd = 2 * mss;
    a->cc.hystart = (st->param[PARAM_TCP_HYSTART] & 1) != 0;
    a->cc.hystart_train = (st->param[PARAM_TCP_HYSTART] & 2) != 0;
    a->cc.hystart_delay = (st->param[PARAM_TCP_HYSTART] & 4) != 0;
    a->used_at = now;
    ops_of(tc)->init(&a->cc, NULL);
    bound(a);
    if (tc->quiet_cwnd != 0)
        resume(st, tc, a, now);
}

void tcp_cc_event(struct tarn *st, struct tcp_sock *tc, enum tarn_cc_event event,
                  const struct tarn_cc_ack *ack)
{
    struct tcp_active *a = tcp_active(st, tc);

    ops_of(tc)->on_event(&a->cc, event, ack);
    bound(a);
}

void tcp_cc_plain(struct tarn *st, struct tcp_sock *tc, enum tarn_cc_event event, tarn_ns now)
{
    struct tarn_cc_ack ack = {.size = sizeof ack, .now_ns = now, .rtt_ns = -1, .owd_ns = -1};

    tcp_cc_event(st, tc, event, &ack);
}

uint32_t tcp_cc_flight(const struct tarn *st, const struct tcp_sock *tc, uint32_t more)
{
    return st->param[PARAM_TCP_FLIGHT_SIZE] != 0 ? tcp_flight(tc) + more : 0;
}

void tcp_cc_mss(const struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    struct tarn_cc_ack ack = {.size = sizeof ack, .now_ns = st->now, .rtt_ns = -1, .owd_ns = -1};

    a->cc.mss = tc->snd_mss;
    a->cc.init_cwnd = initial_window(st, tc->snd_mss);
    a->cc.min_cwnd = 2 * tc->snd_mss;
    ops_of(tc)->on_event(&a->cc, TARN_CC_MSS, &ack);
    bound(a);
}

/* In slow start half of the window in use is enough, as it doubles faster than the application may
 * follow. */
bool tcp_cc_is_limited(const struct tcp_active *a)
{
    return a->cwnd_limited ||
           (a->cc.ctl.cwnd < a->cc.ctl.ssthresh && a->cc.ctl.cwnd < 2ull * a->round_flight);
}

/* For a timeout's time the application has not used the window: half of what it did not use goes
 * (RFC 2861 3.1, as Linux has it; RFC 7661 4.4 would wait for five minutes). */
static void give_up_unused(const struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                           tarn_ns now)
{
    uint64_t used = max_u64(a->used, a->cc.init_cwnd), unused_ns = now - a->used_at;
    uint64_t least_ns = (uint64_t)st->param[PARAM_TCP_RTO_MIN_MS] * 1000000;

    if (unused_ns < least_ns || unused_ns < tcp_rto_ns(st, tc) ||
        st->param[PARAM_TCP_SLOW_START_AFTER_IDLE] == 0)
        return;
    if (a->ca_state == TCP_CA_OPEN && !tc->snd_full && used < a->cc.ctl.cwnd) {
        a->cc.ctl.ssthresh = remembered(a);
        a->cc.ctl.cwnd = (a->cc.ctl.cwnd + used) / 2;
    }
    a->used = 0;
    a->used_at = now;
}

void tcp_cc_validate(const struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, bool limited)
{
    uint32_t flight = tcp_flight(tc);

    limited |= st->param[PARAM_TCP_CWND_VALIDATION] == 0;
    if (limited || seq_geq(tc->snd_una, a->usage_edge) ||
        (!a->cwnd_limited && flight > a->round_flight)) {
        a->cwnd_limited = limited;
        a->round_flight = flight;
        a->usage_edge = tc->snd_nxt;
    }
    if (tcp_cc_is_limited(a)) {
        a->used = 0;
        a->used_at = st->now;
        return;
    }
    a->used = max_u32(a->used, flight);
    give_up_unused(st, tc, a, st->now);
}

/* An ACK that only SACKs does not open the window (RFC 3042 2), but where reordering was seen, as
 * in Linux: there it may be all that comes for a while. */
static bool is_dup(const struct tarn *st, const struct tcp_active *a, const struct tcp_sample *s)
{
    return s->acked > 0 && !s->advanced && a->reordering <= st->param[PARAM_TCP_DUPTHRESH];
}

static uint32_t flags_of(const struct tarn *st, const struct tcp_active *a,
                         const struct tcp_sample *s)
{
    return (s->sent != 0 && s->prior_delivered >= a->round_delivered ? TARN_ACK_ROUND : 0u) |
           (tcp_cc_is_limited(a) ? TARN_ACK_CWND_LIMITED : 0u) |
           (s->app_limited ? TARN_ACK_APP_LIMITED : 0u) | (s->retrans ? TARN_ACK_RETRANS : 0u) |
           (a->ca_state >= TCP_CA_RECOVERY ? TARN_ACK_RECOVERY : 0u) |
           (tcp_is_reducing(a) ? TARN_ACK_REDUCING : 0u) | (is_dup(st, a, s) ? TARN_ACK_DUP : 0u);
}

void tcp_cc_fill(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a,
                 const struct tcp_sample *s, tarn_ns now, struct tarn_cc_ack *ack)
{
    *ack = (struct tarn_cc_ack){
        .size = sizeof *ack,
        .flags = flags_of(st, a, s),
        .now_ns = now,
        .delivered = a->delivered,
        .lost = a->lost,
        .acked = s->acked,
        .newly_lost = s->newly_lost,
        .acked_segs = s->acked_segs,
        .inflight = tcp_inflight(tc, a),
        .prior_inflight = s->prior_inflight,
        .rtt_ns = s->rtt_ns,
        .owd_ns = -1,
        .srtt_ns = (uint64_t)tc->srtt_us8 * 125,
        .min_rtt_ns = (uint64_t)tc->min_rtt_us * 1000,
        .rate = s->rate,
        .interval_ns = s->interval,
        .tx_delivered = s->prior_delivered,
        .tx_lost = a->lost - ((uint32_t)a->lost - s->tx_lost),
        .tx_inflight = s->tx_inflight,
        .tx_tag = s->tx_tag,
    };
}

void tcp_cc_ack(struct tcp_sock *tc, struct tcp_active *a, const struct tarn_cc_ack *ack)
{
    ops_of(tc)->on_ack(&a->cc, ack);
    bound(a);
    if ((ack->flags & TARN_ACK_ROUND) != 0)
        a->round_delivered = a->delivered;
}

void tcp_cc_sent(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                 const struct tcp_rec *r, tarn_ns now)
{
    const struct tarn_cc_ops *ops = ops_of(tc);
    uint32_t bytes = r->end.v - r->start.v;

    if (r->inflight == bytes)
        tcp_cc_plain(st, tc, TARN_CC_TX_START, now);
    if (ops->on_send != NULL)
        ops->on_send(&a->cc, bytes, r->inflight, now);
    tcp_pace_sent(st, tc, a, bytes, now);
}

static bool is_called(const struct tarn_cc_ops *ops, const char *name, size_t len)
{
    size_t i = 0;

    while (i < len && ops->name[i] != '\0' && ops->name[i] == name[i])
        i++;
    return i == len && ops->name[i] == '\0';
}

/* Index into cc_table; -1: none is called so. */
static int find(const char *name, size_t len)
{
    for (unsigned i = 0; cc_table[i] != NULL; i++)
        if (is_called(cc_table[i], name, len))
            return (int)i;
    return -1;
}

int tarn_set_default_cc(struct tarn *st, const char *name)
{
    size_t len = 0;
    int i;

    while (name[len] != '\0')
        len++;
    i = find(name, len);
    if (i < 0)
        return -TARN_ENOENT;
    tcp_layer(st)->default_cc = (uint8_t)i;
    return 0;
}

int tarn_set_cc(struct tarn *st, tarn_sock s, const char *name, size_t len)
{
    struct sock *sk = sock_find(st, s);
    int i;

    if (sk == NULL)
        return -TARN_EBADF;
    if (sk->type != TARN_STREAM || st->param[PARAM_TCP_CC_PER_SOCKET] == 0)
        return -TARN_ENOPROTOOPT;
    i = find(name, len);
    if (i < 0)
        return -TARN_ENOENT;
    tcp_of(sk)->cc = (uint8_t)i;
    if (tcp_of(sk)->active != 0)
        tcp_cc_start(st, tcp_of(sk), tcp_active(st, tcp_of(sk)), st->now);
    tcp_settle(st, tcp_of(sk), st->now); /* a window that begins anew may be larger */
    return 0;
}

int tarn_get_cc(struct tarn *st, tarn_sock s, const char **name)
{
    struct sock *sk = sock_find(st, s);

    if (sk == NULL)
        return -TARN_EBADF;
    if (sk->type != TARN_STREAM)
        return -TARN_ENOPROTOOPT;
    *name = cc_table[tcp_of(sk)->cc]->name;
    return 0;
}
