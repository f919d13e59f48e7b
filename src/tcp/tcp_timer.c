/* tcp/tcp_timer.c - what time alone does to a connection (RFC 9293 3.10.8).
 *
 * Three times are kept: rto_at is the retransmission timer while something is in flight (RFC 6298
 * 5), the persist timer while nothing is but something waits for the peer, and the link's while
 * what waits may be sent but nobody asks for it; ack_at is the delayed ACK's; idle_at is for what
 * happens to a connection that does nothing: keep-alive probes, an orphan's end in FIN-WAIT-2,
 * giving the active record back. One timer of the wheel is armed to the earliest of them, lazily: a
 * time that moves later leaves it armed, and a tick that comes too early changes nothing.
 *
 * tcp_deadline() mirrors tcp_pull() and tcp_tick(): if either would do something at t that it does
 * not do now, the deadline is not later than t. */
#include "tcp/tcp_machine.h"

#include "base/bits.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/open/tcp_open.h"
#include "tcp/path/tcp_path.h"
#include "tcp/receive/tcp_receive.h"
#include "tcp/send/tcp_send.h"
#include "tcp/user/tcp_user.h"

enum {
    STARVED_RETRY_NS = 5000000,
    RTO_MS_MOST = 0xffffff, /* what the field of struct tcp_sock holds */
};

static void earlier(tarn_ns *at, tarn_ns other)
{
    if (other != 0 && other < *at)
        *at = other;
}

tarn_ns tcp_deadline(const struct tarn *st, const struct sock *sk)
{
    const struct tcp_sock *tc = tcp_of_const(sk);
    const struct tcp_active *a = tcp_active(st, tc);
    tarn_ns at = TARN_NEVER;

    earlier(&at, tc->rto_at);
    earlier(&at, tc->ack_at);
    earlier(&at, tc->idle_at);
    if (tc->starved)
        earlier(&at, st->now + STARVED_RETRY_NS);
    if (a == NULL)
        return at;
    earlier(&at, a->cc.ctl.wake_ns);
    earlier(&at, a->rack.reo_at);
    earlier(&at, a->tlp.pto_at);
    if (a->pace_at > st->now && tcp_may_send(st, tc) > 0)
        earlier(&at, a->pace_at);
    return at;
}

/* In FIN-WAIT-2 without a holder idle_at is the connection's end: nothing else moves it. */
static bool is_waiting_for_end(const struct tcp_sock *tc)
{
    return tc->state == TARN_TCP_FIN_WAIT_2 && (tc->sk.flags & SOCK_DEAD) != 0;
}

void tcp_idle_within(struct tcp_sock *tc, tarn_ns at)
{
    if (tc->idle_at == 0 || (at < tc->idle_at && !is_waiting_for_end(tc)))
        tc->idle_at = at;
}

/* Retransmission and persist timer ----------------------------------------------------------- */

tarn_ns tcp_rto_at(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    uint64_t limit_ns = (uint64_t)tcp_uto_ms(st, tc) * 1000000;
    tarn_ns at = now + tcp_rto_ns(st, tc), end = tc->progress_at + limit_ns;

    return limit_ns != 0 && tc->backoff > 0 && end < at ? max_u64(end, now + 1) : at;
}

void tcp_rto_restart(const struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    tc->rto_at = tcp_flight(tc) > 0 ? now + tcp_rto_ns(st, tc) : 0;
}

void tcp_persist_update(const struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    bool data, fin, may, waits;

    if (tcp_flight(tc) > 0)
        return;
    data = tcp_unsent(tc) > 0 && tcp_in(tc, TCP_STATES_DATA);
    fin = !data && tc->fin_queued && !tc->fin_sent && !tc->syn_unacked;
    may = data ? tcp_may_send(st, tc) > 0 : fin && tcp_usable_wnd(tc) > 0;
    waits = (data || fin) && !may;
    may = may || tcp_syn_is_due(st, tc);
    if (tcp_usable_wnd(tc) == 0 && st->param[PARAM_TCP_WINDOW_PROBES] == 0)
        waits = false;
    if (tc->rto_at != 0 && (may != tc->link_owes || !(may || waits))) {
        tc->rto_at = 0;
        tc->backoff = 0;
    }
    tc->link_owes = may;
    if ((may || waits) && tc->rto_at == 0) {
        tc->progress_at = now;
        tc->rto_at = now + tcp_rto_ns(st, tc);
    }
}

