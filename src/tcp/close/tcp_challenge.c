/* tcp/close/tcp_challenge.c - answers to segments that should not have come, at a bounded rate.
 *
 * RFC 5961 7 wants challenge ACKs limited, because a blind attacker may provoke them. The limit is
 * each connection's own: a limit shared by connections tells an attacker of their existence
 * (CVE-2016-5696). ACKs for segments that carry data are not limited by it (T8): a retransmission
 * below the window is answered however often it comes, else a peer that lost our ACK would get one
 * answer per second. */
#include "tcp/close/tcp_close.h"

/* One token less, or none left in this second. */
bool tcp_may_answer(const struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    uint16_t second = (uint16_t)(now / TCP_SECOND_NS);
    int64_t per_s = st->param[PARAM_TCP_CHALLENGE_PER_S];

    if (tc->challenge_s != second || tc->challenge_tokens > per_s) {
        tc->challenge_s = second;
        tc->challenge_tokens = (uint8_t)(per_s < UINT8_MAX ? per_s : UINT8_MAX);
    }
    if (tc->challenge_tokens == 0)
        return false;
    tc->challenge_tokens--;
    return true;
}

void tcp_challenge(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    if (!tcp_may_answer(st, tc, now))
        return;
    stat_add(st, TARN_STAT_TCP_CHALLENGE_ACKS, 1);
    tc->ack_now = 1;
}

void tcp_corrective_ack(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    if (g->data > 0 || g->fin)
        tc->ack_now = 1;
    else
        tcp_challenge(st, tc, g->now);
}
