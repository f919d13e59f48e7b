/* tcp/tcp_state.c - the life of a connection: its state, its active record, its end.
 *
 * All changes of state pass through tcp_set_state(), which knows the arrows of figure 5 of RFC 9293
 * and those of its text. A connection's memory is given back in tcp_settle() alone, which every
 * entry (segment, timer, pull, call of the application) ends with: until then pointers stay good.
 */
#include "tcp/tcp_machine.h"

#include "base/bits.h"
#include "tcp/auth/tcp_auth.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/open/tcp_open.h"
#include "tcp/receive/tcp_receive.h"
#include "tcp/tcp_queue.h"
#include "tcp/user/tcp_user.h"

#define RST_PATIENCE_NS TCP_SECOND_NS /* an aborted connection waits this long for its port */

/* Where one may go from each state. CLOSED is always allowed: reset, abort, timeout. */
static const uint16_t legal[] = {
    [TARN_TCP_CLOSED] = TCP_S(SYN_SENT) | TCP_S(SYN_RECEIVED) | TCP_S(LISTEN),
    [TARN_TCP_LISTEN] = TCP_S(SYN_SENT),
    [TARN_TCP_SYN_SENT] = TCP_S(SYN_RECEIVED) | TCP_S(ESTABLISHED),
    [TARN_TCP_SYN_RECEIVED] = TCP_S(ESTABLISHED),
    [TARN_TCP_ESTABLISHED] = TCP_S(FIN_WAIT_1) | TCP_S(CLOSE_WAIT),
    [TARN_TCP_FIN_WAIT_1] = TCP_S(FIN_WAIT_2) | TCP_S(CLOSING) | TCP_S(TIME_WAIT),
    [TARN_TCP_FIN_WAIT_2] = TCP_S(TIME_WAIT),
    [TARN_TCP_CLOSE_WAIT] = TCP_S(LAST_ACK),
    [TARN_TCP_CLOSING] = TCP_S(TIME_WAIT),
    [TARN_TCP_LAST_ACK] = 0,
    [TARN_TCP_TIME_WAIT] = 0,
};

void tcp_set_state(struct tarn *st, struct tcp_sock *tc, enum tarn_tcp_state to)
{
    bool is_legal = to == TARN_TCP_CLOSED || (legal[tc->state] & 1u << to) != 0;

    tarn_assert(is_legal);
    if (!is_legal)
        TARN_BUG(st);
    tc->state = (uint8_t)to;
}

struct tcp_active *tcp_activate(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    struct tcp_active *a = tcp_active(st, tc);

    if (a != NULL)
        return a;
    a = pool_get_zeroed(st, &st->arena, &tcp_layer(st)->actives);
    if (a == NULL) {
        st->memory_event = true;
        return NULL;
    }
    tc->active = ref_of(st, a);
    tcp_recs_init(a);
    list_init(&a->runs, offsetof(struct tcp_run, link));
    a->loss_edge = tc->snd_una;
    tcp_reorder_init(st, tc, a);
    tcp_rate_init(a, now);
    tcp_cc_start(st, tc, a, now);
    tcp_idle_within(tc, now + tcp_rto_ns(st, tc));
    return a;
}

void tcp_deactivate(struct tarn *st, struct tcp_sock *tc)
{
    struct tcp_active *a = tcp_active(st, tc);

    if (a == NULL)
        return;
    tcp_recs_purge(st, a);
    tcp_runs_purge(st, a);
    tcp_reorder_keep(st, tc, a);
    tc->quiet_cwnd = (uint32_t)min_u64(a->cc.ctl.cwnd, UINT32_MAX);
    tc->quiet_ssthresh = (uint32_t)min_u64(a->cc.ctl.ssthresh, UINT32_MAX);
    pool_put(st, &tcp_layer(st)->actives, a);
    tc->active = 0;
}

struct tcp_extra *tcp_extra_get(struct tarn *st, struct tcp_sock *tc)
{
    struct tcp_extra *x = tcp_extra(st, tc);

    if (x != NULL)
        return x;
    x = pool_get_zeroed(st, &st->arena, &tcp_layer(st)->extras);
    if (x == NULL) {
        st->memory_event = true;
        return NULL;
    }
    tc->extra = ref_of(st, x);
    return x;
}