/* How many timeouts in a row are the last (RFC 9293 3.8.3 R2). */
static uint32_t patience(const struct tarn *st, const struct tcp_sock *tc)
{
    if (tcp_in(tc, TCP_S(SYN_SENT) | TCP_S(SYN_RECEIVED)))
        return tc->syn_cnt != 0 ? tc->syn_cnt : (uint32_t)st->param[PARAM_TCP_SYN_RETRIES];
    return (uint32_t)
        st->param[(tc->sk.flags & SOCK_DEAD) != 0 ? PARAM_TCP_ORPHAN_RETRIES : PARAM_TCP_RETRIES];
}

/* Nobody holds the connection, and its peer answers but takes nothing: that must end too, else it
 * would cost memory for ever (CVE-2008-4609). */
static bool is_stuck(const struct tarn *st, const struct tcp_sock *tc)
{
    return (tc->sk.flags & SOCK_DEAD) != 0 && tc->backoff >= st->param[PARAM_TCP_ORPHAN_RETRIES] &&
           tcp_rto_ns(st, tc) >= (uint64_t)st->param[PARAM_TCP_RTO_MAX_MS] * 1000000;
}

/* With a user timeout only time counts, but in a handshake its number of tries, too. */
static bool gives_up(const struct tarn *st, const struct tcp_sock *tc, uint32_t tries, tarn_ns now)
{
    uint64_t limit_ns = (uint64_t)tcp_uto_ms(st, tc) * 1000000;
    uint32_t quiet_ms = tcp_ms(now) - tc->received_ms;

    /* A peer that shut its window over what is in flight is not dead while it answers. */
    if (tc->snd_wnd == 0 && tcp_in(tc, TCP_STATES_SYNCHRONISED) && limit_ns == 0 &&
        quiet_ms < 2 * st->param[PARAM_TCP_RTO_MAX_MS])
        return is_stuck(st, tc);
    if (limit_ns != 0 && tc->backoff > 0 && now - tc->progress_at >= limit_ns)
        return true;
    return (limit_ns == 0 || !tcp_in(tc, TCP_STATES_SYNCHRONISED)) && tries >= patience(st, tc);
}

/* The peer does not answer. What a router said of it is the better reason, if it said anything. */
static void time_out(struct tarn *st, struct tcp_sock *tc)
{
    int error = tc->soft_error != 0 ? tc->soft_error : -TARN_ETIMEDOUT;

    if (tcp_in(tc, TCP_S(SYN_SENT) | TCP_S(SYN_RECEIVED)))
        stat_add(st, TARN_STAT_TCP_ATTEMPT_FAILS, 1);
    tcp_fail(st, tc, error);
}

static void count_up(uint8_t *n)
{
    if (*n < UINT8_MAX)
        ++*n;
}

/* For TCP_INFO. */
static void note_timeout(struct tcp_sock *tc, struct tcp_active *a, tarn_ns now)
{
    if (tc->retries == 0) {
        count_up(&tc->rto_episodes);
        a->rto_since_ms = max_u32(tcp_ms(now), 1);
    }
    if (tc->rto_n < UINT8_MAX)
        tc->rto_n++;
}

void tcp_timeouts_over(struct tcp_sock *tc, struct tcp_active *a, tarn_ns now)
{
    uint32_t ms = tcp_ms(now) - a->rto_since_ms;

    tc->rto_ms = min_u32(tc->rto_ms + min_u32(ms, RTO_MS_MOST), RTO_MS_MOST) & RTO_MS_MOST;
    a->rto_since_ms = 0;
}

