/* tcp/receive/tcp_sack_out.c - SACK blocks in the segments we send (RFC 2018 4, RFC 2883 4).
 *
 * The first block is a duplicate that was received (DSACK), once; then come the runs that are held
 * out of order, the one that grew last first. */
#include "tcp/receive/tcp_receive.h"

#include "tcp/auth/tcp_auth.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/tcp_machine.h"

void tcp_dsack_note(struct tarn *st, struct tcp_sock *tc, tcp_seq start, tcp_seq end, tarn_ns now)
{
    struct tcp_active *a;

    if (tc->ecn == TCP_ECN_ACCURATE)
        tcp_accecn_repeated(st, tc, start);
    if (!tc->sack_ok || st->param[PARAM_TCP_DSACK] == 0 || !seq_lt(start, end))
        return;
    a = tcp_activate(st, tc, now);
    if (a == NULL)
        return;
    a->dsack = (struct tcp_sack_block){start, end};
    a->dsack_due = true;
}

static unsigned blocks(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a)
{
    unsigned n = a->n_recent + a->dsack_due, most = tc->ts_ok ? 3 : 4;

    if (tc->keyed)
        most = tcp_auth_sack_room(st, tc);
    return n < most ? n : most;
}

uint32_t tcp_sack_bytes(const struct tarn *st, const struct tcp_sock *tc)
{
    const struct tcp_active *a = tcp_active(st, tc);
    unsigned n = a != NULL && tc->sack_ok ? blocks(st, tc, a) : 0;

    return n > 0 ? 4 + 8 * n : 0;
}

void tcp_sack_fill(struct tarn *st, struct tcp_sock *tc, struct tcp_opts *o)
{
    struct tcp_active *a = tcp_active(st, tc);
    unsigned n = a != NULL && tc->sack_ok ? blocks(st, tc, a) : 0, i = 0;

    if (n == 0)
        return;
    if (a->dsack_due) {
        o->sack[i++] = a->dsack;
        a->dsack_due = false;
    }
    for (unsigned k = 0; i < n; i++, k++) {
        const struct tcp_run *r = ref_at(st, a->recent[k]);

        o->sack[i] = (struct tcp_sack_block){r->start, seq_add(r->start, r->q.bytes)};
    }
    o->n_sack = (uint8_t)i;
}