void tcp_extra_put(struct tarn *st, struct tcp_sock *tc)
{
    struct tcp_extra *x = tcp_extra(st, tc);

    tcp_auth_put(st, tcp_auth_take(st, tc));
    if (x != NULL)
        pool_put(st, &tcp_layer(st)->extras, x);
    tc->extra = 0;
    tc->urgent = tc->snd_urgent = tc->paced = 0;
}

/* May the active record go back? Only what concerns the present moment is in it. */
static bool is_quiet(const struct tcp_sock *tc, const struct tcp_active *a)
{
    return tcp_flight(tc) == 0 && tc->sendq.bytes == 0 && list_is_empty(&a->runs) && !a->has_fin &&
           !a->dsack_due;
}

bool tcp_retire(struct tarn *st, struct tcp_sock *tc)
{
    struct tcp_active *a = tcp_active(st, tc);

    if (a != NULL && is_quiet(tc, a))
        tcp_deactivate(st, tc);
    return tc->active == 0;
}

void tcp_closed(struct tarn *st, struct tcp_sock *tc)
{
    tcp_fastopen_end(st, tc, false);
    tcp_fastopen_closed(st, tc);
    tcp_set_state(st, tc, TARN_TCP_CLOSED);
    demux_remove(st, &tc->sk);
    tcp_deactivate(st, tc);
    tcp_metrics_save(st, tc);
    tcp_queue_purge(st, &tc->sendq);
    tc->rto_at = tc->ack_at = tc->idle_at = 0;
    tc->ack_now = tc->probe_due = tc->fin_queued = 0;
    sock_ready(st, &tc->sk, TARN_IN | TARN_OUT | TARN_HUP | TARN_RDHUP, 0);
}

void tcp_fail(struct tarn *st, struct tcp_sock *tc, int error)
{
    if (error != 0)
        sock_error(st, &tc->sk, error);
    tcp_closed(st, tc);
}

void tcp_abort(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    bool tell = tcp_in(tc, (TCP_STATES_SYNCHRONISED & ~TCP_S(TIME_WAIT)) | TCP_S(SYN_RECEIVED));

    tcp_closed(st, tc);
    tcp_queue_purge(st, &tc->recvq);
    if (tell) {
        tc->rst_due = 1;
        tc->idle_at = now + RST_PATIENCE_NS;
    }
}

/* Nobody holds the socket and nothing is left to do. */
static bool is_over(const struct tcp_sock *tc)
{
    return tc->state == TARN_TCP_CLOSED && (tc->sk.flags & SOCK_DEAD) != 0 && !tc->rst_due;
}

/* Is the connection an orphan that still owes its peer bytes, a FIN or a RST? Its host then has a
 * reason to go on. */
static bool is_undelivered(const struct tcp_sock *tc)
{
    const uint16_t closing = TCP_S(FIN_WAIT_1) | TCP_S(CLOSING) | TCP_S(LAST_ACK);

    return (tc->sk.flags & SOCK_DEAD) != 0 &&
           (tc->rst_due || tc->fin_queued || tcp_in(tc, closing));
}

static void count_undelivered(struct tarn *st, struct tcp_sock *tc, bool is)
{
    st->held.undelivered += (uint32_t)is - tc->undelivered;
    tc->undelivered = is;
}

static void tcp_free(struct tarn *st, struct tcp_sock *tc)
{
    count_undelivered(st, tc, false);
    tcp_deactivate(st, tc);
    tcp_extra_put(st, tc);
    tcp_queue_purge(st, &tc->sendq);
    tcp_queue_purge(st, &tc->recvq);
    tcp_listener_free(st, tc, st->now);
    sock_put(st, &tc->sk);
}

bool tcp_settle(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    if (is_over(tc)) {
        tcp_free(st, tc);
        return false;
    }
    count_undelivered(st, tc, is_undelivered(tc));
    tcp_spend(tc, tcp_active(st, tc), now);
    tcp_persist_update(st, tc, now);
    tcp_tlp_update(st, tc, now);
    if (tc->sk.want_link.next == 0 && tcp_is_due(st, tc, now))
        sock_want_tx(st, &tc->sk, now);
    if (tcp_deadline(st, &tc->sk) < timer_at(&tc->sk.timer))
        sock_rearm(st, &tc->sk);
    return true;
}