/* RFC 6298 5.4 to 5.6. */
static void retransmission_timeout(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    struct tcp_active *a = tcp_active(st, tc);
    bool is_last;

    stat_add(st, TARN_STAT_TCP_TIMEOUTS, 1);
    is_last = a == NULL || gives_up(st, tc, tc->retries, now);
    tcp_fastopen_timeout(st, tc, is_last);
    if (is_last) {
        time_out(st, tc);
        return;
    }
    if (tc->retries == 0 && tcp_in(tc, TCP_STATES_SYNCHRONISED))
        tc->progress_at = now;
    note_timeout(tc, a, now);
    count_up(&tc->retries);
    count_up(&tc->backoff);
    if (tcp_in(tc, TCP_STATES_SYNCHRONISED)) {
        tcp_black_hole(st, tc, a);
        tcp_loss_timeout(st, tc, a);
    } else {
        tcp_recs_lost_all(st, tc, a);
        a->rexmit_now = true;
    }
    tc->rto_at = tcp_rto_at(st, tc, now);
}

/* RFC 9293 3.8.6.1, and the override of 3.8.6.2.1 where a window is open but deemed too small. */
static void persist_timeout(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    if (gives_up(st, tc, tc->probes, now)) {
        time_out(st, tc);
        return;
    }
    if (tc->backoff == 0)
        tc->progress_at = now;
    if (tcp_usable_wnd(tc) > 0) {
        tc->forced = 1;
        tc->more = tc->held = 0; /* it waits no longer for what the application has announced */
    } else {
        tc->probe_due = 1;
        count_up(&tc->probes);
    }
    count_up(&tc->backoff);
    tc->rto_at = tcp_rto_at(st, tc, now);
}

/* How long retransmissions would go on. */
static uint64_t patience_ns(const struct tarn *st, const struct tcp_sock *tc)
{
    uint64_t most = (uint64_t)st->param[PARAM_TCP_RTO_MAX_MS] * 1000000, sum = 0;
    uint64_t rto = tcp_rto_ns(st, tc);

    for (uint32_t n = patience(st, tc) + 1; n > 0; n--) {
        sum += rto;
        rto = min_u64(2 * rto, most);
    }
    return sum;
}

/* What may be sent is not asked for: the link is stopped. The RFCs have no word for it. Nothing is
 * lost, so that nothing backs off; but as in Linux it is counted at an even pace and not borne for
 * ever (tcp.resource-probe-ms, its TCP_RESOURCE_PROBE_INTERVAL). Without a user timeout Linux ends
 * the connection after as many counts as there are retransmissions, some 8 s; here it lives as long
 * as those would take (RFC 9293 3.8.3: R2 is 100 s at least). */
static void link_timeout(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    uint64_t limit_ns = (uint64_t)tcp_uto_ms(st, tc) * 1000000;
    tarn_ns at = now + (uint64_t)st->param[PARAM_TCP_RESOURCE_PROBE_MS] * 1000000;

    if (!tcp_is_due(st, tc, now)) { /* it is paced */
        tc->rto_at = at;
        return;
    }
    if (limit_ns == 0)
        limit_ns = patience_ns(st, tc);
    if (tc->probes == 0 && tcp_in(tc, TCP_STATES_SYNCHRONISED))
        tc->progress_at = now;
    if (now - tc->progress_at >= limit_ns) {
        time_out(st, tc);
        return;
    }
    count_up(&tc->probes);
    tc->rto_at = min_u64(at, tc->progress_at + limit_ns);
}

/* Idle --------------------------------------------------------------------------------------- */

static uint32_t option_or(uint32_t option, const struct tarn *st, enum param p)
{
    return option != 0 ? option : (uint32_t)st->param[p];
}

static tarn_ns keepalive_interval_ns(const struct tarn *st, const struct tcp_sock *tc)
{
    return option_or(tc->keep_intvl_s, st, PARAM_TCP_KEEPINTVL_S) * (tarn_ns)TCP_SECOND_NS;
}

/* When the next keep-alive probe is due; TARN_NEVER. RFC 9293 3.8.4. */
static tarn_ns keepalive_at(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now)
{
    uint32_t wait_s = option_or(tc->keep_idle_s, st, PARAM_TCP_KEEPIDLE_S);
    uint32_t quiet_ms = tcp_ms(now) - tc->received_ms;
    uint64_t wait_ms;

    if (!tc->keepalive || !tcp_in(tc, TCP_STATES_SYNCHRONISED) ||
        st->param[PARAM_TCP_KEEPALIVE] == 0)
        return TARN_NEVER;
    wait_s += tc->probes * option_or(tc->keep_intvl_s, st, PARAM_TCP_KEEPINTVL_S);
    wait_ms = (uint64_t)wait_s * 1000;
    return quiet_ms >= wait_ms ? now : now + (wait_ms - quiet_ms) * 1000000;
}

