/* tcp/close/tcp_challenge.c - answers to segments that should not have come, at a bounded rate.
 *
 * RFC 5961 7 wants challenge ACKs limited, because a blind attacker may provoke them, and two
 * connections that disagree must not answer each other's answers for ever. As in Linux each
 * connection, also one of a small record, answers once in tcp.invalid-ratelimit-ms (500). A limit
 * that connections share tells an attacker of their existence (CVE-2016-5696), so there is none by
 * default; tcp.challenge-ack-limit sets one, and then as much is drawn anew each second between
 * half of it and half as much more. Segments that carry data are answered however often they come
 * (T8): a peer that lost our ACK sends them again. */
#include "tcp/close/tcp_close.h"

#include "base/bits.h"

enum { NO_LIMIT = INT32_MAX };

bool tcp_answers(const struct tarn *st, uint32_t *answered_ms, tarn_ns now)
{
    uint32_t now_ms = tcp_ms(now);

    if (*answered_ms != 0 && now_ms - *answered_ms < st->param[PARAM_TCP_INVALID_RATELIMIT_MS])
        return false;
    *answered_ms = max_u32(now_ms, 1);
    return true;
}

/* One challenge ACK less of this second's, or none left. */
static bool is_within_limit(struct tarn *st, tarn_ns now)
{
    struct tcp_layer *l = tcp_layer(st);
    uint32_t limit = (uint32_t)st->param[PARAM_TCP_CHALLENGE_LIMIT];
    uint32_t second = (uint32_t)(now / TCP_SECOND_NS) + 1;

    if (limit == NO_LIMIT)
        return true;
    if (l->challenge_s != second) {
        l->challenge_s = second;
        l->challenges = (limit + 1) / 2 + rng_below(&st->rng[STREAM_TCP], max_u32(limit, 1));
    }
    if (limit == 0 || l->challenges == 0)
        return false;
    l->challenges--;
    return true;
}

void tcp_challenge(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    if (!tcp_answers(st, &tc->answered_ms, now) || !is_within_limit(st, now))
        return;
    stat_add(st, TARN_STAT_TCP_CHALLENGE_ACKS, 1);
    tc->ack_now = 1;
}

void tcp_corrective_ack(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    if (g->data > 0 || g->fin || tcp_answers(st, &tc->answered_ms, g->now))
        tc->ack_now = 1;
}
