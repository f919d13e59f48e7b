/* tcp/loss/tcp_frto.c - forward RTO recovery (RFC 5682): was the timeout needless?
 *
 * After a timeout only the first segment goes again. When that is acknowledged, new data goes
 * before anything else (2.1 step 2b): if the ACK that follows acknowledges what was sent once,
 * before the timeout, nothing was lost but time, and the timeout is undone (step 3b). A duplicate
 * ACK, or a SACK of nothing but the new data, says that the loss was real (step 3a). With SACK,
 * what is SACKed counts as well (3.1). Without new data, or a window for it, nothing can be learned
 * that way, and recovery goes on as ever. A second timeout of the same segment asks anew, one in
 * fast recovery does not. */
#include "tcp/loss/tcp_loss.h"

#include "tcp/send/tcp_send.h"

/* RFC 5682 2.1 step 1. */
void tcp_frto_begin(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a)
{
    bool may = a->ca_state < TCP_CA_RECOVERY || tc->retries > 1;

    a->frto = may && st->param[PARAM_TCP_FRTO] != 0;
    a->new_first = false;
}

/* RFC 5682 2.1 steps 2 and 3, with SACK 3.1. */
bool tcp_frto_ack(const struct tcp_sock *tc, struct tcp_active *a, const struct tcp_sample *s)
{
    bool all = seq_geq(tc->snd_una, a->recover);

    a->new_first = false;
    if (!a->frto)
        return false;
    if (s->original)
        return true;
    if (seq_gt(tc->snd_nxt, a->recover)) { /* new data is out */
        if (s->sacked || s->dup)
            a->frto = false;
    } else if (s->advanced && !all) {
        a->recover = tc->snd_nxt;
        a->frto = a->new_first = tcp_unsent(tc) > 0 && tcp_usable_wnd(tc) > 0;
    }
    return false;
}

bool tcp_frto_holds(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a)
{
    return a->new_first && (seq_gt(tc->snd_nxt, a->recover) || tcp_may_send(st, tc) > 0);
}
