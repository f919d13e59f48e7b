/* tests/unit/tcp/invariants.h - what tcp/tcp.h promises of every connection at every moment. */
#ifndef TARN_TESTS_UNIT_TCP_INVARIANTS_H
#define TARN_TESTS_UNIT_TCP_INVARIANTS_H

#include "tcp/send/tcp_send.h"
#include "tcp/tcp_machine.h"
#include "tests/unit/test.h"

static inline void check_queue(const struct tarn *st, const struct tcp_queue *q)
{
    uint32_t bytes = 0, true_bytes = 0, last = 0;

    for (uint32_t ref = q->first; ref != 0; ref = chunk_at(st, ref)->next) {
        const struct chunk *c = chunk_at(st, ref);

        CHECK(c->refs > 0);
        CHECK((int32_t)c->off >= -CHUNK_ROOM && (int32_t)(c->off + c->len) <= (int32_t)c->cap);
        bytes += c->len;
        true_bytes += chunk_true_bytes(c);
        last = ref;
    }
    CHECK_EQ(q->bytes, bytes);
    CHECK_EQ(q->true_bytes, true_bytes);
    CHECK_EQ(q->last, last);
}

static inline void check_recs(const struct tarn *st, const struct tcp_sock *tc,
                              const struct tcp_active *a)
{
    uint32_t sacked = 0, lost = 0, retrans = 0;
    const struct tcp_rec *waiting = list_first(st, &a->waiting);
    const struct tcp_rec *flying = list_first(st, &a->flying);
    uint32_t in_flight = 0;
    tcp_seq at = tc->snd_una;

    list_each (st, &a->recs, struct tcp_rec, r) {
        uint32_t len = r->end.v - r->start.v;

        CHECK(seq_eq(r->start, at) && seq_lt(r->start, r->end));
        CHECK((r->flags & TCP_REC_SACKED) == 0 || (r->flags & TCP_REC_LOST) == 0);
        sacked += (r->flags & TCP_REC_SACKED) != 0 ? len : 0;
        lost += (r->flags & TCP_REC_LOST) != 0 ? len : 0;
        retrans += (r->flags & TCP_REC_RETRANS) != 0 ? len : 0;
        if ((r->flags & (TCP_REC_LOST | TCP_REC_RETRANS)) == TCP_REC_LOST) {
            CHECK(waiting == r); /* in this order */
            waiting = list_next(st, &a->waiting, r);
        } else {
            in_flight += (r->flags & TCP_REC_SACKED) == 0;
        }
        at = r->end;
    }
    CHECK(seq_eq(at, tc->snd_nxt));
    CHECK_EQ(a->sacked_bytes, sacked);
    CHECK_EQ(a->lost_bytes, lost);
    CHECK_EQ(a->retrans_bytes, retrans);
    CHECK(waiting == NULL);
    for (tarn_ns sent = 0; flying != NULL; flying = list_next(st, &a->flying, flying)) {
        CHECK(flying->sent >= sent);
        sent = flying->sent;
        in_flight--;
    }
    CHECK_EQ(in_flight, 0);
}

static inline void check_runs(const struct tarn *st, const struct tcp_sock *tc,
                              const struct tcp_active *a)
{
    uint32_t n = 0, bytes = 0, true_bytes = 0;
    tcp_seq at = tc->rcv_nxt;

    list_each (st, &a->runs, struct tcp_run, r) {
        CHECK(seq_gt(r->start, at)); /* a hole in front of each */
        CHECK(r->q.bytes > 0);
        check_queue(st, &r->q);
        at = seq_add(r->start, r->q.bytes);
        n++;
        bytes += r->q.bytes;
        true_bytes += r->q.true_bytes;
    }
    CHECK(n == 0 || seq_leq(at, tc->rcv_adv));
    CHECK_EQ(a->n_runs, n);
    CHECK_EQ(a->run_bytes, bytes);
    CHECK_EQ(a->run_true_bytes, true_bytes);
}

static inline void check_connection(const struct tarn *st, const struct tcp_sock *tc)
{
    const struct tcp_active *a = tcp_active(st, tc);

    if (tc->state == TARN_TCP_LISTEN)
        return;
    check_queue(st, &tc->sendq);
    check_queue(st, &tc->recvq);
    if (tc->state == TARN_TCP_CLOSED)
        return;
    CHECK(seq_leq(tc->snd_una, tc->snd_nxt));
    CHECK(seq_leq(tc->snd_nxt, seq_add(tcp_data_end(tc), 1)));
    CHECK(seq_leq(tc->rcv_acked, tc->rcv_nxt));
    CHECK(tc->state == TARN_TCP_SYN_SENT || seq_leq(tc->rcv_nxt, tc->rcv_adv));
    CHECK(tc->recvq.true_bytes <= 3 * tc->recvq.bytes + 2 * 66000);
    if (a == NULL) {
        CHECK_EQ(tcp_flight(tc), 0);
        return;
    }
    check_recs(st, tc, a);
    check_runs(st, tc, a);
}

/* Once pull has said NULL at `now`, it stays silent until the deadline: asked at a moment `t`
 * before it, nothing is due. Between the deadline and the timer's tick something may be; the timer
 * will ask. */
static inline void check_mirror(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now,
                                tarn_ns t)
{
    tarn_ns deadline = tcp_deadline(st, &tc->sk);

    if (tc->starved)
        return;
    if (tcp_is_due(st, tc, now))
        CHECK(timer_at(&tc->sk.timer) <= timer_round(now));
    else if (t < deadline)
        CHECK(!tcp_is_due(st, tc, t));
    if (deadline != TARN_NEVER)
        CHECK(timer_at(&tc->sk.timer) <= timer_round(deadline));
}

/* While nobody asks for output: what may be sent has a timer that ends the waiting, and one whose
 * time has come already is looked at within a millisecond (sock/tx.c). */
static inline void check_stopped(const struct tarn *st)
{
    const tarn_ns overdue = st->now + 1000000;
    uint32_t cursor = 0;
    tarn_sock s;

    CHECK_EQ(st->bugs, 0);
    while (tarn_sock_next(st, &cursor, &s)) {
        const struct tcp_sock *tc = tcp_of_const(sock_find(st, s));

        check_connection(st, tc);
        if (tcp_syn_is_due(st, tc) || (tcp_flight(tc) == 0 && tcp_may_send(st, tc) > 0))
            CHECK(tc->rto_at != 0 &&
                  timer_at(&tc->sk.timer) <= timer_round(max_u64(tc->rto_at, overdue)));
    }
}

/* All connections of a stack whose output has been drained. */
static inline void check_stack(const struct tarn *st, tarn_ns now, tarn_ns later)
{
    uint32_t cursor = 0;
    tarn_sock s;

    CHECK_EQ(st->bugs, 0);
    while (tarn_sock_next(st, &cursor, &s)) {
        const struct tcp_sock *tc = tcp_of_const(sock_find(st, s));

        check_connection(st, tc);
        check_mirror(st, tc, now, later);
    }
}

#endif