/* A probe is due: send it, unless other timers watch the peer, and look again an interval later.
 * How long the peer has been quiet does not say when: that stays overdue while data waits. */
static void keepalive_probe(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    uint32_t most = option_or(tc->keep_cnt, st, PARAM_TCP_KEEPCNT);
    uint32_t limit_ms = tcp_uto_ms(st, tc);
    uint64_t quiet_ms = tcp_ms(now) - tc->received_ms;

    tcp_idle_within(tc, now + keepalive_interval_ns(st, tc));
    if (tcp_flight(tc) > 0 || tcp_unsent(tc) > 0)
        return;
    if (limit_ms != 0 ? tc->probes > 0 && quiet_ms >= limit_ms : tc->probes >= most) {
        tcp_abort(st, tc, now);
        sock_error(st, &tc->sk, tc->soft_error != 0 ? tc->soft_error : -TARN_ETIMEDOUT);
        return;
    }
    tc->probe_due = 1;
    count_up(&tc->probes);
}

static uint64_t fin_timeout_ns(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->linger2_s > 0 ? (uint64_t)tc->linger2_s * TCP_SECOND_NS
                             : (uint64_t)st->param[PARAM_TCP_FIN_TIMEOUT_MS] * 1000000;
}

void tcp_orphan_update(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    if (!is_waiting_for_end(tc))
        return;
    if (tc->linger2_s < 0)
        tcp_abort(st, tc, now);
    else
        tc->idle_at = now + fin_timeout_ns(st, tc);
}

void tcp_keepalive_update(const struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    tarn_ns at = keepalive_at(st, tc, now);

    if (at != TARN_NEVER)
        tcp_idle_within(tc, at);
}

static void idle_timeout(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    tc->idle_at = 0;
    if (tc->state == TARN_TCP_CLOSED) {
        tc->rst_due = 0;
        return;
    }
    if (is_waiting_for_end(tc)) {
        tcp_closed(st, tc);
        return;
    }
    if (tc->active != 0) {
        uint64_t rto_ns = tcp_rto_ns(st, tc);
        uint32_t quiet_ms = min_u32(tcp_ms(now) - tc->sent_ms, tcp_ms(now) - tc->received_ms);
        bool quiet = (uint64_t)quiet_ms * 1000000 >= rto_ns;

        if (!quiet || !tcp_retire(st, tc))
            tcp_idle_within(tc, now + rto_ns);
    }
    if (keepalive_at(st, tc, now) <= now)
        keepalive_probe(st, tc, now);
    else
        tcp_keepalive_update(st, tc, now);
}

/* All of them -------------------------------------------------------------------------------- */

static bool is_over(tarn_ns at, tarn_ns now)
{
    return at != 0 && at <= now;
}

void tcp_tick(struct tarn *st, struct sock *sk, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);
    struct tcp_active *a = tcp_active(st, tc);

    if (tc->starved) {
        tc->starved = 0;
        tcp_write_space(st, tc);
    }
    if (is_over(tc->ack_at, now))
        tcp_ack_late(st, tc);
    if (a != NULL && is_over(a->cc.ctl.wake_ns, now)) {
        a->cc.ctl.wake_ns = 0;
        tcp_cc_plain(st, tc, TARN_CC_TIMER, now);
    }
    if (a != NULL && is_over(a->rack.reo_at, now))
        tcp_loss_reorder_timeout(st, tc, a, now);
    if (a != NULL && is_over(a->tlp.pto_at, now)) {
        tcp_tlp_timeout(st, tc, a);
    } else if (is_over(tc->rto_at, now)) {
        if (tcp_flight(tc) > 0)
            retransmission_timeout(st, tc, now);
        else if (tc->link_owes)
            link_timeout(st, tc, now);
        else
            persist_timeout(st, tc, now);
    }
    if (is_over(tc->idle_at, now))
        idle_timeout(st, tc, now);
    tcp_settle(st, tc, now);
}
